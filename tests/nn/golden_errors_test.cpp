// Every entry of golden/errors.json: what PyTorch answers to common mistakes, wick answers too.
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "golden_path.h"
#include "says_more.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::ones;
using wick::Tensor;
using wick::tensor;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// PyTorch's text as wick prints it: shapes without torch.Size(), names without torch.
std::string without_torch(std::string text) {
  for (size_t at = 0; (at = text.find("torch.Size(", at)) != std::string::npos;) {
    text.erase(text.find(')', at), 1);
    text.erase(at, std::string_view("torch.Size(").size());
  }
  return replaced(text, "torch.", "");
}

nn::Sequential two_linears() {
  return nn::Sequential{nn::Linear(2, 2), nn::ReLU(), nn::Linear(3, 2, false)};
}

/// The state dict of two_linears(), changed.
nn::StateDict state_without(std::initializer_list<const char*> names) {
  nn::StateDict state = two_linears().state_dict();
  for (const char* name : names) state.erase(name);
  return state;
}

using Case = std::function<void()>;

const std::map<std::string, Case>& tensor_cases() {
  static const Tensor i = tensor({1, 2});
  static const std::map<std::string, Case> cases{
      {"o(3,4) @ o(5,6)",
       [] {
         matmul(ones({3, 4}), ones({5, 6}));
       }},
      {"o(3)@o(4)", [] { matmul(ones({3}), ones({4})); }},
      {"torch.dot(o(3),o(4))", [] { dot(ones({3}), ones({4})); }},
      {"o(3,4)@o(5)",
       [] {
         matmul(ones({3, 4}), ones({5}));
       }},
      {"o(5)@o(4,3)",
       [] {
         matmul(ones({5}), ones({4, 3}));
       }},
      {"torch.mm(o(2,3,4),o(4,5))",
       [] {
         mm(ones({2, 3, 4}), ones({4, 5}));
       }},
      {"torch.mv(o(3,4),o(5))",
       [] {
         mv(ones({3, 4}), ones({5}));
       }},
      {"torch.bmm(o(2,3,4),o(3,4,5))",
       [] {
         bmm(ones({2, 3, 4}), ones({3, 4, 5}));
       }},
      {"torch.bmm(o(2,3,4),o(2,5,6))",
       [] {
         bmm(ones({2, 3, 4}), ones({2, 5, 6}));
       }},
      {"batched matmul batch mismatch o(2,3,4)@o(3,4,5)",
       [] {
         matmul(ones({2, 3, 4}), ones({3, 4, 5}));
       }},
      {"scalar matmul T(1.)@o(3)", [] { matmul(tensor(1.), ones({3})); }},
      {"addmm",
       [] {
         addmm(ones({7}), ones({3, 4}), ones({4, 5}));
       }},
      {"F.linear(o(2,3), o(4,3), o(5))",
       [] {
         F::linear(ones({2, 3}), ones({4, 3}), ones({5}));
       }},
      {"o(3)+o(4)", [] { ones({3}) + ones({4}); }},
      {"o(2,3)+o(2,4)",
       [] {
         ones({2, 3}) + ones({2, 4});
       }},
      {"in-place o(3).add_(o(2,3))",
       [] {
         ones({3}).add_(ones({2, 3}));
       }},
      {"in-place int += float",
       [] {
         i.clone() += tensor({1.5, 2.5});
       }},
      {"int.add_(1.5) scalar", [] { i.clone().add_(1.5); }},
      {"expand fewer dims",
       [] {
         ones({2, 3}).expand({3});
       }},
      {"broadcast_to",
       [] {
         broadcast_to(ones({3}), {2, 4});
       }},
      {"broadcast_tensors",
       [] {
         wick::broadcast_tensors({ones({3}), ones({4})});
       }},
      {"neg bool",
       [] {
         -tensor({true, false});
       }},
      {"int / zero",
       [] {
         floor_divide(i, tensor({0, 0}));
       }},
      {"int % zero",
       [] {
         i % tensor({0, 0});
       }},
      {"softmax int", [] { softmax(i, 0); }},
      {"gelu int", [] { gelu(i); }},
      {"gelu bool", [] { gelu(tensor({true})); }},
      {"silu int", [] { silu(i); }},
      {"dropout int", [] { F::dropout(i); }},
      {"int ** negative", [] { pow(i, -1); }},
      {"torch.tensor ragged",
       [] {
         tensor({{1., 2.}, {3.}});
       }},
      {"view invalid size",
       [] {
         ones({6}).view({4, 2});
       }},
      {"reshape invalid",
       [] {
         ones({6}).reshape({4, 2});
       }},
      {"reshape -1 -1",
       [] {
         ones({6}).reshape({-1, -1});
       }},
      {"reshape negative",
       [] {
         ones({6}).reshape({-2, 3});
       }},
      {"reshape -1 ambiguous",
       [] {
         ones({0}).reshape({-1, 0});
       }},
      {"view non-contiguous",
       [] {
         ones({2, 3}).t().view({6});
       }},
      {"index 1-d negative out of range", [] { ones({3})[-4]; }},
      {"index 2-d out of range",
       [] {
         ones({2, 3})(0, 5);
       }},
      {"too many indices", [] { ones({3})(0, 0); }},
      {"negative step", [] { ones({3})(wick::slice(wick::none, wick::none, -1)); }},
      {"advanced index oob", [] { ones({3})(tensor({5})); }},
      {"select",
       [] {
         ones({2, 3}).select(1, 5);
       }},
      {"narrow", [] { ones({3}).narrow(0, 2, 2); }},
      {"narrow start", [] { ones({3}).narrow(0, 4, 1); }},
      {"sum dim oob",
       [] {
         ones({2, 3}).sum(2);
       }},
      {"sum dim neg oob",
       [] {
         ones({2, 3}).sum(-3);
       }},
      {"softmax dim oob",
       [] {
         softmax(ones({2, 3}), 2);
       }},
      {"transpose",
       [] {
         ones({2, 3}).transpose(0, 2);
       }},
      {"t() on 3d",
       [] {
         ones({2, 3, 4}).t();
       }},
      {"permute count",
       [] {
         ones({2, 3}).permute({0, 1, 2});
       }},
      {"squeeze dim oob",
       [] {
         ones({2, 3}).squeeze(2);
       }},
      {"unsqueeze oob",
       [] {
         ones({2, 3}).unsqueeze(4);
       }},
      {"cat dims",
       [] {
         wick::cat({ones({2, 3}), ones({3})});
       }},
      {"cat empty list", [] { wick::cat({}); }},
      {"cat dim oob",
       [] {
         wick::cat({ones({3}), ones({3})}, 1);
       }},
      {"stack sizes",
       [] {
         wick::stack({ones({2}), ones({3})});
       }},
      {"stack empty", [] { wick::stack({}); }},
      {"split",
       [] {
         ones({5}).split({2, 2});
       }},
      {"flatten",
       [] {
         ones({2, 3}).flatten(1, 0);
       }},
      {"gather",
       [] {
         gather(ones({2, 3}), 1, tensor({{5}}));
       }},
      {"gather dims",
       [] {
         gather(ones({2, 3}), 1, tensor({0}));
       }},
      {"item empty", [] { ones({0}).item(); }},
      {"bool(many)", [] { static_cast<void>(bool(ones({2}))); }},
      {"bool(empty)", [] { static_cast<void>(bool(ones({0}))); }},
      {"int(many)", [] { ones({2}).item<int64_t>(); }},
      {"len 0-dim", [] { ones({}).len(); }},
      {"iter 0-dim", [] { ones({}).begin(); }},
      {"max empty", [] { ones({0}).max(); }},
      {"argmax empty", [] { ones({0}).argmax(); }},
      {"zeros negative", [] { wick::zeros({-1}); }},
      {"arange step 0", [] { wick::arange(0, 1, 0); }},
      {"linspace neg steps", [] { wick::linspace(0, 1, -1); }},
      {"randint from>=to", [] { wick::randint(5, 5, {2}); }},
      {"normal_ std<0", [] { ones({2}).normal_(0, -1); }},
      {"uniform_ from>to", [] { ones({2}).uniform_(1, 0); }},
      {"leaf in-place", [] { ones({2}, {.requires_grad = true}).add_(1); }},
      {"leaf view in-place", [] { ones({2}, {.requires_grad = true})[0] += 1; }},
      {"int requires_grad", [] { i.clone().requires_grad_(); }},
      {"requires_grad_(False) non-leaf",
       [] { (ones({2}, {.requires_grad = true}) * 2).requires_grad_(false); }},
      {"backward no grad", [] { ones({}).backward(); }},
      {"backward twice",
       [] {
         const Tensor y = square(ones({2}, {.requires_grad = true})).sum();
         y.backward();
         y.backward();
       }},
      {"backward grad shape", [] { (ones({2}, {.requires_grad = true}) * 2).backward(ones({3})); }},
      {"in-place modified saved (exp)",
       [] {
         const Tensor y = exp(ones({2}, {.requires_grad = true}));
         y.add_(1);
         y.sum().backward();
       }},
      {"autograd.grad unused",
       [] {
         const Tensor x = ones({2}, {.requires_grad = true}),
                      y = ones({2}, {.requires_grad = true});
         wick::autograd::grad({x.sum()}, {y});
       }},
      {"assign grad wrong shape", [] { ones({2}).set_grad(ones({3})); }},
  };
  return cases;
}

const std::map<std::string, Case>& nn_cases() {
  static const nn::Linear linear(3, 4);
  static const std::map<std::string, Case> cases{
      {"nn.Linear(3,4)(o(2,7,5))",
       [] {
         linear(ones({2, 7, 5}));
       }},
      {"nn.Linear(3,4)(o(5))", [] { linear(ones({5})); }},
      {"nn.Linear(3,4)(T(1.))", [] { linear(tensor(1.)); }},
      {"nn.Linear(3,4)(int64)",
       [] {
         linear(ones({2, 3}, wick::int64));
       }},
      {"nn.Linear(3,4)(float64)",
       [] {
         linear(ones({2, 3}, wick::float64));
       }},
      {"nn.Linear(3,4)(float64 1-d)", [] { linear(ones({3}, wick::float64)); }},
      {"nn.Linear(-1,4)", [] { nn::Linear(-1, 4); }},
      {"nn.Dropout(-0.1)", [] { nn::Dropout(-0.1); }},
      {"nn.Dropout(1.5)", [] { nn::Dropout(1.5); }},
      {"F.dropout(p=-0.1)", [] { F::dropout(ones({2}), -0.1); }},
      {"torch.dropout(p=1.5)", [] { wick::dropout(ones({2}), 1.5); }},
      {"torch.dropout(p=-0.1, train=False)", [] { wick::dropout(ones({2}), -0.1, false); }},
      {"nn.GELU(\"bad\")(x)", [] { nn::GELU({.approximate = "bad"}); }},
      {"F.gelu(approximate=\"Tanh\")", [] { F::gelu(ones({2}), "Tanh"); }},
      {"Sequential index", [] { nn::Sequential{nn::ReLU()}[1]; }},
      {"Sequential neg index", [] { nn::Sequential{nn::ReLU()}[-2]; }},
      {"forward not implemented", [] { nn::ModuleList{nn::ReLU()}(ones({2})); }},
      {"add_module dot", [] { nn::Sequential().append("a.b", nn::ReLU()); }},
      {"get_submodule", [] { nn::Sequential{nn::ReLU()}.get_submodule("1"); }},
      {"load_state_dict missing",
       [] {
         two_linears().load_state_dict(state_without({"0.bias", "2.weight"}));
       }},
      {"load_state_dict missing+unexpected+size",
       [] {
         nn::StateDict state = state_without({"0.bias"});
         state.set("foo", ones({1}));
         state.set("2.weight", ones({4, 4}));
         two_linears().load_state_dict(state);
       }},
      {"LayerNorm mismatch",
       [] {
         nn::LayerNorm(4)(ones({2, 3}));
       }},
      {"LayerNorm multi mismatch",
       [] {
         nn::LayerNorm({.normalized_shape = {3, 4}})(ones({2, 4, 3}));
       }},
      {"kaiming 1-d", [] { nn::init::kaiming_uniform_(ones({3})); }},
      {"gain unsupported", [] { nn::init::calculate_gain("foo"); }},
      {"eye_", [] { nn::init::eye_(ones({3})); }},
      {"dirac_",
       [] {
         nn::init::dirac_(ones({3, 3}));
       }},
      {"orthogonal_", [] { nn::init::orthogonal_(ones({3})); }},
  };
  return cases;
}

/// Cases without a counterpart, and why.
const std::map<std::string, std::string>& without_counterpart() {
  static const std::string compile = "does not compile in C++";
  static const std::string python = "Python only";
  static const std::string range = "the argument's type holds every accepted value";
  static const std::string later = "in optim/errors_test.cpp";
  static const std::string losses = "in loss_errors_test.cpp";
  static const std::map<std::string, std::string> cases{
      {"torch.tensor str", compile},
      {"float index", compile},
      {"linspace no steps", compile},
      {"F.gelu(approximate=None)", compile},
      {"nn.GELU()(3.0)", compile},
      {"train(\"yes\")", compile},
      {"assign tensor to parameter", "assigning a tensor makes it the parameter"},
      {"assign int to submodule", compile},
      {"missing attribute", compile},
      {"register_parameter exists", compile},
      {"register_buffer exists", compile},
      {"register_parameter dot", "names of parameters are C++ identifiers"},
      {"register_parameter empty", "names of parameters are C++ identifiers"},
      {"assign before super().__init__", python},
      {"load_state_dict not a tensor", compile},
      {"load_state_dict not a dict", compile},
      {"manual_seed too large", range},
      {"f-format 3-elem", "wick formats every element"},
      {"numpy with grad", python},
      {"deepcopy non-leaf", python},
      {"weight modified before backward", "wick keeps the weight itself, not a view of it"},
      {"assign grad non tensor", compile},
      {"out= with requires_grad", "there are no out= arguments"},
      {"reduction", losses},
      {"l1 incompatible", losses},
      {"bce range", losses},
      {"bce shape", losses},
      {"nll", losses},
      {"clip_grad_norm nonfinite", later},
  };
  return cases;
}

bool of_later_scope(const std::string& name) {
  for (const char* start : {"Embedding", "BatchNorm", "CrossEntropy", "SGD", "Adam"})
    if (name.starts_with(start)) return true;
  return without_counterpart().contains(name);
}

}  // namespace

TEST_CASE("mistakes are answered as PyTorch answers them", "[errors][golden]") {
  std::ifstream file(golden_path("errors.json"));
  const nlohmann::json golden = nlohmann::json::parse(file);
  int checked = 0;
  for (const auto& entry : golden["cases"]) {
    const auto name = entry["case"].get<std::string>();
    INFO(name);
    if (entry["kind"] == "OK" || of_later_scope(name)) continue;
    const auto& cases = tensor_cases().contains(name) ? tensor_cases() : nn_cases();
    REQUIRE(cases.contains(name));
    std::string message = "(no error)";
    try {
      cases.at(name)();
    } catch (const wick::Error& error) {
      message = error.what();
    }
    auto expected = without_torch(entry["message"].get<std::string>());
    if (name == "forward not implemented")
      expected = replaced(expected, "[Module]", "[ModuleList]");
    if (name == "add_module dot") expected = "module name can't contain \".\", got: a.b";
    INFO(message << " | " << expected);
    CHECK(answers_as(message, expected));
    ++checked;
  }
  CHECK(checked >= 95);
}

TEST_CASE("what PyTorch accepts, wick accepts", "[errors][golden]") {
  const auto text = [](const Tensor& t) { return t.to_string(); };
  CHECK(nn::Linear(0, 4).to_string() == "Linear(in_features=0, out_features=4, bias=True)");
  CHECK(nn::Linear(4, 0).to_string() == "Linear(in_features=4, out_features=0, bias=True)");
  CHECK(text(sigmoid(tensor({0, 2}))) == "tensor([0.5000, 0.8808])");
  CHECK(ones({2, 3}).squeeze(0).shape() == wick::Shape{2, 3});
  CHECK(fmt::format("{:6.2f}", tensor(1.5)) == "  1.50");
  CHECK(text(ones({0}).mean()) == "tensor(nan)");
  CHECK(text(nn::Sequential()(ones({2}))) == "tensor([1., 1.])");
  nn::Sequential net = two_linears();
  CHECK(net.load_state_dict(net.state_dict()).to_string() == "<All keys matched successfully>");
  const std::string third = "tensor([[0.3333, 0.3333, 0.3333],\n        [0.3333, 0.3333, 0.3333]])";
  CHECK(text(nn::Softmax()(ones({2, 3}))) == third);
  CHECK(text(nn::init::kaiming_uniform_(ones({0, 2}))) == "tensor([], size=(0, 2))");
  CHECK(text(nn::init::trunc_normal_(ones({3}), 5, 1, -2, -2)) == "tensor([-2., -2., -2.])");
}

TEST_CASE("the class of an error says what kind of mistake it was", "[errors]") {
  CHECK_THROWS_AS(ones({3}) + ones({4}), wick::ShapeError);
  CHECK_THROWS_AS(ones({3})[3], wick::IndexError);
  CHECK_THROWS_AS(gelu(tensor({1})), wick::TypeError);
  CHECK_THROWS_AS(nn::Dropout(2), wick::ValueError);
  CHECK_THROWS_AS(Tensor().shape(), wick::Error);
  CHECK_THROWS_AS(ones({3})[3], std::runtime_error);
}
