// Random numbers and dropout in traces: every replay draws anew, as a call on the cpu would.
#include "compute/random.h"

#include <functional>

#include "catch.h"
#include "compute/traced.h"
#include "wick/autograd.h"
#include "wick/random.h"

using namespace wick;
using traced::check_same_bits;
using traced::Trace;

namespace {

using Inputs = std::vector<Tensor>;
using Function = std::function<Tensor(const Inputs&)>;

/// The replay and the call draw the same numbers from the same seed, and others the next time.
void check_draws(const Inputs& values, const Function& f) {
  manual_seed(0);
  const auto before = default_generator().get_state();
  const Trace trace(values, f);
  CHECK(default_generator().get_state() == before);
  REQUIRE(trace.result.is_meta());
  REQUIRE(!trace.notes.empty());

  manual_seed(7);
  const Tensor first = trace.replay(values);
  const Tensor second = trace.replay(values);
  const auto after = default_generator().get_state();
  manual_seed(7);
  Inputs copies;
  for (const Tensor& x : values) copies.push_back(x.clone());
  check_same_bits(first, f(copies));
  check_same_bits(second, f(values));
  CHECK(default_generator().get_state() == after);
  CHECK(!equal(first, second));
}

/// empty_like(x) in another layout of its elements.
Tensor strided_like(const Tensor& x) { return empty_like(x.t().contiguous()).t(); }

}  // namespace

TEST_CASE("trace: random tensors are drawn by each replay", "[compute][random]") {
  const std::vector<Function> creations = {
      [](const Inputs&) { return rand({40}, DType::float64); },
      [](const Inputs&) {
        return randn({5, 8});
      },
      [](const Inputs&) { return normal(1, 2, {40}, {.dtype = DType::bfloat16}); },
      [](const Inputs&) { return randint(-5, 1000, {40}); },
      [](const Inputs&) { return randperm(100); },
      [](const Inputs&) { return bernoulli(full({40}, 0.5)); },
      [](const Inputs&) { return rand_like(ones({40})); },
      [](const Inputs&) {
        return randn_like(ones({4, 10}).t());
      },
      [](const Inputs&) { return randint_like(ones({40}), 1000); },
      [](const Inputs&) { return rand({40}, {.requires_grad = true}).detach(); },
  };
  for (const Function& f : creations) check_draws({}, f);
}

TEST_CASE("trace: random methods, of any layout", "[compute][random]") {
  for (const DType dtype :
       {DType::float32, DType::float64, DType::float16, DType::bfloat16, DType::int64}) {
    INFO(name(dtype));
    for (const bool strided : {false, true}) {
      const auto like = [strided](const Inputs& in) {
        return strided ? strided_like(in[0]) : empty_like(in[0]);
      };
      const Inputs x = {ones({6, 10}, dtype)};
      check_draws(x, [&](const Inputs& in) { return like(in).bernoulli_(0.3); });
      check_draws(x, [&](const Inputs& in) { return like(in).random_(-5, 50); });
      check_draws(x, [&](const Inputs& in) { return like(in).random_(); });
      if (!is_floating_point(dtype)) continue;
      check_draws(x, [&](const Inputs& in) { return like(in).uniform_(1, 3); });
      check_draws(x, [&](const Inputs& in) { return like(in).normal_(1, 3); });
      check_draws(x, [&](const Inputs& in) { return like(in).exponential_(2); });
      check_draws({rand({6, 10}, dtype)},
                  [&](const Inputs& in) { return bernoulli(strided ? in[0].t() : in[0]); });
    }
  }
}

TEST_CASE("trace: dropout is drawn by each replay", "[compute][dropout]") {
  for (const DType dtype : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
    INFO(name(dtype));
    const Inputs x = {ones({5, 30}, dtype)};
    check_draws(x, [](const Inputs& in) { return dropout(in[0], 0.3); });
    check_draws(x, [](const Inputs& in) { return dropout(in[0].t(), 0.3); });
    check_draws(x, [](const Inputs& in) { return dropout_(in[0].clone(), 0.3); });
    check_draws(x, [](const Inputs& in) { return dropout_(in[0].clone().t(), 0.3); });
    const Tensor constant = full({60}, 2, dtype);  // which the trace does not stand in for
    check_draws({}, [&](const Inputs&) { return dropout(constant, 0.5); });
    check_draws({}, [&](const Inputs&) { return dropout(constant.view({6, 10}).t(), 0.5); });
  }
}

TEST_CASE("trace: the gradient of dropout takes the mask that its replay drew",
          "[compute][dropout]") {
  for (const bool strided : {false, true})
    check_draws({ones({8, 50}), ones({8, 50})}, [&](const Inputs& in) {
      const Tensor x = in[0].detach().requires_grad_();
      const Tensor y = dropout(strided ? x.t() : x, 0.5);
      y.backward(strided ? in[1].t() : in[1]);
      return x.grad();
    });
}

TEST_CASE("trace: constant tensors, and those of a generator of one's own", "[compute][random]") {
  Generator own(3);
  const Trace trace({}, [&](const Inputs&) { return rand({9}, {}, &own); });
  const auto before = default_generator().get_state();
  const Tensor drawn = trace.replay({});
  CHECK(default_generator().get_state() == before);
  own.manual_seed(3);
  check_same_bits(drawn, rand({9}, {}, &own));

  const compute::TraceGuard guard;
  for (const Tensor& x : {zeros({2}), arange(3), linspace(0, 1, 4), eye(2), full({2}, 5), ones({})})
    CHECK(!x.is_meta());
  CHECK(rand({0}).is_meta());  // where it is does not depend on its size
  CHECK(guard.notes().empty());
}

TEST_CASE("trace: probabilities are checked when they are there", "[compute][random]") {
  const Trace trace({ones({3})}, [](const Inputs& in) { return bernoulli(in[0]); });
  REQUIRE(trace.notes.size() == 1);
  CHECK(trace.notes[0].primitive.get<compute::BernoulliEach>());
  CHECK_NOTHROW(trace.replay({ones({3})}));
  CHECK_THROWS_AS(trace.replay({full({3}, 2.0)}), ValueError);
  const compute::TraceGuard guard;
  CHECK_THROWS_AS(randn({2}, DType::int64), TypeError);
  CHECK_THROWS_AS(bernoulli(ones({2}, DType::int64)), TypeError);
  CHECK_THROWS_AS(dropout(ones({2}), 2), ValueError);
}
