#include "wick/io/state.h"

#include "catch.h"
#include "golden_path.h"
#include "io/sample_tensors.h"
#include "io/state.h"
#include "io/temporary_folder.h"
#include "io/zip.h"
#include "wick/io/file.h"

using namespace wick;

namespace {

constexpr std::string_view unknown =
    "not a file of weights that wick knows (safetensors, PyTorch checkpoint, npz, npy): ";

/// What load_state says of a file of these bytes, without the file's name.
std::string message(std::string_view bytes) {
  try {
    io::read_state(io::MappedFile::copy_of(bytes, "f"));
    return "";
  } catch (const FileError& error) {
    std::string text = error.what();
    REQUIRE(text.starts_with("f: "));
    text.erase(0, 3);
    return text.starts_with(unknown) ? text.substr(unknown.size()) : text;
  }
}

}  // namespace

TEST_CASE("load_state: the content decides, not the name", "[io]") {
  const TemporaryFolder folder;
  const nn::StateDict state = any_state(std::array{float32, float16, int64, uint8});
  // Each under the name of another format.
  io::save_safetensors(folder / "a.pt", state);
  io::save_torch(folder / "b.npz", state);
  io::save_npz(folder / "c.safetensors", state);
  io::save_npz(folder / "d", state, true);
  io::save_npy(folder / "e.pt", state["float32.plain"]);
  for (const char* name : {"a.pt", "b.npz", "c.safetensors", "d"}) {
    INFO(name);
    CHECK(difference(io::load_state(folder / name), state) == "");
  }
  const nn::StateDict one = io::load_state(folder / "e.pt");
  CHECK(one.size() == 1);
  CHECK(same(one["data"], state["float32.plain"]));
}

TEST_CASE("save_state: the extension decides", "[io]") {
  const TemporaryFolder folder;
  const nn::StateDict state = any_state(std::array{float32, int32});
  for (const char* name : {"a.safetensors", "b.pt", "c.pth", "d.npz", "a.b.PTH", ".pt"}) {
    INFO(name);
    io::save_state(folder / name, state);
    CHECK(difference(io::load_state(folder / name), state) == "");
  }
  CHECK(difference(io::load_safetensors(folder / "a.safetensors"), state) == "");
  CHECK(difference(io::load_torch(folder / "b.pt"), state) == "");
  CHECK(difference(io::load_npz(folder / "d.npz"), state) == "");
}

TEST_CASE("every format keeps a state without tensors", "[io]") {
  const TemporaryFolder folder;
  for (const char* name : {"x.safetensors", "x.pt", "x.npz"}) {
    io::save_state(folder / name, {});
    CHECK(io::load_state(folder / name).empty());
  }
}

TEST_CASE("a model goes through every format", "[io]") {
  const TemporaryFolder folder;
  manual_seed(0);
  const nn::Sequential trained{nn::Linear(3, 4), nn::GELU(), nn::Linear(4, 2)};
  const Tensor x = randn({5, 3});
  for (const char* name : {"x.safetensors", "x.pt", "x.npz"}) {
    io::save_state(folder / name, trained.state_dict());
    nn::Sequential net{nn::Linear(3, 4), nn::GELU(), nn::Linear(4, 2)};
    for (const bool assign : {false, true}) {
      CHECK(net.load_state_dict(io::load_state(folder / name), {.assign = assign}).ok());
      CHECK(same(net(x), trained(x)));
    }
    CHECK(net[0].as<nn::Linear>().weight.requires_grad());
  }
}

TEST_CASE("save_state: extensions that are no format", "[io][errors]") {
  const auto save = [](const std::string& path) { io::save_state(path, {}); };
  CHECK_THROWS_AS(save("x.bin"), ValueError);
  CHECK_THROWS_WITH(save("x.bin"),
                    "save_state: the extension of \"x.bin\" must be .safetensors, .pt, .pth or "
                    ".npz, got \".bin\"");
  CHECK_THROWS_WITH(save("a.pt/x"),
                    "save_state: the extension of \"a.pt/x\" must be .safetensors, .pt, .pth or "
                    ".npz, got none");
  CHECK_THROWS_WITH(save("x.npy"),
                    "save_state: the extension of \"x.npy\" must be .safetensors, .pt, .pth or "
                    ".npz, got \".npy\"; an .npy file has one tensor: use save_npy");
  CHECK_THROWS_AS(save(""), ValueError);
}

TEST_CASE("load_state: files of something else", "[io][errors]") {
  CHECK_THROWS_WITH(io::load_state("/none/x"), "cannot read /none/x: No such file or directory");
  CHECK_THROWS_WITH(io::read_state(io::MappedFile::copy_of("", "f")),
                    "f: " + std::string(unknown) + "it is empty");
  CHECK(message("hello") == "it begins with \"hello\"");
  CHECK(message("\1\2\3\4\5\6\7\xff more") ==
        "it begins with \"\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\xff\"");
  CHECK(message(" {\"type\": \"Linear\"}") ==
        "it looks like JSON; a model file is loaded with nn::load");
  CHECK(message("[1]") == "it looks like JSON; a model file is loaded with nn::load");
  CHECK(message("version https://git-lfs.github.com/spec/v1\noid sha256:0") ==
        "it is a pointer of Git LFS, not the file itself: fetch that with \"git lfs pull\"");
  CHECK(message("\x1f\x8b\x08") == "it is compressed with gzip: decompress it first");
  CHECK(message("\x89HDF\r\n\x1a\n") ==
        "it is HDF5, as Keras writes: save the weights with np.savez in Python");
  CHECK(message("GGUF\3") == "it is GGUF, as llama.cpp uses: wick has no quantised weights");
  CHECK(message("<!DOCTYPE html>") ==
        "it looks like HTML or XML; did the download give a page instead of the file?");
  CHECK(message(std::string(257, '\0') + "ustar") == "it is a tar archive: unpack it first");
}

TEST_CASE("load_state: files of a format that are damaged", "[io][errors]") {
  CHECK(message("PK\3\4") ==
        "not a zip archive, or one that is cut short: it has no central directory");
  CHECK(message("\x80\2") != "");
  CHECK(message("\x93NUMPY") == "the file is cut off in front of the npy header");
  CHECK_THAT(message(std::string_view("\3\0\0\0\0\0\0\0{", 9)), ContainsSubstring("is cut off"));
  const TemporaryFolder folder;
  io::AtomicFile file(folder / "x.zip");
  io::ZipWriter zip(file);
  zip.add("x.npy", {io::read_file(golden_path("io/c_f4.npy"))});
  zip.add("word/document.xml", {"<"});
  zip.finish();
  file.commit();
  CHECK(message(io::read_file(folder / "x.zip")) ==
        "a zip archive, but neither a PyTorch checkpoint, which has a data.pkl, nor an npz file, "
        "which has only .npy files: it has \"word/document.xml\"");
}
