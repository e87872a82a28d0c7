// A parameter that WICK_MODULE does not list is found by the first forward pass, in every build.
#include <thread>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

/// Uses `hidden`, which it does not list.
struct Forgetful : nn::Module {
  nn::Linear listed{4, 4};
  std::vector<nn::Linear> hidden = std::vector<nn::Linear>(1, nn::Linear(4, 4));
  Tensor forward(const Tensor& x) const override { return hidden[0](listed(x)); }
  WICK_MODULE(Forgetful, listed)
};

}  // namespace

TEST_CASE("the first pass that records gradients finds a forgotten field", "[module]") {
  const Tensor x = wick::ones({1, 4});
  Forgetful net;
  {
    const wick::NoGradGuard guard;
    CHECK_NOTHROW(net(x));
  }
  CHECK_THROWS_WITH(net(x), ContainsSubstring("Forgetful: its forward used a parameter of shape"));
  CHECK_THROWS_AS(net(x), wick::Error);  // again, not once
  // Inside of others, too; the module that forgot it is named.
  const nn::Sequential outer{nn::Linear(4, 4), nn::Sequential{{"inner", Forgetful()}}};
  CHECK_THROWS_WITH(outer(x), ContainsSubstring("1.inner (Forgetful): its forward used a "
                                                "parameter of shape"));
  CHECK_THROWS_WITH(outer(x), ContainsSubstring("in WICK_MODULE(Forgetful, ...)"));
  CHECK_THROWS_WITH(nn::check_fields(outer, x), ContainsSubstring("(Forgetful): its forward used"));
  std::thread([&] { CHECK_THROWS_AS(outer(x), wick::Error); }).join();
}

TEST_CASE("a frozen model is looked at when it is trained", "[module]") {
  Forgetful net;
  const Tensor x = wick::ones({1, 4});
  net.requires_grad_(false);
  net.hidden[0].requires_grad_(false);
  CHECK_NOTHROW(net(x));
  net.hidden[0].requires_grad_(true);
  CHECK_THROWS_AS(net(x), wick::Error);

  nn::Sequential backbone{nn::Linear(4, 4), nn::Linear(4, 4)};
  backbone[0].requires_grad_(false);
  CHECK_NOTHROW(backbone(x));
}

TEST_CASE("what belongs to others is no forgotten field", "[module]") {
  /// Its second input is a member, set before the call.
  struct Decoder : nn::Module {
    nn::Linear fc{4, 4};
    Tensor memory;
    Tensor forward(const Tensor& x) const override { return fc(x) + memory; }
    WICK_MODULE(Decoder, fc)
  };
  const nn::Linear encoder(4, 4);
  Decoder decoder;
  decoder.memory = encoder(wick::ones({1, 4}));
  CHECK_NOTHROW(decoder(wick::ones({1, 4})));
  // The history of the input, the input itself, and a module that returns its input.
  CHECK_NOTHROW(nn::Linear(4, 4)(encoder(wick::ones({1, 4}))));
  CHECK_NOTHROW(nn::Linear(4, 4)(wick::ones({1, 4}).requires_grad_()));
  CHECK_NOTHROW(nn::Identity()(encoder(wick::ones({1, 4}))));
  CHECK_NOTHROW(nn::Identity()(wick::ones({1, 4}).requires_grad_()));

  /// Tied the old way: it refers to a layer of the outer module.
  struct Head : nn::Module {
    const nn::Linear* wte = nullptr;
    Tensor forward(const Tensor& x) const override { return x.matmul(wte->weight); }
    WICK_MODULE(Head)
  };
  struct LM : nn::Module {
    nn::Linear wte{4, 4};
    Head head;
    LM() { head.wte = &wte; }
    Tensor forward(const Tensor& x) const override { return head(wte(x)); }
    WICK_MODULE(LM, wte, head)
  };
  const LM lm;
  CHECK_NOTHROW(lm(wick::ones({1, 4})));
}

TEST_CASE("a module may use parameters of another on purpose", "[module]") {
  struct Shared : nn::Module {
    const nn::Linear* other;
    explicit Shared(const nn::Linear& o) : other(&o) {}
    Tensor forward(const Tensor& x) const override { return (*other)(x); }
    WICK_MODULE(Shared)
   protected:
    bool checks_fields() const override { return false; }
  };
  const nn::Linear other(4, 4);
  const Shared shared(other);
  CHECK_NOTHROW(shared(wick::ones({1, 4})));
  CHECK_NOTHROW(nn::Sequential{shared}(wick::ones({1, 4})));
  // A hook may bring in what it likes (a low-rank adapter).
  nn::Linear fc(4, 4);
  fc.register_forward_hook(
      [&](const nn::Module&, const Tensor& x, const Tensor& y) { return y + other(x); });
  CHECK_NOTHROW(fc(wick::ones({1, 4})));
}
