#include "catch.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace {

using namespace wick;
using Values = std::vector<int64_t>;

Values values(const Tensor& t) { return t.to_vector<int64_t>(); }

template <class E, class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("views of meta tensors", "[view]") {
  const Tensor x = empty({2, 3, 4}, {.device = meta});
  CHECK(x.view({6, -1}).shape() == Shape{6, 4});
  CHECK(x.transpose(0, 2).reshape({-1}).is_meta());
  CHECK(x.permute({2, 0, 1})[1].expand({5, 2, 3}).shape() == Shape{5, 2, 3});
  CHECK(x.split(2, 2)[1].shape() == Shape{2, 3, 2});
  CHECK(x.as_strided({4, 4}, {1, 1}).is_meta());
}

TEST_CASE("views are recorded, and guard the leaf behind them", "[view][autograd]") {
  const Tensor x = ones({2, 3}).requires_grad_();
  CHECK(x.view({3, 2}).grad_fn() == "ViewBackward0");
  CHECK(x.t().grad_fn() == "TBackward0");
  CHECK(x.transpose(0, 1).grad_fn() == "TransposeBackward0");
  CHECK(x.unsqueeze(0).grad_fn() == "UnsqueezeBackward0");
  CHECK(x.select(0, 1).grad_fn() == "SelectBackward0");
  CHECK(x.slice(0, 1).grad_fn() == "SliceBackward0");
  CHECK(x.expand({2, 2, 3}).grad_fn() == "ExpandBackward0");
  CHECK(error_of<Error>([&] {
          x[0].view({3, 1}).fill_(1);
        }) ==
        "a view of a leaf Variable that requires grad is being used in an in-place operation.");
  CHECK_THROWS_AS(ones({3}).expand({2, 3}).fill_(1), Error);
}

TEST_CASE("what cannot be reshaped", "[view][errors]") {
  const Tensor x = ones({2, 3});
  const auto text = [](auto f) { return error_of<ShapeError>(f); };
  CHECK(text([&] { x.view({4, 2}); }) == "shape '[4, 2]' is invalid for input of size 6");
  CHECK(text([&] { x.reshape({4, 2}); }) == "shape '[4, 2]' is invalid for input of size 6");
  CHECK(text([&] { x.reshape({-1, -1}); }) == "only one dimension can be inferred");
  CHECK(text([&] { x.reshape({-2, 3}); }) == "invalid shape dimension -2");
  CHECK(text([&] {
          zeros({0}).reshape({-1, 0});
        }) ==
        "cannot reshape tensor of 0 elements into shape [-1, 0] because the unspecified dimension "
        "size -1 can be any value and is ambiguous");
  CHECK(text([&] { x.t().view({6}); }) ==
        "view size is not compatible with input tensor's size and stride (at least one dimension "
        "spans across two contiguous subspaces). Use .reshape(...) instead.");
  CHECK(text([&] { x.flatten(1, 0); }) ==
        "flatten() has invalid args: start_dim cannot come after end_dim, got 1 and 0");
  CHECK_THROWS_AS(x.unflatten(1, {2, 2}), ShapeError);
  CHECK_THROWS_AS(x.unflatten(1, {}), ShapeError);
  CHECK_THROWS_AS(x.view({INT64_MAX, INT64_MAX}), ShapeError);
  CHECK_THROWS_AS(zeros({0}).view({0, INT64_MAX, INT64_MAX}), ShapeError);
  CHECK(tensor(1).view({1, 1}).shape() == Shape{1, 1});
  CHECK(tensor(1).flatten().shape() == Shape{1});
  CHECK(text([&] { x.expand({3}); }) ==
        "expand(FloatTensor{[2, 3]}, size=[3]): the number of sizes provided (1) must be greater "
        "or equal to the number of dimensions in the tensor (2)");
  CHECK(text([&] {
          ones({3}).broadcast_to({2, 4});
        }) ==
        "The expanded size of the tensor (4) must match the existing size (3) at non-singleton "
        "dimension 1.  Target sizes: [2, 4].  Tensor sizes: [3]");
  CHECK(text([&] {
          broadcast_tensors({ones({3}), ones({4})});
        }) ==
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension "
        "0");
  CHECK_THROWS_AS(ones({3}).expand({-1, 3}), ShapeError);
  CHECK_THROWS_AS(ones({3}).expand({-2, 3}), ShapeError);
  CHECK_THROWS_AS(ones({1}).expand({INT64_MAX, INT64_MAX}), ShapeError);
}

TEST_CASE("what cannot be rearranged or cut", "[view][errors]") {
  const Tensor x = ones({2, 3});
  const auto dim_text = [](auto f) { return error_of<IndexError>(f); };
  const std::string two = "Dimension out of range (expected to be in range of [-2, 1], but got 2)";
  const std::string four = "Dimension out of range (expected to be in range of [-3, 2], but got 4)";
  CHECK(dim_text([&] { x.transpose(0, 2); }) == two);
  CHECK(dim_text([&] { x.squeeze(2); }) == two);
  CHECK(dim_text([&] { x.unsqueeze(4); }) == four);
  CHECK(x.squeeze(0).shape() == Shape{2, 3});
  CHECK(error_of<ShapeError>([&] {
          ones({2, 3, 4}).t();
        }) == "t() expects a tensor with <= 2 dimensions, but self is 3D");
  CHECK(error_of<ShapeError>([&] {
          x.permute({0, 1, 2});
        }) ==
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
        "of the desired ordering of dimensions i.e. input.dim() = 2 is not equal to len(dims) = 3");
  CHECK_THROWS_AS(x.permute({0, 0}), ValueError);
  CHECK_THROWS_AS(x.permute({0, 2}), IndexError);
  CHECK(dim_text([&] { x.select(1, 5); }) ==
        "select(): index 5 out of range for tensor of size [2, 3] at dimension 1");
  CHECK_THROWS_AS(x.select(1, INT64_MIN), IndexError);
  CHECK_THROWS_AS(tensor(1).select(0, 0), IndexError);
  CHECK(error_of<ShapeError>([&] { x.narrow(1, 2, 2); }) ==
        "start (2) + length (2) exceeds dimension size (3).");
  CHECK(dim_text([&] { ones({3}).narrow(0, 4, 1); }) ==
        "Dimension out of range (expected to be in range of [-3, 2], but got 4)");
  CHECK_THROWS_AS(x.narrow(1, 0, -1), Error);
  CHECK_THROWS_AS(x.narrow(1, 1, INT64_MAX), ShapeError);
  CHECK(error_of<ValueError>([&] { x.slice(0, 0, 2, 0); }) == "step must be greater than zero");
  CHECK_THROWS_AS(x.slice(0, 0, 2, INT64_MIN), ValueError);
  CHECK_THROWS_AS(tensor(1).slice(0), IndexError);
  CHECK(
      error_of<ShapeError>([&] {
        ones({5}).split(Values{2, 2});
      }) ==
      "split_with_sizes expects split_sizes to sum exactly to 5 (input tensor's size at dimension "
      "0), but got split_sizes=[2, 2]");
  CHECK_THROWS_AS(ones({5}).split(Values{6, -1}), Error);
  CHECK_THROWS_AS(ones({5}).split(Values{INT64_MAX, INT64_MAX, 7}), Error);
  CHECK_THROWS_AS(ones({5}).split(0), ValueError);
  CHECK_THROWS_AS(ones({5}).split(-1), ValueError);
  CHECK(ones({5}).split(INT64_MAX).size() == 1);
  CHECK_THROWS_AS(x.chunk(0), ValueError);
  CHECK(zeros({0}).chunk(3).size() == 3);
  CHECK_THROWS_AS(tensor(1).unbind(), IndexError);
  CHECK(zeros({0, 2}).unbind().empty());
  CHECK_THROWS_AS(Tensor().view({1}), Error);
}

TEST_CASE("as_strided stays within the storage", "[view][errors]") {
  const Tensor x = arange(6);
  CHECK(values(x.as_strided({2, 2}, {3, 1}, 1)) == Values{1, 2, 4, 5});
  CHECK(values(x.as_strided({3, 2}, {1, 1})) == Values{0, 1, 1, 2, 2, 3});
  CHECK(x.as_strided({0, 9}, {9, 9}).numel() == 0);
  CHECK_THROWS_AS(x.as_strided({2, 2}, {3, 1}, 3), ShapeError);
  CHECK_THROWS_AS(x.as_strided({7}, {1}), ShapeError);
  CHECK_THROWS_AS(x.as_strided({2}, {1, 1}), ShapeError);
  CHECK_THROWS_AS(x.as_strided({2}, {-1}, 3), Error);
  CHECK_THROWS_AS(x.as_strided({1}, {1}, -1), ShapeError);
  CHECK_THROWS_AS(x.as_strided({3}, {INT64_MAX}), ShapeError);
  CHECK_THROWS_AS(x.as_strided({2, 2}, {INT64_MAX, 1}), ShapeError);
  CHECK_THROWS_AS(x.as_strided({1}, {1}, INT64_MAX), ShapeError);
  CHECK_THROWS_AS(x.as_strided({-1}, {1}), ShapeError);
  // The stride of a dimension of size 1 is never used, however large.
  const Tensor odd = x.as_strided({1, 2}, {INT64_MAX, 1});
  CHECK(values(odd) == Values{0, 1});
  CHECK(values(odd.clone()) == Values{0, 1});
  CHECK(values(odd.flip({0, 1})) == Values{1, 0});
  CHECK(values(odd(tensor({0, -1}))) == Values{0, 1, 0, 1});
  CHECK(values(odd.gather(0, tensor({{0, 0}, {0, 0}}).slice(1, 0, 2))) == Values{0, 1, 0, 1});
  CHECK(values(odd.index_select(0, tensor({0}))) == Values{0, 1});
  CHECK(x.as_strided({2, 0}, {INT64_MAX, 1}).unsqueeze(0).numel() == 0);
}

TEST_CASE("an empty view may be anywhere", "[view]") {
  const Tensor base = zeros({4}).requires_grad_();
  const Tensor x = base.as_strided({0}, {1}, int64_t{1} << 62);  // as PyTorch has it
  CHECK(x.numel() == 0);
  CHECK(x.storage_offset() == int64_t{1} << 62);
  CHECK(x.data_ptr<const float>() == base.data_ptr<const float>());
  CHECK(x.to_vector<float>().empty());
  CHECK(x.clone().shape() == Shape{0});
  (x.sum() + x.slice(0, 0, 0).sum()).backward();
  CHECK(base.grad().equal(zeros({4})));
  // Its offsets go round, and nobody minds.
  const Tensor far = base.detach().as_strided({0, 5}, {1, INT64_MAX}, INT64_MAX);
  CHECK(far.select(1, 4).sum().item<float>() == 0);
  CHECK(far.slice(1, 1, {}, 2).shape() == Shape{0, 2});
  CHECK(far.t().reshape({0}).sum().item<float>() == 0);
  CHECK_THROWS_AS(base.as_strided({1}, {1}, int64_t{1} << 62), ShapeError);
  CHECK_THROWS_AS(base.as_strided({2}, {INT64_MAX}, 0), ShapeError);
  CHECK_THROWS_AS(base.as_strided({2, 2}, {INT64_MAX, INT64_MAX}, 0), ShapeError);
  CHECK_THROWS_AS(base.as_strided({0}, {1}, -1), ShapeError);
}
