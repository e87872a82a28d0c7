// Tensor as a handle: what it says of itself, and its elements taken out.
#include "wick/tensor.h"

#include <limits>
#include <vector>

#include "catch.h"
#include "core/tensor_impl.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("copies of a handle are the same tensor, equal ones are not", "[core][tensor]") {
  const Tensor x = arange(6.).view({2, 3});
  const Tensor copy = x;
  CHECK(copy.is_same(x));
  CHECK_FALSE(x.view({2, 3}).is_same(x));
  CHECK(x.view({2, 3}).shares_storage(x));
  CHECK_FALSE(x.clone().is_same(x));
  CHECK_FALSE(x.clone().shares_storage(x));
  CHECK(Tensor().is_same(Tensor()));
  CHECK_FALSE(Tensor().is_same(x));
  CHECK_FALSE(Tensor().defined());
  CHECK_THROWS_WITH(
      Tensor().shape(),
      "expected a tensor but got an undefined one (default-constructed or moved from)");
  CHECK_THROWS_AS(Tensor().requires_grad(), Error);
  CHECK_THROWS_AS(Tensor().detach(), Error);
  CHECK_THROWS_AS(Tensor().grad(), Error);
  CHECK_THROWS_AS(x.shares_storage(Tensor()), Error);
}

TEST_CASE("sizes and strides count from either end", "[core][tensor]") {
  const Tensor x = zeros({2, 3, 4}), turned = x.transpose(0, 2);
  CHECK(x.size(0) == 2);
  CHECK(x.size(2) == 4);
  CHECK(x.size(-1) == 4);
  CHECK(x.size(-3) == 2);
  CHECK(x.stride(0) == 12);
  CHECK(x.stride(-1) == 1);
  CHECK(turned.stride(0) == 1);
  CHECK(turned.stride(-1) == 12);
  CHECK_THROWS_AS(x.size(3), IndexError);
  CHECK_THROWS_AS(x.size(-4), IndexError);
  CHECK_THROWS_AS(x.stride(3), IndexError);
  CHECK_THROWS_AS(x.stride(-4), IndexError);
  CHECK_THROWS_AS(tensor(1).size(0), IndexError);
  CHECK_THROWS_AS(tensor(1).size(-1), IndexError);
  CHECK_THROWS_AS(tensor(1).stride(0), IndexError);
  CHECK(x.dim() == 3);
  CHECK(x.numel() == 24);
  CHECK(x.len() == 2);
  CHECK(zeros({0, 3}).len() == 0);
  CHECK_THROWS_WITH(tensor(1).len(), "len() of a 0-d tensor");
  CHECK_THROWS_AS(tensor(1).len(), TypeError);
  CHECK(tensor(1).dim() == 0);
  CHECK(tensor(1).numel() == 1);
  CHECK(x.is_floating_point());
  CHECK(x.to(bfloat16).is_floating_point());
  CHECK_FALSE(x.to(int32).is_floating_point());
  CHECK_FALSE(x.to(bool_).is_floating_point());
}

TEST_CASE("offsets of views are in elements of the storage", "[core][tensor]") {
  const Tensor x = arange(24.).view({2, 3, 4});
  CHECK(x.storage_offset() == 0);
  CHECK(x[1].storage_offset() == 12);
  CHECK(x[1][2].storage_offset() == 20);
  CHECK(x(1, 2, slice(1, none)).storage_offset() == 21);
  CHECK(x(all, all, slice(1, none)).is_contiguous() == false);
  CHECK(x[1].is_contiguous());
  CHECK(x[1].clone().storage_offset() == 0);
}

TEST_CASE("item converts the only element", "[core][tensor]") {
  CHECK(tensor(2.75).item<float>() == 2.75F);
  CHECK(tensor(2.75).item<double>() == 2.75);
  CHECK(tensor(2.75).item<int>() == 2);
  CHECK(tensor(-2.75).item<int64_t>() == -2);
  CHECK(tensor(2.75).item<bool>());
  CHECK_FALSE(tensor(0.).item<bool>());
  CHECK(static_cast<float>(tensor(2.75).item<Half>()) == 2.75F);
  CHECK(static_cast<float>(tensor(2.75).item<BFloat16>()) == 2.75F);
  CHECK(full({}, 0.1, float64).item<double>() == 0.1);
  CHECK(tensor({7}).view({1, 1, 1}).item<int64_t>() == 7);
  CHECK_THROWS_AS(tensor(infinity).item<int64_t>(), ValueError);
  CHECK_THROWS_AS(tensor(not_a_number).item<int64_t>(), ValueError);
  CHECK(tensor(true).item().kind() == Scalar::Kind::boolean);
  CHECK(tensor(7).to(uint8).item().kind() == Scalar::Kind::integer);
  CHECK(tensor(7).to(float16).item().kind() == Scalar::Kind::floating);
  CHECK(arange(6.)[4].item<float>() == 4);  // of a view, not of the storage
  const std::string text = "only one element tensors can be converted to Python scalars";
  CHECK_THROWS_WITH(tensor({1, 2}).item(), text + ", got one of shape [2]");
  CHECK_THROWS_WITH(zeros({0}).item<float>(), text + ", got one of shape [0]");
  CHECK_THROWS_AS(zeros({0}).item<float>(), ValueError);
  CHECK_THROWS_AS(zeros({1}, {.device = Device::meta}).item<float>(), TypeError);
}

TEST_CASE("the truth of a tensor is that of its only element", "[core][tensor]") {
  CHECK(static_cast<bool>(tensor(0.5)));
  CHECK(static_cast<bool>(tensor({{-1}})));
  CHECK_FALSE(static_cast<bool>(tensor({false})));
  CHECK_THROWS_WITH(static_cast<bool>(zeros({0})),
                    "Boolean value of Tensor with no values is ambiguous");
  CHECK_THROWS_WITH(static_cast<bool>(zeros({2})),
                    "Boolean value of Tensor with more than one value is ambiguous");
  CHECK_THROWS_AS(static_cast<bool>(zeros({2})), ValueError);
}

TEST_CASE("pointers are of the element type, to the view's first element", "[core][tensor]") {
  const Tensor x = arange(6.).view({2, 3});
  CHECK(*x[1].data_ptr<float>() == 3);
  CHECK(x.data_ptr<const float>() == x.data_ptr<float>());
  CHECK_THROWS_WITH(x.data_ptr<double>(), "expected scalar type Double but found Float");
  CHECK_THROWS_AS(x.data_ptr<const int32_t>(), TypeError);
  CHECK_THROWS_WITH(zeros({2}, {.device = Device::meta}).data_ptr<float>(),
                    "a meta tensor has no elements; make the tensor on the cpu to read them");
  CHECK(x.span<float>().size() == 6);
  CHECK(x[1].span<const float>()[2] == 5);
  CHECK(zeros({0, 3}).span<float>().empty());
  CHECK(zeros({1, 3}).t().span<float>().size() == 3);  // sizes of 1 have no order
  CHECK_THROWS_WITH(x.t().span<float>(),
                    "span needs a contiguous tensor, but this one has shape [3, 2] and strides "
                    "[1, 3]; use contiguous() first");
  CHECK_THROWS_AS(x.t().span<float>(), ShapeError);
}

TEST_CASE("a pointer for writing counts as seen, one for reading does not", "[core][tensor]") {
  const Tensor x = ones({2, 2});
  const auto exposures = [&] { return x.impl().storage->exposures(); };
  const uint64_t before = exposures();
  static_cast<void>(x.data_ptr<const float>());
  static_cast<void>(x.span<const float>());
  static_cast<void>(x.to_vector<float>());
  static_cast<void>(x.sum().item<float>());
  CHECK(exposures() == before);
  static_cast<void>(x.data_ptr<float>());
  CHECK(exposures() == before + 1);
  static_cast<void>(x[1].span<float>());
  CHECK(exposures() == before + 2);
}

TEST_CASE("weights written through a pointer are packed anew", "[core][tensor]") {
  const NoGradGuard no_grad;
  manual_seed(3);
  const Tensor x = randn({40, 70}), w = randn({90, 70});
  static_cast<void>(linear(x, w));
  float* const memory = w.data_ptr<float>();
  for (int64_t i = 0; i < w.numel(); ++i) memory[i] *= -2;
  CHECK(allclose(linear(x, w), matmul(x, w.t()), 1e-4, 1e-4));
  // Of the caller's memory nothing is remembered: it changes unseen.
  std::vector<float> own(90 * 70, 1);
  const Tensor view = from_blob(own.data(), {90, 70});
  CHECK(allclose(linear(x, view), matmul(x, view.t()), 1e-4, 1e-4));
  own.assign(own.size(), -3);
  CHECK(allclose(linear(x, view), matmul(x, view.t()), 1e-4, 1e-4));
}

TEST_CASE("to_vector is row-major and converts", "[core][tensor]") {
  const Tensor x = arange(6.).view({2, 3});
  CHECK(x.t().to_vector<int64_t>() == std::vector<int64_t>{0, 3, 1, 4, 2, 5});
  CHECK(x.slice(1, 1, {}, 2).to_vector<double>() == std::vector<double>{1, 4});
  CHECK(zeros({2, 0}).to_vector<float>().empty());
  CHECK(tensor(5).to_vector<uint8_t>() == std::vector<uint8_t>{5});
  CHECK(tensor({2.7, -2.7, infinity, -infinity, not_a_number}).to_vector<int64_t>() ==
        std::vector<int64_t>{2, -2, INT64_MAX, INT64_MIN, 0});
  CHECK(tensor({0., -0., not_a_number, 1e-40}).to_vector<bool>() ==
        std::vector<bool>{false, false, true, true});
  CHECK(ones({1, 2}).expand({2, 2}).to_vector<float>() == std::vector<float>(4, 1));
  CHECK_THROWS_AS(zeros({2}, {.device = Device::meta}).to_vector<float>(), TypeError);
}

TEST_CASE("iterators walk over dimension 0", "[core][tensor]") {
  const Tensor x = arange(6).view({2, 3});
  auto at = x.begin();
  CHECK((*at).to_vector<int64_t>() == std::vector<int64_t>{0, 1, 2});
  CHECK_FALSE(at == x.end());
  ++at;
  CHECK((*at).to_vector<int64_t>() == std::vector<int64_t>{3, 4, 5});
  CHECK(++at == x.end());
  CHECK(zeros({0, 3}).begin() == zeros({0, 3}).end());
  CHECK_THROWS_AS(tensor(1).end(), TypeError);
}

TEST_CASE("every write raises the version by one, and reading does not", "[core][tensor]") {
  const Tensor x = arange(1., 7.).view({2, 3});
  uint64_t expected = 0;
  const auto wrote = [&](auto f) {
    f();
    ++expected;
    CHECK(x.version() == expected);
  };
  wrote([&] { x.add_(1); });
  wrote([&] { x.sub_(ones({3})); });
  wrote([&] { x.pow_(2); });    // through square()
  wrote([&] { x.pow_(1.5); });  // through the loop
  wrote([&] { x.exp_(); });
  wrote([&] { x.log_(); });
  wrote([&] { x.erfinv_(); });
  wrote([&] { x.fill_(2); });
  wrote([&] { x.zero_(); });
  wrote([&] { x.copy_(ones({3})); });
  wrote([&] { x.clamp_(0, 1); });
  wrote([&] { x.masked_fill_(x > 0, 3); });
  wrote([&] { x.index_put_({tensor({0})}, ones({3})); });
  wrote([&] { x.index_put_({0}, ones({3})); });
  wrote([&] { x.index_put_({0}, ones({3}), true); });
  wrote([&] { x.uniform_(); });
  wrote([&] { x.normal_(); });
  wrote([&] { x.bernoulli_(); });
  wrote([&] { x.random_(); });
  wrote([&] { x.random_(0, 5); });
  wrote([&] { x.exponential_(); });
  wrote([&] { dropout_(x, 0.5); });
  wrote([&] { dropout_(x, 1); });
  wrote([&] { x[0] = 3; });
  wrote([&] { x.t().mul_(2); });
  wrote([&] { x.detach().neg_(); });
  static_cast<void>(x.sum() + x.t().contiguous()(0, 0) + x.exp()(0, 0));
  dropout_(x, 0);  // writes nothing
  dropout_(x, 0.5, false);
  CHECK(x.version() == expected);
  CHECK(x.t().version() == expected);
  CHECK(x.clone().version() == 0);
  CHECK(zeros({0}).add_(1).version() == 1);  // though there is nothing
}
