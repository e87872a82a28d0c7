// Reductions, sorting, running sums, softmax and layer_norm: traced on meta and replayed, they give
// the bits of the operation on the cpu.
#include "compute/reduce.h"

#include <cstring>

#include "catch.h"
#include "compute/layer_norm.h"
#include "compute/minmax.h"
#include "compute/moments.h"
#include "compute/scan.h"
#include "compute/softmax.h"
#include "compute/sort.h"
#include "compute/traced.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"

using namespace wick;
using compute::Note;

namespace {

using Tensors = std::vector<Tensor>;

void check_same_bits(const Tensor& a, const Tensor& b) {
  REQUIRE(a.strides() == b.strides());
  traced::check_same_bits(a, b);
}

/// f of contiguous inputs: the notes of a call on meta, whose replay is compared with the cpu.
template <class F>
std::vector<Note> check_replay(const Tensors& inputs, F f) {
  Tensors traced;
  compute::Replay replay;
  for (const Tensor& x : inputs) {
    traced.push_back(empty(x.shape(), {.dtype = x.dtype(), .device = Device::meta}));
    traced.back().requires_grad_(x.requires_grad());
    replay.bind(traced.back(), x.detach());
  }
  Tensors results;
  std::vector<Note> notes;
  {
    const compute::TraceGuard guard;
    results = f(traced);
    notes = guard.notes();
  }
  replay.run(notes);
  const Tensors expected = f(inputs);
  REQUIRE(results.size() == expected.size());
  for (size_t i = 0; i < results.size(); ++i) {
    REQUIRE(results[i].is_meta());
    check_same_bits(replay.value(results[i]).detach(), expected[i].detach());
  }
  return notes;
}

/// The same for an operation of one tensor as it is, transposed, and without elements.
template <class F>
void check_layouts(DType dtype, F f) {
  CAPTURE(name(dtype));
  const Tensor x = (randn({6, 5, 7}) * 4).to(dtype);
  check_replay({x}, [&](const Tensors& in) { return Tensors(f(in[0])); });
  check_replay({x}, [&](const Tensors& in) { return Tensors(f(in[0].transpose(0, 2))); });
  check_replay({x}, [&](const Tensors& in) { return Tensors(f(in[0].slice(2, 0, 7, 3))); });
  check_replay({empty({0, 5, 7}, {.dtype = dtype})},
               [&](const Tensors& in) { return Tensors(f(in[0])); });
}

const DType every_dtype[] = {DType::float32, DType::float64, DType::float16, DType::bfloat16,
                             DType::int64,   DType::int32,   DType::uint8,   DType::bool_};
const DType floating[] = {DType::float32, DType::float64, DType::float16, DType::bfloat16};

}  // namespace

TEST_CASE("reduce: replayed reductions have the same bits", "[compute]") {
  manual_seed(3);
  for (const DType dtype : every_dtype)
    check_layouts(dtype, [](const Tensor& x) -> Tensors {
      return {sum(x),
              sum(x, {0, 2}, true),
              sum(x, 1, false, DType::float16),
              prod(x, 2),
              prod(x, {0}, true),
              any(x, 1),
              all(x, {1, 2}),
              mean(x, 0, false, DType::float64)};
    });
}

TEST_CASE("reduce: replayed variances, norms and logsumexp have the same bits", "[compute]") {
  manual_seed(4);
  for (const DType dtype : floating)
    check_layouts(dtype, [](const Tensor& x) -> Tensors {
      return {var(x, 1),
              var(x, {0, 2}, 0, true),
              wick::std(x),
              norm(x, 2.0, 0),
              norm(x, 1.0, {0, 1}),
              norm(x, 3.5, 2),
              norm(x, 0.0, 1),
              norm(x, inf, 1),
              logsumexp(x, 1),
              logsumexp(x, {0, 2}, true)};
    });
}

TEST_CASE("minmax, sort, scan: replayed they have the same bits", "[compute]") {
  manual_seed(5);
  for (const DType dtype : every_dtype)
    check_layouts(dtype, [](const Tensor& x) -> Tensors {
      const ValuesIndices largest = max(x, 1), smallest = min(x, 2, true);
      const ValuesIndices sorted = sort(x, 0), top = topk(x, 2, 1);
      Tensors results{largest.values,  largest.indices, smallest.values,      smallest.indices,
                      sorted.values,   sorted.indices,  top.values,           top.indices,
                      amax(x, {1, 2}), amin(x, 2),      argsort(x, -1, true), cumsum(x, 1)};
      if (x.dtype() != DType::bool_) results.push_back(argmax(x, 2));
      return results;
    });
  const auto notes = check_replay({randn({3, 4})}, [](const Tensors& in) {
    return Tensors{argmin(in[0], 1), argsort(in[0], 0)};
  });
  REQUIRE(notes.size() == 2);
  REQUIRE(notes[0].primitive.get<compute::ArgMinMax>());
  CHECK(notes[0].primitive.get<compute::ArgMinMax>()->mask == 2);
  CHECK(!notes[0].outputs[1].defined());  // values that nobody wants
  CHECK(notes[1].primitive.get<compute::Sort>()->dim == 0);
}

TEST_CASE("softmax: replayed with its derivative it has the same bits", "[compute]") {
  manual_seed(6);
  for (const DType dtype : floating) {
    for (const int64_t dim : {0, 1, 2}) {
      check_layouts(dtype, [=](const Tensor& x) -> Tensors {
        return {softmax(x, dim), log_softmax(x, dim)};
      });
      const Tensor x = randn({4, 3, 5}).to(dtype), g = randn({4, 3, 5}).to(dtype);
      x.requires_grad_(true);
      for (const bool turned : {false, true}) {
        const auto notes = check_replay({x, g}, [&](const Tensors& in) {
          const auto view = [&](const Tensor& t) { return turned ? t.transpose(0, 1) : t; };
          const Tensor y = softmax(view(in[0]), dim), z = log_softmax(view(in[0]), dim);
          return Tensors{autograd::grad({y}, {in[0]}, {.grad_outputs = {view(in[1])}})[0],
                         autograd::grad({z}, {in[0]}, {.grad_outputs = {view(in[1])}})[0]};
        });
        REQUIRE(notes.size() == 4);
        CHECK(notes[3].primitive.get<compute::SoftmaxGradient>());
      }
    }
  }
}

TEST_CASE("layer_norm: replayed with its derivatives it has the same bits", "[compute]") {
  manual_seed(7);
  for (const DType dtype : floating) {
    CAPTURE(name(dtype));
    const Tensor x = randn({70, 2, 3}).to(dtype), w = randn({2, 3}).to(dtype),
                 b = randn({2, 3}).to(dtype), g = randn({70, 2, 3}).to(dtype);
    const auto plain = check_replay({x, w}, [](const Tensors& in) {
      return Tensors{layer_norm(in[0], {2, 3}, in[1]), layer_norm(in[0].transpose(1, 2), {2})};
    });
    CHECK(!plain[0].outputs[1].defined());  // scales that no derivative will want
    w.requires_grad_(true);
    b.requires_grad_(true);
    const auto of_parameters = check_replay({x, w, b, g}, [](const Tensors& in) {
      const Tensor y = layer_norm(in[0], {2, 3}, in[1], in[2]);
      return autograd::grad({y}, {in[1], in[2]}, {.grad_outputs = {in[3]}});
    });
    CHECK(of_parameters.back().primitive.get<compute::LayerNormParameterGradient>());
    x.requires_grad_(true);
    const auto of_all = check_replay({x, w, b, g}, [](const Tensors& in) {
      const Tensor y = layer_norm(in[0], {2, 3}, in[1], in[2]);
      return autograd::grad({y}, {in[0], in[1], in[2]}, {.grad_outputs = {in[3]}});
    });
    CHECK(of_all.back().primitive.get<compute::LayerNormGradient>());
    check_replay({x, g}, [](const Tensors& in) {
      return autograd::grad({layer_norm(in[0], {3})}, {in[0]}, {.grad_outputs = {in[1]}});
    });
  }
}

TEST_CASE("reduce: what is not computed is refused while it is traced", "[compute]") {
  const compute::TraceGuard guard;
  const Tensor x = empty({2, 0}, {.device = Device::meta});
  CHECK_THROWS_AS(amax(x, 1), IndexError);
  CHECK_THROWS_AS(max(x), ValueError);
  CHECK_THROWS_AS(mean(empty({2}, {.dtype = DType::int64, .device = Device::meta})), TypeError);
  CHECK_THROWS_AS(softmax(x, 2), IndexError);
  CHECK_THROWS_AS(topk(x, 3, 0), IndexError);
  CHECK_THROWS_AS(layer_norm(x, {3}), ShapeError);
  CHECK(guard.notes().empty());
}
