// Checkpoints that are damaged, or were made to do harm.
#include <algorithm>
#include <chrono>
#include <filesystem>

#include "catch.h"
#include "golden_path.h"
#include "io/sample_tensors.h"
#include "io/temporary_folder.h"
#include "io/torch.h"
#include "io/zip.h"
#include "wick/io/file.h"

using namespace wick;
using namespace std::string_literals;

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

std::string archive(const Files& files, bool compressed = false) {
  const TemporaryFolder folder;
  io::AtomicFile file(folder / "archive.pt");
  io::ZipWriter zip(file);
  for (const auto& [name, bytes] : files)
    zip.add(name, {bytes}, {.compressed = compressed, .aligned = true});
  zip.finish();
  file.commit();
  return io::read_file(folder / "archive.pt");
}

std::string text(std::string_view value) {
  std::string result = "X";
  for (int i = 0; i < 4; ++i) result += static_cast<char>(value.size() >> (8 * i));
  return result.append(value);
}

std::string integer(int64_t value) {
  std::string result = "\x8a\x08";
  for (int i = 0; i < 8; ++i) result += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  return result;
}

std::string tuple(const std::vector<int64_t>& values) {
  std::string result = "(";
  for (const int64_t value : values) result += integer(value);
  return result + "t";
}

/// What makes a tensor in storage "0" of `elements`.
std::string tensor(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                   int64_t offset, int64_t elements, const std::string& type = "FloatStorage",
                   const std::string& view = "") {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" + type + "\n" +
         text("0") + text("cpu") + integer(elements) + view + "tQ" + integer(offset) +
         tuple(sizes) + tuple(strides) + "\x89" + "}tR";
}

const std::string six_floats =
    "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40\0\0\xc0\x40"s;

/// An archive with {"w": tensor} and six floats, 1 to 6, in storage "0".
std::string with_tensor(const std::string& tensor_code) {
  return archive({{"x/data.pkl", "\x80\2}(" + text("w") + tensor_code + "u."},
                  {"x/data/0", six_floats},
                  {"x/version", "3\n"}});
}

nn::StateDict read(std::string_view bytes, const std::string& key = "") {
  return io::read_torch(io::MappedFile::copy_of(bytes, "m.pt"), {.key = key});
}

/// Why a checkpoint is refused, without its name; "" if it is not.
std::string failure(std::string_view bytes) {
  try {
    (void)read(bytes);
    return "";
  } catch (const FileError& e) {
    const std::string_view message = e.what();
    CHECK(message.starts_with("m.pt"));
    return std::string(message.substr(4));
  }
}

}  // namespace

TEST_CASE("torch: a tensor has to be in its storage", "[io]") {
  const auto damage = [](const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                         int64_t offset, int64_t elements) {
    return failure(with_tensor(tensor(sizes, strides, offset, elements)));
  };
  CHECK(read(with_tensor(tensor({2, 3}, {3, 1}, 0, 6)))["w"].to_vector<float>() ==
        std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(read(with_tensor(tensor({}, {}, 5, 6)))["w"].item<float>() == 6);
  CHECK(read(with_tensor(tensor({3, 1}, {2, INT64_MAX}, 1, 6)))["w"].view({3})[2].item<float>() ==
        6);
  CHECK(read(with_tensor(tensor({0, 7}, {1, 1}, 100, 6)))["w"].shape() == Shape{0, 7});
  CHECK(
      damage({2, 3}, {3, 1}, 1, 6) ==
      ": tensor \"w\" of shape [2, 3] with strides [3, 1] and offset 1 reaches beyond its storage "
      "of 6 elements");
  CHECK(damage({}, {}, 6, 6) ==
        ": tensor \"w\" of shape [] with strides [] and offset 6 reaches beyond its storage of 6 "
        "elements");
  CHECK(damage({2, 3}, {3}, 0, 6) == ": tensor \"w\" has shape [2, 3] but strides [3]");
  const std::string cannot = ", which cannot be";
  CHECK(damage({-2, 3}, {3, 1}, 0, 6) ==
        ": tensor \"w\" has shape [-2, 3], strides [3, 1] and offset 0" + cannot);
  CHECK(damage({2, 3}, {-3, 1}, 0, 6) ==
        ": tensor \"w\" has shape [2, 3], strides [-3, 1] and offset 0" + cannot);
  CHECK(damage({2, 3}, {3, 1}, -1, 6) ==
        ": tensor \"w\" has shape [2, 3], strides [3, 1] and offset -1" + cannot);
  CHECK_THAT(damage({INT64_MAX, 2}, {1, 1}, 0, 6), ContainsSubstring(cannot));
  CHECK_THAT(damage({3, 3}, {INT64_MAX, 1}, 0, 6), ContainsSubstring(cannot));
  CHECK_THAT(damage({2}, {INT64_MAX}, INT64_MAX, 6), ContainsSubstring(cannot));
  CHECK_THAT(damage({0, INT64_MAX, 4}, {1, 1, 1}, 0, 6), ContainsSubstring(cannot));
  CHECK(damage(std::vector<int64_t>(17, 1), std::vector<int64_t>(17, 1), 0, 6) ==
        ": tensor \"w\" has 17 dimensions; 16 is the limit");
  CHECK(damage({2, 3}, {3, 1}, 0, 7) == ": storage \"0\" has 24 bytes, but 28 are expected");
  CHECK(damage({2, 3}, {3, 1}, 0, INT64_MAX) ==
        ": tensor \"w\" is in a storage of 9223372036854775807 elements, which is too many");
  // An element that is repeated 2^50 times is one that a file can have; it is never copied out.
  const nn::StateDict endless = read(with_tensor(tensor({int64_t{1} << 50}, {0}, 0, 6)));
  CHECK(endless["w"].numel() == int64_t{1} << 50);
  CHECK_THROWS_AS(endless["w"].to_vector<float>(), Error);
}

TEST_CASE("torch: storages", "[io]") {
  const std::string part = "(" + text("k") + integer(2) + integer(4) + "t";
  CHECK(read(with_tensor(tensor({3}, {1}, 1, 6, "FloatStorage", part)))["w"].to_vector<float>() ==
        std::vector<float>{4, 5, 6});
  CHECK(failure(with_tensor(tensor({4}, {1}, 1, 6, "FloatStorage", part))) ==
        ": tensor \"w\" of shape [4] with strides [1] and offset 3 reaches beyond its storage of 6 "
        "elements");
  CHECK(failure(with_tensor(tensor({2}, {1}, 1, 6, "FloatStorage", tuple({0, 3, 4})))) ==
        ": tensor \"w\" is in a part of a storage that is not inside of it");
  CHECK(failure(with_tensor(tensor({2}, {1}, 1, 6, "FloatStorage", integer(3)))) ==
        ": tensor \"w\" is in a part of a storage that is not inside of it");
  CHECK(failure(with_tensor(tensor({2}, {1}, 1, 24, "UntypedStorage"))) ==
        ": tensor \"w\" is of torch.UntypedStorage, which wick has not; it has float32, float64, "
        "float16, bfloat16, int64, int32, uint8 and bool");
  CHECK(
      failure(archive({{"x/data.pkl", "\x80\2}(" + text("w") + tensor({2}, {1}, 0, 2) + "u."}})) ==
      ": it has no storage \"0\"");
  // Storages that somebody compressed, and those of a machine with the other byte order.
  const std::string code = "\x80\2}(" + text("w") + tensor({6}, {1}, 0, 6) + "u.";
  const Files files = {{"data.pkl", code}, {"data/0", six_floats}};
  CHECK(read(archive(files, true))["w"].to_vector<int32_t>() ==
        std::vector<int32_t>{1, 2, 3, 4, 5, 6});
  Files swapped = files;
  for (size_t i = 0; i < 24; i += 4)
    std::reverse(swapped[1].second.begin() + static_cast<int>(i),
                 swapped[1].second.begin() + static_cast<int>(i) + 4);
  swapped.emplace_back("byteorder", "big");
  CHECK(read(archive(swapped))["w"].to_vector<int32_t>() == std::vector<int32_t>{1, 2, 3, 4, 5, 6});
  // Bytes that are no bools are true.
  const Tensor bools = read(with_tensor(tensor({24}, {1}, 0, 24, "BoolStorage")))["w"];
  CHECK(bools.to_vector<uint8_t>()[2] == 1);
  CHECK(bits(bools)[2] == 1);
}

TEST_CASE("torch: archives and files of other kinds", "[io]") {
  const std::string pickle = "\x80\2}.";
  CHECK(failure("") == ": not a PyTorch checkpoint: it begins with \"\"");
  CHECK(failure("{\"a\": 1}  ") == ": not a PyTorch checkpoint: it begins with \"{\"a\": 1}\"");
  CHECK(failure(std::string(257, '\0') + "ustar") ==
        ": a tar archive, as PyTorch before 0.1.10 wrote; load it in Python and save it again with "
        "torch.save");
  CHECK(failure(pickle) ==
        ": a pickle, but not one of torch.save; save model.state_dict() with that");
  CHECK(failure(archive({{"a.npy", ""}})) ==
        ": a zip archive, but not a PyTorch checkpoint: it has no data.pkl");
  CHECK(failure(archive({{"m/data.pkl", pickle}, {"m/constants.pkl", pickle}})) ==
        ": a TorchScript archive, which torch.jit.save wrote; in Python, save "
        "torch.jit.load(path).state_dict() with torch.save");
  CHECK(failure(archive({{"m/data.pkl", pickle}, {"m/version", "11\n"}})) ==
        ": a PyTorch checkpoint of format version \"11\\x0a\"; wick reads 1 to 10");
  CHECK(failure(archive({{"m/data.pkl", pickle}, {"m/byteorder", "middle"}})) ==
        ": its byteorder is \"middle\"; \"little\" and \"big\" are known");
  CHECK(failure(archive({{"m/data.pkl", "\x80\2]."}})) ==
        ": it holds neither a dict nor a tensor; save model.state_dict()");
  CHECK(failure(archive({{"m/data.pkl", "\x80\2}(" + text("lr") + "K\1u."}})) ==
        ": there are no tensors in it; it has \"lr\"");
  CHECK(failure(archive({{"m/data.pkl", pickle}})) == "");
}

TEST_CASE("torch: dicts in dicts", "[io]") {
  const auto names = [](const std::string& code, const std::string& key = "") {
    const std::string pickle = "\x80\2" + tensor({2}, {1}, 0, 6) + "\x94" + "0" + code + ".";
    std::string result;
    for (const auto& [name, value] :
         read(archive({{"d/data.pkl", pickle}, {"d/data/0", six_floats}}), key))
      result += name + " ";
    return result;
  };
  const auto dict = [](const std::vector<std::pair<std::string, std::string>>& items) {
    std::string code = "}(";
    for (const auto& [key, value] : items) code += text(key) + value;
    return code + "u";
  };
  const std::string t = "h\0"s;
  const std::string weights = dict({{"w", t}});
  CHECK(names(dict({{"a", t}, {"encoder", dict({{"w", t}, {"n", "N"}})}, {"lr", "K\1"}})) ==
        "a encoder.w ");
  CHECK(names(dict({{"net", weights}})) == "w ");
  CHECK(names(dict({{"outer", dict({{"inner", weights}})}})) == "w ");
  CHECK(names(dict({{"ema", weights}, {"model", weights}, {"loss", t}})) == "w ");
  CHECK(names(dict({{"a.b", weights}, {"a", dict({{"b", dict({{"v", t}})}})}}), "a.b") == "w ");
  CHECK(names(dict({{"a", dict({{"b", dict({{"v", t}})}})}}), "a") == "b.v ");
  CHECK(names("}(K\5" + t + "u") == "5 ");
  CHECK_THROWS_WITH(names("}(N" + t + "u"),
                    "m.pt: a tensor's key is neither a text nor an integer");
  CHECK_THROWS_WITH(names(dict({{"a.w", t}, {"a", weights}})),
                    "m.pt: it has two tensors called \"a.w\"");
  CHECK_THROWS_WITH(names(dict({{"net", weights}, {"model", dict({{"v", t}})}})),
                    "m.pt: it holds several state dicts: \"net\", \"model\"; say which one with "
                    "TorchOptions::key");
}

TEST_CASE("torch: bombs do not go off", "[io]") {
  const auto start = std::chrono::steady_clock::now();
  const auto with = [](const std::string& code) {
    const std::string pickle = "\x80\2" + tensor({2}, {1}, 0, 6) + "\x94" + "0" + code + ".";
    return failure(archive({{"d/data.pkl", pickle}, {"d/data/0", six_floats}}));
  };
  // A dict that has the one before it twice, thirty times: 2^30 tensors.
  const std::string item = text("t") + "h\0"s;
  std::string doubled = "}(" + item + "u";
  for (char i = 1; i <= 30; ++i) {
    const std::string last = "h" + std::string(1, i);
    doubled +=
        "\x94"
        "}(" +
        item + text("a") + last + text("b") + last + "u";
  }
  CHECK_THAT(with(doubled), ContainsSubstring(", which is the limit"));
  // A dict in itself.
  CHECK(with("}\x94(X\1\0\0\0th\0X\1\0\0\0sh\1u"s) == ": its dicts are nested deeper than 32");
  CHECK(with("}\x94(X\1\0\0\0sh\1u"s) == ": its dicts are nested deeper than 32");
  // Ten thousand names of 100 kB.
  std::string names = "}\x94(" + text(std::string(100'000, 'k')) + "\x94h\0u0}(X\1\0\0\0th\0"s;
  for (int i = 0; i < 10'000; ++i) names += text(std::to_string(i)) + "h\1"s;
  CHECK(with(names + "u") ==
        ": the names of its tensors have more than 67108864 bytes, which is the limit");
  // Optimizers, which are skipped, with many keys.
  std::string optimizers = "}\x94(";
  for (int i = 0; i < 10'000; ++i) optimizers += text(std::to_string(i)) + "N";
  optimizers += text("state") + "N" + text("param_groups") + "Nu0}(X\1\0\0\0th\0"s;
  for (int i = 0; i < 100'000; ++i) optimizers += text(std::to_string(i)) + "h\1"s;
  CHECK(with(optimizers + "u") == ": its dicts mention each other too often to be a state dict");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

namespace {

/// Reads `bytes`; true if they are a checkpoint, whose every element is then read too.
bool is_read(std::string_view bytes) {
  constexpr int64_t many = 1'000'000;
  try {
    const nn::StateDict state = read(bytes);
    for (const auto& [name, x] : state)
      if (x.numel() < many)
        REQUIRE(static_cast<int64_t>(x.to_vector<double>().size()) == x.numel());
    return true;
  } catch (const Error& error) {
    REQUIRE(std::string_view(error.what()).size() > 10);
    return false;
  }
}

std::vector<std::string> checkpoints() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(golden_path("io")))
    if (entry.path().extension() == ".pt" && entry.file_size() < 5000)
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() > 20);
  return paths;
}

}  // namespace

TEST_CASE("torch: checkpoints that are cut off anywhere are errors", "[io]") {
  for (const std::string& path : checkpoints()) {
    INFO(path);
    const std::string bytes = io::read_file(path);
    for (size_t size = 0; size < bytes.size(); ++size) {
      INFO(size);
      CHECK_FALSE(is_read(std::string_view(bytes).substr(0, size)));
    }
  }
}

TEST_CASE("torch: checkpoints with any byte changed are errors or well-formed", "[io]") {
  for (const std::string name :
       {"torch1_checkpoint", "torch1_malicious", "torch1_model", "torch1_protocol_1_legacy",
        "torch1_protocol_4_legacy", "torch1_views_legacy", "torch2_float8", "torch2_parameters"}) {
    INFO(name);
    const std::string bytes = io::read_file(golden_path("io/" + name + ".pt"));
    for (size_t at = 0; at < bytes.size(); ++at) {
      if (bytes[at] == 'Z' && bytes[at - 1] == 'Z') continue;  // padding
      std::string changed = bytes;
      for (const int value : {bytes[at] ^ (1 << (at % 8)), bytes[at] ^ 0x80, 0, 0xFF}) {
        changed[at] = static_cast<char>(value);
        is_read(changed);
      }
    }
  }
}
