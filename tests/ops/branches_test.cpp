// Ways through the operations that are seldom taken.
#include <limits>
#include <string>
#include <vector>

#include "catch.h"
#include "core/dispatch.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "ops/may_fuse.h"
#include "wick/format.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
V numbers(const Tensor& t) { return t.to_vector<double>(); }
Tensor on_meta(const Shape& shape, DType dtype = float32) {
  return empty(shape, {.dtype = dtype, .device = Device::meta});
}

}  // namespace

TEST_CASE("a large clamp is streamed, with the numbers of small ones", "[ops][branches]") {
  manual_seed(0);
  const int64_t n = (int64_t{6} << 18) + 77;  // over 6 MiB of floats
  for (const DType dtype : {float32, int32}) {
    const Tensor x = (randn({n}) * 100).to(dtype), y = clamp(x, -50, 25);
    CHECK(y.amax().item<double>() == 25);
    CHECK(y.amin().item<double>() == -50);
    for (const int64_t at : {int64_t{0}, n / 2 - 3, n - 500})
      CHECK(equal(y.narrow(0, at, 500), clamp(x.narrow(0, at, 500), -50, 25)));
    const Tensor z = x.clone();
    z.clamp_(-50, 25);
    CHECK(equal(z, y));
    CHECK(equal(clamp(x.slice(0, 0, {}, 2), -50, 25), y.slice(0, 0, {}, 2)));
  }
}

TEST_CASE("messages name the C++ type, and PyTorch's kernel", "[ops][branches]") {
  const auto overflow = [](DType dtype, Scalar value) {
    try {
      masked_fill(zeros({1}, dtype), tensor(true), value);
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  const auto text = [](const char* type) {
    return std::string("value cannot be converted to type ") + type + " without overflow";
  };
  CHECK(overflow(float32, 1e300) == text("float"));
  CHECK(overflow(int64, 1e300) == text("int64_t"));
  CHECK(overflow(int32, int64_t{1} << 40) == text("int"));
  CHECK(overflow(uint8, 256) == text("uint8_t"));
  CHECK(overflow(float16, 1e300) == text("Half"));
  CHECK(overflow(bfloat16, 1e300) == text("BFloat16"));
  CHECK(overflow(float64, 1e300) == "none");
  const Tensor b = tensor({true});
  CHECK_THROWS_WITH(clamp(b, true, true), "\"clamp_scalar_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(clamp(b, true), "\"clamp_min_scalar_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(clamp(b, {}, true), "\"clamp_max_scalar_cpu\" not implemented for 'Bool'");
  CHECK_THROWS_WITH(zeros({1}, float64).uniform_(0, std::numeric_limits<double>::infinity()),
                    "to is out of bounds for double");
  CHECK_THROWS_WITH(zeros({1}, bfloat16).uniform_(0, 1e39),
                    "to is out of bounds for c10::BFloat16");
  CHECK_THROWS_WITH(core::dispatch(static_cast<DType>(99), [](auto) {}), "unknown dtype 99");
  CHECK_THROWS_WITH(element_size(static_cast<DType>(8)), "unknown dtype 8");
  CHECK_THROWS_AS(core::dispatch_floating("kernel", static_cast<DType>(99), [](auto) {}),
                  TypeError);
}

TEST_CASE("masks and indices on the meta device", "[ops][branches]") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(x.masked_fill_(on_meta({3}, bool_), 1),
                    "masked_fill_(): the mask is on the meta device and has no elements");
  CHECK(x.version() == 0);
  CHECK_NOTHROW(on_meta({2, 3}).masked_fill_(on_meta({3}, bool_), 1));
  CHECK_NOTHROW(on_meta({2, 3}).masked_fill_(ones({3}, bool_), 1));
  CHECK_THROWS_WITH(zeros({0, 3})(on_meta({}, int64)),
                    "index is out of bounds for dimension with size 0");
  CHECK(zeros({2, 3})(on_meta({}, int64)).shape() == Shape{3});
  CHECK_THROWS_WITH(masked_select(x, on_meta({3}, bool_)), ContainsSubstring("masked_select(): "));
  CHECK_THROWS_WITH(nonzero(on_meta({3})), ContainsSubstring("nonzero(): "));
  CHECK_THROWS_WITH(x.index_put_({tensor({0})}, on_meta({3})),
                    "index_put_(): the value is on the meta device and has no elements to write");
}

TEST_CASE("derivatives on the meta device and of nothing", "[ops][branches]") {
  const auto leaves = [] {
    return std::vector<Tensor>{empty({2, 3}, {.device = Device::meta, .requires_grad = true}),
                               zeros({0, 3}, {.requires_grad = true}),
                               zeros({3, 0}, {.requires_grad = true})};
  };
  const auto check = [&](const char* name, auto f) {
    for (const Tensor& x : leaves())
      for (const bool create : {false, true}) {
        CAPTURE(name, x.shape().to_string(), create);
        const Tensor y = f(x);
        const Tensor g = autograd::grad(
            {y}, {x}, {.grad_outputs = {y.detach().ones_like()}, .create_graph = create})[0];
        CHECK(g.shape() == x.shape());
        CHECK(g.device() == x.device());
      }
  };
  check("relu", [](const Tensor& x) { return relu(x); });
  check("gelu", [](const Tensor& x) { return gelu(x); });
  check("softplus", [](const Tensor& x) { return softplus(x); });
  check("softmax", [](const Tensor& x) { return x.softmax(0); });
  check("log_softmax", [](const Tensor& x) { return x.log_softmax(1); });
  check("prod", [](const Tensor& x) { return x.prod(0); });
  check("mean", [](const Tensor& x) { return x.mean(1); });
  check("var", [](const Tensor& x) { return x.var(0); });
  check("std", [](const Tensor& x) { return x.std(0); });
  check("norm", [](const Tensor& x) { return x.norm(2, 0); });
  check("logsumexp", [](const Tensor& x) { return x.logsumexp(0); });
  check("cumsum", [](const Tensor& x) { return x.cumsum(0); });
  check("dropout", [](const Tensor& x) { return dropout(x, 0.5); });
  check("dropout of a turned one", [](const Tensor& x) { return dropout(x.t(), 0.5); });
  check("layer_norm", [](const Tensor& x) { return layer_norm(x, {x.size(1)}); });
  check("sort", [](const Tensor& x) { return x.sort(0).values; });
  check("pow", [](const Tensor& x) { return pow(x, 2.5); });
  check("matmul", [](const Tensor& x) { return matmul(x, x.t()); });
  check("linear", [](const Tensor& x) { return linear(x, x); });
  check("as_strided", [](const Tensor& x) { return x.as_strided(x.shape(), x.strides()); });
  check("repeat", [](const Tensor& x) { return x.repeat({2, 1}); });
  check("cat", [](const Tensor& x) { return cat({x, x}); });
  check("index", [](const Tensor& x) { return Tensor(x(zeros({0}, int64))); });
  check("gather", [](const Tensor& x) { return gather(x, 0, zeros({0, 0}, int64)); });
}

TEST_CASE("the slope of a view that shows elements twice, of one that does", "[ops][branches]") {
  const Tensor x = arange(4.).as_strided({3, 2}, {1, 1}).detach().requires_grad_();
  const Tensor y = x.as_strided({4}, {1});
  CHECK(numbers(y) == V{0, 1, 2, 3});
  (y * tensor({1., 2., 3., 4.})).sum().backward();
  // Positions that share an element share its slope.
  CHECK(numbers(x.grad()) == V{1, 1, 1, 1.5, 1.5, 4});
}

TEST_CASE("means and variances of halves have slopes below what halves hold", "[ops][branches]") {
  for (const DType dtype : {bfloat16, float16}) {
    const Tensor x = ones({70000}, {.dtype = dtype, .requires_grad = true});
    const Tensor g = autograd::grad({x.mean()}, {x})[0];
    CHECK(g.dtype() == dtype);
    CHECK(g[0].item<double>() == Approx(1. / 70000).epsilon(0.01));
    const Tensor z = arange(8.).to(dtype).requires_grad_();
    CHECK(numbers(autograd::grad({z.var()}, {z})[0]).back() == Approx(1).epsilon(0.01));
  }
}

TEST_CASE("layer_norm's gradients for every choice of what requires one", "[ops][branches]") {
  manual_seed(1);
  const Tensor x = randn({5, 4}), w = randn({4}), b = randn({4}), g = randn({5, 4});
  std::vector<Tensor> expected;
  for (int choice = 7; choice > 0; --choice)
    for (const bool create : {false, true}) {
      std::vector<Tensor> in{x.clone(), w.clone(), b.clone()}, wanted;
      for (int i = 0; i < 3; ++i)
        if (choice >> i & 1) wanted.push_back(in[static_cast<size_t>(i)].requires_grad_());
      const Tensor y = layer_norm(in[0], {4}, in[1], in[2]);
      const auto got = autograd::grad({y}, wanted, {.grad_outputs = {g}, .create_graph = create});
      if (expected.empty()) expected = got;
      CAPTURE(choice, create);
      size_t k = 0;
      for (int i = 0; i < 3; ++i)
        if (choice >> i & 1)
          CHECK(allclose(got[k++], expected[static_cast<size_t>(i)], 1e-4, 1e-5));
    }
}

TEST_CASE("an update leaves averages that its rule does not name alone", "[ops][branches]") {
  const Tensor p = ones({2}), unused = full({2}, 9.);
  fused_update_({{.param = p, .grad = ones({2}), .state = {unused}, .numbers = {.lr = 1}}});
  CHECK(numbers(unused) == V{9, 9});
  CHECK(unused.version() == 0);
  CHECK_NOTHROW(fused_update_({{.param = p, .grad = p, .state = {p}, .numbers = {.lr = 0}}}));
  CHECK_THROWS_AS(fused_update_({{.grad = p}}), ValueError);
  CHECK_THROWS_AS(fused_update_({{.param = p,
                                  .grad = p.clone(),
                                  .state = {p.slice(0, 0, 2)},
                                  .rule = UpdateRule::adagrad}}),
                  ValueError);
  // Two parameters may have one gradient.
  const Tensor q = ones({2}), g = ones({2});
  fused_update_({{.param = p, .grad = g, .numbers = {.lr = 1}},
                 {.param = q, .grad = g, .numbers = {.lr = 2}}});
  CHECK(numbers(q) == V{-1, -1});
}

TEST_CASE("large products: many batches, long sums", "[ops][branches]") {
  manual_seed(2);
  const Tensor a = randn({64, 8192}), b = randn({8192, 64});  // tiles of 64 are not cut further
  const Tensor truth = mm(a.to(float64), b.to(float64));
  CHECK((mm(a, b).to(float64) - truth).abs().max().item<double>() < 5e-3);
  const Tensor c = randn({1, 800}).expand({9, 800}), d = randn({800, 700});
  const Tensor many = c.unsqueeze(1).expand({9, 70, 800}).contiguous(),
               each = d.unsqueeze(0).expand({9, 800, 700});
  const Tensor product = bmm(many, each);
  for (int64_t i = 0; i < 9; ++i)
    CHECK((product[i][69].to(float64) - mv(d.t().to(float64), c[i].to(float64)))
              .abs()
              .max()
              .item<double>() < 1e-3);
}

TEST_CASE("blocks of a wide feed-forward layer fit into the cache", "[ops][branches]") {
  const NoGradGuard no_grad;
  manual_seed(3);
  const Tensor x = randn({1500, 2}), w1 = randn({8192, 2}), w2 = randn({2, 8192}) * 0.01,
               none_given;
  const Tensor y = fused_feed_forward(x, {w1, none_given}, Activation::relu, {w2, none_given});
  REQUIRE(y.defined());
  for (const int64_t i : {0, 1, 24, 25, 749, 1498, 1499})
    CHECK(allclose(y[i], linear(relu(linear(x[i], w1)), w2), 1e-3, 1e-3));
}

TEST_CASE("pieces of nothing", "[ops][branches]") {
  CHECK(zeros({0, 2}).split(0).size() == 1);
  CHECK(zeros({0, 2}).split(3).size() == 1);
  CHECK(zeros({0, 2}).chunk(5).size() == 5);
  CHECK_THROWS_WITH(zeros({0}).chunk((1 << 20) + 1), "chunk: 1048577 empty chunks are too many");
  CHECK(zeros({5}).chunk(1 << 21).size() == 5);
  CHECK_THROWS_WITH(zeros({3}).split(0),
                    "split_size can only be 0 if dimension size is 0, but got dimension size of 3");
  CHECK_THROWS_WITH(zeros({3}).split(-1),
                    "split expects split_size be non-negative, but got split_size=-1");
  CHECK_THROWS_WITH(zeros({3}).narrow(0, 0, -1), "narrow(): length must be non-negative, got -1");
  CHECK(zeros({3}).narrow(0, 3, 0).numel() == 0);
  CHECK_THROWS_AS(zeros({3}).narrow(0, 3, 1), ShapeError);
  CHECK_THROWS_AS(zeros({3}).narrow(0, -4, 1), IndexError);
  CHECK(zeros({3}).narrow(0, -3, 3).numel() == 3);
  CHECK(core::view_strides({}, {}, {2}) == std::nullopt);
  CHECK(core::view_strides({}, {}, {1, 2}) == std::nullopt);
}

TEST_CASE("the same memory as another dtype is another view", "[ops][branches]") {
  std::vector<float> memory(4);
  const Tensor floats = from_blob(memory.data(), {4}), ints = from_blob(memory.data(), {4}, int32);
  CHECK(core::overlaps(floats, ints));
  CHECK_FALSE(core::overlaps(floats, from_blob(memory.data(), {4})));
  const Tensor x = from_blob(memory.data(), {3}), next = from_blob(memory.data() + 1, {3}, int32);
  next.copy_(tensor({1, 2, 3}));
  x.copy_(next);  // through a copy: what is read is not yet overwritten
  CHECK(numbers(x) == V{1, 2, 3});
}

TEST_CASE("specs are checked where there are no elements", "[ops][branches]") {
  CHECK_THROWS_AS(format_tensor(zeros({0}), "d"), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(zeros({0}, int64), "q"), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(zeros({0}, bool_), "q"), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(on_meta({2}), "d"), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(zeros({2}), "{"), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(zeros({2}), "}"), fmt::format_error);
  CHECK(format_tensor(zeros({0}, int64), "d") == "tensor([], dtype=int64)");
  CHECK(format_tensor(zeros({0}, int64), ".2f") == "tensor([], dtype=int64)");
  CHECK(format_tensor(tensor({1, 20}), ".1f") == "tensor([ 1.0, 20.0])");
  CHECK(format_tensor(tensor({true, false}), "d") == "tensor([1, 0])");
  CHECK(format_tensor(tensor(2.5), ".2f") == "2.50");
}

TEST_CASE("an index that was moved is the tensor it was", "[ops][branches]") {
  const Tensor x = arange(6.).view({2, 3});
  auto picked = x(tensor({1}));
  const auto moved = std::move(picked);
  CHECK(numbers(moved) == V{3, 4, 5});
}
