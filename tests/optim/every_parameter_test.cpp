// Every optimizer with parameters of every kind: any layout and dtype, without elements, listed
// twice.
#include "every_optimizer.h"

namespace {

using namespace any_optimizer;
using wick::tensor;

}  // namespace

TEST_CASE("every optimizer takes parameters of any layout, without elements, and of no dimension",
          "[optim]") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const Tensor plain = wick::linspace(-1, 1, 12).view({3, 4}).clone().requires_grad_();
    const Tensor transposed = plain.detach().t().contiguous().t().requires_grad_();
    const Tensor wide = wick::zeros({3, 8});
    const Tensor every_second = wide.slice(1, 0, std::nullopt, 2);
    every_second.copy_(plain.detach());
    every_second.requires_grad_();
    const Tensor scalar = tensor(0.5).requires_grad_(), one = tensor({0.5}).requires_grad_();
    const Tensor empty = wick::zeros({0, 3}).requires_grad_();
    REQUIRE_FALSE(transposed.is_contiguous());
    const auto optimizer =
        make(name, {plain, transposed, every_second, scalar, one, empty}, {{"lr", 0.1}});
    for (int step = 1; step < 6; ++step) {
      const Tensor g = gradient(plain, step);
      plain.set_grad(g);
      transposed.set_grad(g);  // laid out otherwise than the parameter
      every_second.set_grad(g.t().contiguous().t());
      scalar.set_grad(tensor(1.0 / step));
      one.set_grad(tensor({1.0 / step}));
      empty.set_grad(wick::zeros({0, 3}));
      optimizer->step();
    }
    CHECK(transposed.equal(plain));
    CHECK(every_second.equal(plain));
    CHECK(scalar.item<double>() == one.item<double>());
    CHECK(wide.slice(1, 1, std::nullopt, 2).equal(wick::zeros({3, 4})));
    // The state of the last one is there, and goes through a state dict.
    const auto state = optimizer->state_dict();
    for (const auto& [key, value] : state) CHECK(value.defined());
    const std::vector<Tensor> others = {plain.detach().clone().requires_grad_(),
                                        transposed.detach().clone().requires_grad_(),
                                        every_second.detach().clone().requires_grad_(),
                                        scalar.detach().clone().requires_grad_(),
                                        one.detach().clone().requires_grad_(),
                                        empty.detach().clone().requires_grad_()};
    const auto other = make(name, others, {{"lr", 0.1}});
    other->load_state_dict(state);
    run(*other, 6, 8);
    run(*optimizer, 6, 8);
    CHECK(others[0].equal(plain));
    CHECK(others[1].equal(plain));
    CHECK(others[2].equal(plain));
  }
}

TEST_CASE("averages are of the parameter's dtype, and steps are rounded to it", "[optim]") {
  for (const std::string& name : names())
    for (const wick::DType dtype : {wick::float64, wick::float32, wick::bfloat16, wick::float16}) {
      CAPTURE(name, wick::name(dtype));
      const Tensor p = parameter(dtype), exact = parameter();
      const auto optimizer = make(name, {p}, {{"lr", 0.01}});
      const auto reference = make(name, {exact}, {{"lr", 0.01}});
      // Not near 0, where eps is less than the half types can tell.
      for (int step = 1; step < 4; ++step) {
        p.set_grad(gradient(exact, step).to(dtype));
        exact.set_grad(p.grad().to(wick::float64));
        optimizer->step();
        reference->step();
      }
      CHECK(p.dtype() == dtype);
      for (const auto& [key, value] : optimizer->state_dict())
        if (key.starts_with("state.0.") && value.dim() > 0) CHECK(value.dtype() == dtype);
      const double off = (p.detach().to(wick::float64) - exact.detach()).abs().max().item<double>();
      const bool half = dtype == wick::bfloat16 || dtype == wick::float16;
      CHECK(off <= (dtype == wick::float64 ? 0 : half ? 0.03 : 1e-5));
    }
}
