// Checkpoints that PyTorch wrote: tests/golden/generate_torch_files.py tells what is in them.
#include "wick/io/torch_checkpoint.h"

#include "catch.h"
#include "golden_path.h"
#include "io/sample_tensors.h"
#include "io/torch.h"
#include "wick/io/file.h"
#include "wick/io/npy.h"

using namespace wick;

namespace {

nn::StateDict golden(const std::string& name, const io::TorchOptions& options = {}) {
  return io::load_torch(golden_path("io/" + name + ".pt"), options);
}

/// Why a golden file is refused, without its path; "" if it is not.
std::string failure(const std::string& name, const io::TorchOptions& options = {}) {
  const std::string path = golden_path("io/" + name + ".pt");
  try {
    (void)golden(name, options);
    return "";
  } catch (const FileError& e) {
    const std::string_view text = e.what();
    CHECK(text.starts_with(path));
    return std::string(text.substr(path.size()));
  }
}

std::vector<std::string> names(const nn::StateDict& state) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : state) result.push_back(name);
  return result;
}

}  // namespace

TEST_CASE("torch: every dtype, a scalar and an empty tensor", "[io]") {
  for (const char* file : {"torch1_dtypes", "torch1_dtypes_legacy", "torch2_dtypes"}) {
    INFO(file);
    const nn::StateDict state = golden(file);
    REQUIRE(names(state) == std::vector<std::string>{"float64", "float32", "float16", "bfloat16",
                                                     "int64", "int32", "uint8", "bool", "scalar",
                                                     "empty"});
    for (const DType dtype : all_dtypes)
      CHECK(same(state[name(dtype)], golden_values({3, 4}, dtype)));
    CHECK(same(state["scalar"], golden_values({}, float32)));
    CHECK(same(state["empty"], golden_values({0, 3}, float16)));
  }
}

TEST_CASE("torch: views keep their strides and share their storage", "[io]") {
  for (const char* file : {"torch1_views", "torch1_views_legacy", "torch2_views"}) {
    INFO(file);
    const nn::StateDict state = golden(file);
    const Tensor base = golden_values({4, 6}, float32);
    CHECK(same(state["base"], base));
    CHECK(same(state["transposed"], base.t()));
    CHECK(same(state["sliced"], base(slice(1, 4), slice(1, none, 2))));
    CHECK(same(state["tail"], base.view({-1})(slice(20, none))));
    CHECK(same(state["expanded"], golden_values({3, 1}, int64).expand({3, 4})));
    CHECK(same(state["permuted"], golden_values({2, 3, 4}, float64).permute({2, 0, 1})));
    CHECK(state["transposed"].strides() == Shape{1, 6});
    CHECK(state["sliced"].strides() == Shape{6, 2});
    CHECK(state["sliced"].storage_offset() == 7);
    CHECK(state["expanded"].strides() == Shape{1, 0});
    for (const char* view : {"transposed", "sliced", "tail"})
      CHECK(state[view].shares_storage(state["base"]));
    CHECK(!state["permuted"].shares_storage(state["base"]));
    state["base"](0, 1).fill_(100);
    CHECK(state["transposed"](1, 0).item<float>() == 100);
  }
}

TEST_CASE("torch: tied weights, parameters and other protocols", "[io]") {
  for (const char* file :
       {"torch1_model", "torch1_model_legacy", "torch2_model", "torch1_protocol_4",
        "torch1_protocol_1_legacy", "torch1_protocol_4_legacy"}) {
    INFO(file);
    const nn::StateDict state = golden(file);
    REQUIRE(names(state) == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"});
    CHECK(same(state["2.weight"], golden_values({3, 3}, float32)));
    CHECK(same(state["2.bias"], golden_values({3}, float32)));
    CHECK(state["0.weight"].shares_storage(state["2.weight"]));
    CHECK(state["0.bias"].shares_storage(state["2.bias"]));
  }
  for (const char* file : {"torch1_parameters", "torch2_parameters"}) {
    INFO(file);
    const nn::StateDict state = golden(file);
    REQUIRE(names(state) == std::vector<std::string>{"weight", "marked", "frozen"});
    CHECK(same(state["weight"], golden_values({2, 3}, float32)));
    CHECK(same(state["marked"], golden_values({4}, float32)));
    CHECK(same(state["frozen"], golden_values({3}, float64)));
    CHECK(!state["weight"].requires_grad());
  }
}

TEST_CASE("torch: the state dict of a checkpoint is found", "[io]") {
  for (const char* file : {"torch1_checkpoint", "torch1_checkpoint_legacy", "torch2_checkpoint"}) {
    INFO(file);
    for (const char* key : {"", "model"}) {
      const nn::StateDict state = golden(file, {.key = key});
      REQUIRE(names(state) == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"});
      CHECK(same(state["0.weight"], golden_values({3, 3}, float32)));
    }
    const nn::StateDict optimizer = golden(file, {.key = "optimizer"});
    CHECK(optimizer["state.0.exp_avg"].shape() == Shape{3, 3});
    CHECK(
        same(golden(file, {.key = "optimizer.state.1"})["exp_avg"], optimizer["state.1.exp_avg"]));
    CHECK(names(golden(file, {.key = "optimizer.state.1.exp_avg"})) ==
          std::vector<std::string>{"data"});
    CHECK(
        failure(file, {.key = "modle"}) ==
        ": it has no \"modle\"; it has \"model\", \"optimizer\", \"epoch\", \"losses\", \"name\"");
    CHECK(failure(file, {.key = "epoch"}) == ": \"epoch\" is neither a dict nor a tensor");
    CHECK(failure(file, {.key = "epoch.x"}) == ": it has no \"epoch.x\": what is there is no dict");
    CHECK(failure(file, {.key = "optimizer.param_groups"}) ==
          ": \"optimizer.param_groups\" is neither a dict nor a tensor");
  }
  for (const char* file : {"torch1_two_models", "torch2_two_models"}) {
    CHECK(failure(file) ==
          ": it holds several state dicts: \"generator\", \"discriminator\"; say which one with "
          "TorchOptions::key");
    CHECK(same(golden(file, {.key = "discriminator"})["w"], golden_values({3}, float64)));
  }
}

TEST_CASE("torch: one tensor, and nothing", "[io]") {
  for (const char* file : {"torch1_tensor", "torch1_tensor_legacy", "torch2_tensor"})
    CHECK(same(golden(file)["data"], golden_values({2, 3}, float32)));
  for (const char* file : {"torch1_nothing", "torch2_nothing"}) CHECK(golden(file).empty());
}

TEST_CASE("torch: what is not a state dict is refused by name", "[io]") {
  for (const std::string file : {"torch1_module", "torch2_module"})
    CHECK_THAT(failure(file),
               ContainsSubstring(
                   "it names \"torch.nn.modules.linear.Linear\" at byte 2, which is no part of a "
                   "state dict: it looks like a whole pickled module or another Python object; in "
                   "Python, save model.state_dict() instead"));
  for (const std::string file :
       {"torch1_malicious", "torch1_malicious_legacy", "torch2_malicious"}) {
    CHECK_THAT(failure(file), ContainsSubstring("it names \"posix.system\" at byte "));
    CHECK_THAT(failure(file), ContainsSubstring(", which is no part of a state dict: wick reads "
                                                "data and runs nothing"));
  }
  const std::string dtypes =
      ", which wick has not; it has float32, float64, float16, bfloat16, int64, int32, uint8 and "
      "bool";
  for (const std::string file : {"torch1_int8", "torch2_int8"})
    CHECK(failure(file) == ": tensor \"weight\" is of torch.CharStorage" + dtypes);
  for (const std::string file : {"torch1_complex", "torch1_complex_legacy", "torch2_complex"})
    CHECK(failure(file) == ": tensor \"phase\" is of torch.ComplexFloatStorage" + dtypes);
  CHECK(failure("torch2_float8") == ": tensor \"weight\" is of torch.float8_e4m3fn" + dtypes);
}

TEST_CASE("torch: kinds of tensors that wick has not are named", "[io]") {
  for (const auto& [file, what] : std::vector<std::pair<std::string, std::string>>{
           {"sparse", "a sparse tensor; save x.to_dense() instead"},
           {"sparse_csr", "a sparse tensor; save x.to_dense() instead"},
           {"quantized", "a quantized tensor; save x.dequantize() instead"},
           {"nested", "a nested tensor; save the tensors of x.unbind() instead"},
           {"jagged", "a nested tensor; save the tensors of x.unbind() instead"},
           {"meta", "a tensor on the meta device, which has no elements"}})
    CHECK_THAT(failure("torch2_" + file), ContainsSubstring(" it has " + what));
  CHECK_THAT(failure("torch2_conjugated"), ContainsSubstring("is of torch.ComplexFloatStorage"));
}

TEST_CASE("torch: what is negated when it is read", "[io]") {
  for (const char* file : {"torch2_negative", "torch2_negative_legacy"})
    for (const bool mmap : {true, false}) {
      INFO(file);
      const nn::StateDict state = golden(file, {.mmap = mmap});
      const Tensor imag = -(golden_values({2, 3}, float32) + 10);
      CHECK(same(state["imag"], imag));
      CHECK(same(state["row"], imag[1]));
      CHECK(same(state["parameter"], imag.t()));
      CHECK(same(state["both"], stack({golden_values({2, 3}, float32), -imag}, 2)));
      CHECK(same(state["expanded"], imag.narrow(1, 0, 1).expand({2, 4})));
      for (const DType dtype : {float64, float16, int64, uint8})
        CHECK(same(state[name(dtype)], -golden_values({3}, dtype)));
      CHECK(same(state["empty"], golden_values({0, 2}, float32)));
      CHECK(state["imag"].strides() == Shape{6, 2});
      CHECK(state["row"].shares_storage(state["imag"]));
      CHECK_FALSE(state["both"].shares_storage(state["imag"]));
    }
}

TEST_CASE("torch: a feed-forward block gives PyTorch's output", "[io]") {
  const nn::StateDict state = golden("transformer_ffn");
  nn::Sequential block({{"linear1", nn::Linear(16, 64)},
                        {"activation", nn::GELU()},
                        {"dropout", nn::Dropout(0.1)},
                        {"linear2", nn::Linear(64, 16)}});
  CHECK(block.load_state_dict(state).ok());
  block.eval();
  const Tensor y = block(io::load_npy(golden_path("io/ffn_input.npy")));
  const Tensor expected = io::load_npy(golden_path("io/ffn_output.npy"));
  CHECK((y - expected).abs().max().item<float>() < 1e-6F);
}

TEST_CASE("torch: the tensors of an archive are those of the mapping", "[io]") {
  const auto file =
      io::MappedFile::copy_of(io::read_file(golden_path("io/torch1_dtypes.pt")), "memory.pt");
  const nn::StateDict state = io::read_torch(file);
  for (const DType dtype : all_dtypes) {
    const char* at = core::bytes(state[name(dtype)]);
    const bool inside = at >= file->bytes().data() && at < file->bytes().data() + file->size();
    CHECK(inside == (dtype != bool_));
  }
}
