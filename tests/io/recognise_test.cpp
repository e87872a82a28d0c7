// Every reader, given every kind of file that is not its own.
#include "io/recognise.h"

#include "catch.h"
#include "golden_path.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

using namespace wick;

namespace {

struct Kind {
  std::string path;
  std::string text;  ///< what messages say that it is
};

struct Reader {
  std::string own;     ///< which kind it reads
  std::string wanted;  ///< how it calls that
  void (*read)(const std::string& path);
};

const std::vector<Reader> readers = {
    {"npy", "an npy file", [](const std::string& path) { (void)io::load_npy(path); }},
    {"npz", "an npz file", [](const std::string& path) { (void)io::load_npz(path); }},
    {"pt", "a PyTorch checkpoint", [](const std::string& path) { (void)io::load_torch(path); }},
    {"safetensors", "a safetensors file",
     [](const std::string& path) { (void)io::load_safetensors(path); }},
    {"safetensors", "a safetensors file",
     [](const std::string& path) { (void)io::safetensors_metadata(path); }}};

std::string failure(const Reader& reader, const std::string& path) {
  try {
    reader.read(path);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("readers say what a file of another kind is", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string torch = "it is a PyTorch checkpoint, which io::load_torch reads";
  const auto write = [&](const std::string& name, std::string_view bytes) {
    io::write_file(folder / name, bytes);
    return folder / name;
  };
  const std::vector<std::pair<std::string, Kind>> kinds = {
      {"npy", {golden_path("io/c_f4.npy"), "it is an npy file, which io::load_npy reads"}},
      {"npz", {golden_path("io/stored.npz"), "it is an npz file, which io::load_npz reads"}},
      {"npz", {golden_path("io/compressed.npz"), "it is an npz file, which io::load_npz reads"}},
      {"pt", {golden_path("io/torch2_model.pt"), torch}},
      {"pt", {golden_path("io/torch1_model_legacy.pt"), torch}},
      {"safetensors",
       {golden_path("io/dtypes.safetensors"),
        "it is a safetensors file, which io::load_safetensors reads"}},
      {"",
       {write("model.json", R"({"model": [{"type": "GELU"}]})"),
        "it looks like JSON; a model file is loaded with nn::load"}},
      {"",
       {write("page.html", "<!DOCTYPE html><html></html>"),
        "it looks like HTML or XML; did the download give a page instead of the file?"}},
      {"",
       {write("lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"),
        "it is a pointer of Git LFS, not the file itself: fetch that with \"git lfs pull\""}},
      {"",
       {write("pickle", std::string_view("\x80\4\x95\x0a\0\0\0\0\0\0\0}\x94\x8c\1a\x94K\1s.", 21)),
        "it is a pickle of Python: save model.state_dict() with torch.save"}},
      {"",
       {write("gzip", "\x1f\x8b\x08 and more that follows"),
        "it is compressed with gzip: decompress it first"}}};
  for (const auto& [own, kind] : kinds)
    for (const Reader& reader : readers) {
      INFO(kind.path << " read as " << reader.wanted);
      const std::string text = failure(reader, kind.path);
      if (own == reader.own)
        CHECK(text == "");
      else if (kind.path.ends_with("pickle") && reader.own == "pt")
        CHECK_THAT(text, ContainsSubstring("a pickle, but not one of torch.save"));
      else
        CHECK(text == kind.path + ": not " + reader.wanted + ": " + kind.text);
    }
}

TEST_CASE("readers say that a file is empty, or a folder", "[io][errors]") {
  const TemporaryFolder folder;
  io::write_file(folder / "empty", "");
  const std::string path = folder.path().string();
  for (const Reader& reader : readers) {
    INFO(reader.wanted);
    CHECK(failure(reader, path) == "cannot read " + path + ": Is a directory");
    CHECK_THAT(failure(reader, folder / "empty"), ContainsSubstring("not " + reader.wanted));
  }
  CHECK(failure(readers[1], folder / "empty").ends_with(": not an npz file: it is empty"));
}

TEST_CASE("an archive of something else is not taken for one of ours", "[io][errors]") {
  const auto text = [](std::string_view bytes) {
    return io::what_it_is(*io::MappedFile::copy_of(bytes, "f"));
  };
  CHECK(text("PK\3\4 and nothing behind it") == "");
  CHECK(text("hello, world, how are you") == "");
  CHECK(text("") == "it is empty");
}
