// What a module holds: buffers that are not saved, parameters named at run time, conversions,
// hooks on the state.
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using nn::ModuleBase;
using wick::StateDict;
using wick::Tensor;
using Names = std::vector<std::string>;

struct Masked : nn::Module {
  nn::Linear fc{2, 2};
  nn::Buffer count{wick::zeros({1})};
  nn::Buffer mask{wick::ones({2, 2}), {.persistent = false}};
  Tensor forward(const Tensor& x) const override { return fc(x.matmul(mask)); }
  WICK_MODULE(Masked, fc, count, mask)
};

/// A recurrent layer's weights: as many as there are layers.
struct Stack : nn::Module {
  std::vector<nn::NamedParameter> weights;
  explicit Stack(int layers = 2) {
    for (int i = 0; i < layers; ++i)
      weights.push_back({"weight_hh_l" + std::to_string(i), nn::Parameter(wick::ones({2, 2}))});
  }
  Tensor forward(const Tensor& x) const override {
    Tensor y = x;
    for (const auto& [name, weight] : weights) y = y.matmul(weight);
    return y;
  }
  WICK_MODULE(Stack, weights)
};

Names names_of(const StateDict& state) {
  Names names;
  for (const auto& [name, tensor] : state) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("a buffer that is not persistent moves with the module and is not saved",
          "[module][state]") {
  Masked model;
  CHECK(names_of(model.state_dict()) == Names{"fc.weight", "fc.bias", "count"});
  CHECK(model.named_buffers().size() == 2);
  CHECK(model.buffers().size() == 2);
  CHECK(model.load_state_dict(model.state_dict()).ok());
  StateDict state = model.state_dict();
  state.set("mask", wick::zeros({2, 2}));
  CHECK_THROWS_WITH(model.load_state_dict(state),
                    ContainsSubstring("Unexpected key(s)") && ContainsSubstring("\"mask\""));
  CHECK(model.to(wick::float64).get_buffer("mask").dtype() == wick::float64);

  const Masked copy = model;
  CHECK_FALSE(copy.mask.persistent());
  CHECK_FALSE(copy.mask.shares_storage(model.mask));
  model.mask = wick::zeros({2, 2});  // another tensor in the same role
  CHECK_FALSE(model.mask.persistent());
  CHECK(names_of(model.state_dict()).size() == 3);
  model = copy;
  CHECK_FALSE(model.mask.persistent());
  nn::Buffer plain(wick::ones({1}));
  CHECK(plain.persistent());
  plain = model.mask;
  CHECK_FALSE(plain.persistent());
  CHECK_FALSE(nn::Buffer(Tensor(), {.persistent = false}).defined());
}

TEST_CASE("parameters have names that are made at run time", "[module][state]") {
  Stack stack(3);
  CHECK(names_of(stack.state_dict()) == Names{"weight_hh_l0", "weight_hh_l1", "weight_hh_l2"});
  CHECK(stack.get_parameter("weight_hh_l1").is_same(stack.weights[1].value));
  CHECK(stack.parameters()[2].requires_grad());
  const Stack copy = stack;
  CHECK_FALSE(copy.weights[0].value.shares_storage(stack.weights[0].value));
  CHECK(stack(wick::ones({1, 2})).sum().item<float>() == 16);
  stack(wick::ones({1, 2})).sum().backward();
  CHECK(stack.weights[0].value.grad().defined());
  stack.weights[1].value.share(stack.weights[0].value);
  CHECK(stack.parameters().size() == 2);
  const Stack tied = stack;
  CHECK(tied.weights[1].value.is_same(tied.weights[0].value));
  struct Forgetful : nn::Module {
    std::vector<nn::NamedParameter> weights;
    Tensor forward(const Tensor& x) const override { return x * weights[0].value; }
    WICK_MODULE(Forgetful)
  } forgetful;
  forgetful.weights.push_back({"w", nn::Parameter(wick::ones({1}))});
  CHECK_THROWS_WITH(forgetful(wick::ones({1})), ContainsSubstring("named_parameters()"));
  static_assert(nn::detail::Field<std::vector<nn::NamedParameter>>);
}

TEST_CASE("a list of parameters", "[module][state][container]") {
  nn::ParameterList list{wick::ones({2, 3}), wick::ones({}).to(wick::float64)};
  CHECK(list.to_string() ==
        "ParameterList(\n    (0): Parameter containing: [float32 of size 2x3]\n"
        "    (1): Parameter containing: [float64 of size ]\n)");
  CHECK(nn::ParameterList().to_string() == "ParameterList()");
  CHECK(names_of(list.state_dict()) == Names{"0", "1"});
  CHECK(list.append(wick::ones({4})).size() == 3);
  CHECK(list[-1].shape() == wick::Shape{4});
  CHECK(list[0].requires_grad());
  list.extend({wick::zeros({1}), wick::zeros({1})});
  CHECK(list.size() == 5);
  CHECK_THROWS_WITH(list[5], "index 5 is out of range: there are 5 parameters");
  CHECK_THROWS_AS(list[-6], wick::IndexError);
  CHECK_THROWS_WITH(nn::AnyModule(list)(wick::ones({1})), "ParameterList should not be called.");
  const nn::ParameterList copy = list;
  CHECK_FALSE(copy[0].shares_storage(list[0]));
  list[0].detach().zero_();
  CHECK(list.assign(copy));
  CHECK(equal(list[0], wick::ones({2, 3})));
  CHECK_FALSE(list.assign(nn::ParameterDict()));
  struct Model : nn::Module {
    nn::ParameterList scales{wick::ones({2})};
    nn::Linear fc{1, 1};
    Tensor forward(const Tensor& x) const override {
      Tensor y = x;
      for (const auto& [name, scale] : scales) y = y * scale;
      return y;
    }
    WICK_MODULE(Model, scales, fc)
  };
  CHECK(Model().to_string() ==
        "Model(\n  (scales): ParameterList(  (0): Parameter containing: [float32 of size 2])\n"
        "  (fc): Linear(in_features=1, out_features=1, bias=True)\n)");
  CHECK(names_of(Model().state_dict())[0] == "scales.0");
}

TEST_CASE("parameters by name", "[module][state][container]") {
  nn::ParameterDict dict{{"left", wick::ones({2, 3})},
                         {"right", wick::ones({2}).to(wick::float16)}};
  CHECK(dict.to_string() ==
        "ParameterDict(\n    (left): Parameter containing: [FloatTensor of size 2x3]\n"
        "    (right): Parameter containing: [HalfTensor of size 2]\n)");
  CHECK(dict.contains("left"));
  CHECK_FALSE(dict.contains("up"));
  CHECK(dict["left"].shape() == wick::Shape{2, 3});
  dict.insert("left", wick::zeros({1}));
  CHECK(dict.size() == 2);
  CHECK(dict["left"].shape() == wick::Shape{1});
  CHECK_THROWS_WITH(dict["lefd"],
                    "ParameterDict has no parameter \"lefd\"; did you mean \"left\"?");
  CHECK_THROWS_WITH(dict.insert("a.b", wick::ones({1})),
                    "parameter name can't contain \".\", got: a.b");
  CHECK_THROWS_WITH(dict.insert("", wick::ones({1})), ContainsSubstring("can't be empty"));
  CHECK(dict.erase("right").size() == 1);
  CHECK_THROWS_AS(dict.erase("right"), wick::IndexError);
  CHECK(names_of(dict.state_dict()) == Names{"left"});
  const auto clone = dict.clone();
  CHECK(clone->type_name() == "ParameterDict");
}

TEST_CASE("modules convert to half types and move without elements", "[module][state]") {
  Masked model;
  CHECK(&model.half() == &model);
  CHECK(model.fc.weight.dtype() == wick::float16);
  model.bfloat16();
  CHECK(model.mask.dtype() == wick::bfloat16);
  model.to(wick::cpu, wick::float64);
  CHECK(model.count.dtype() == wick::float64);
  CHECK_THROWS_WITH(model.to(wick::cpu, wick::int64),
                    "Module::to expects a floating point dtype, got int64");
  model.to(wick::meta, wick::float32);
  CHECK(model.fc.weight.is_meta());
  CHECK(model.fc.weight.dtype() == wick::float32);
  CHECK_THROWS_AS(model.to(wick::cpu), wick::TypeError);
  CHECK(model.mask.is_meta());
  model.to_empty(wick::cpu);
  CHECK(model.fc.weight.device() == wick::cpu);
  CHECK(model.fc.weight.requires_grad());
  CHECK(model.mask.shape() == wick::Shape{2, 2});
  // A module of which a part cannot be moved stays what it is.
  Masked mixed;
  mixed.fc.to(wick::meta);
  mixed.count = wick::ones({1});
  const Tensor before = mixed.count;
  CHECK_THROWS_AS(mixed.to(wick::cpu), wick::TypeError);
  CHECK(mixed.count.is_same(before));
}

TEST_CASE("buffers and submodules are found by their path", "[module][state]") {
  struct Model : nn::Module {
    Masked masked;
    nn::Sequential net{nn::Linear(2, 2), nn::ReLU()};
    nn::AnyModule any = nn::ReLU();
    Tensor forward(const Tensor& x) const override { return any(net(masked(x))); }
    WICK_MODULE(Model, masked, net, any)
  } model;
  CHECK(model.get_buffer("masked.mask").shape() == wick::Shape{2, 2});
  CHECK_THROWS_WITH(model.get_buffer("masked.maks"),
                    "Model has no buffer `masked.maks`; did you mean \"masked.mask\"?");
  CHECK_THROWS_AS(model.get_buffer("masked.fc.weight"), wick::IndexError);

  model.set_submodule("any", nn::Tanh());
  CHECK(model.any->type_name() == "Tanh");
  model.set_submodule("any", nn::MSELoss());  // found where it is called
  CHECK(model.any->type_name() == "MSELoss");
  model.set_submodule("net.1", nn::GELU());
  CHECK(model.net[1].type_name() == "GELU");
  nn::Linear other(2, 2);
  model.set_submodule("masked.fc", other);
  CHECK(equal(model.masked.fc.weight, other.weight));
  CHECK_FALSE(model.masked.fc.weight.is_same(other.weight));
  model.set_submodule("net", nn::Sequential(model.net));
  CHECK(model.net.size() == 2);
  CHECK_THROWS_WITH(model.set_submodule("masked.fc", nn::ReLU()),
                    "set_submodule: `fc` is a Linear, which cannot become a ReLU");
  CHECK_THROWS_AS(model.set_submodule("net.1", nn::MSELoss()), wick::TypeError);
  CHECK_THROWS_WITH(model.set_submodule("net.2", nn::ReLU()),
                    ContainsSubstring("Model has no attribute `net.2`"));
  CHECK_THROWS_AS(model.set_submodule("", nn::ReLU()), wick::ValueError);
  CHECK(model.net[1].type_name() == "GELU");
}

TEST_CASE("hooks look at the state and may change it", "[module][state][hooks]") {
  struct Model : nn::Module {
    nn::Linear fc{1, 1, false};
    Tensor forward(const Tensor& x) const override { return fc(x); }
    WICK_MODULE(Model, fc)
  } model;
  Names log;
  model.register_state_dict_pre_hook([&](const ModuleBase& m, std::string_view prefix) {
    log.push_back(std::string(m.type_name()) + " before " + std::string(prefix));
  });
  model.fc.register_state_dict_post_hook(
      [&](const ModuleBase& m, StateDict& state, std::string_view prefix) {
        log.push_back(std::string(m.type_name()) + " after " + std::string(prefix));
        CHECK(state.size() == 1);
        state.set(std::string(prefix) + "extra", wick::ones({1}));
      });
  const StateDict state = model.state_dict();
  CHECK(log == Names{"Model before ", "Linear after fc."});
  CHECK(names_of(state) == Names{"fc.weight", "fc.extra"});

  model.fc.register_load_state_dict_pre_hook(
      [&](ModuleBase&, StateDict& given, std::string_view prefix) {
        given.erase(std::string(prefix) + "extra");
        if (given.contains("fc.kernel")) {  // what it was once called
          given.set("fc.weight", given["fc.kernel"]);
          given.erase("fc.kernel");
        }
      });
  model.fc.register_load_state_dict_post_hook([&](ModuleBase& m, const nn::LoadReport& report) {
    log.push_back(std::string(m.type_name()) + (report.ok() ? " loaded" : " partly"));
  });
  log.clear();
  const Model copy = model;  // which has copies of the hooks
  CHECK(model.load_state_dict(state).ok());
  CHECK(log == Names{"Linear loaded"});
  CHECK(model.load_state_dict({{"fc.kernel", wick::tensor({3.F}).reshape({1, 1})}}).ok());
  CHECK(model.fc.weight.item<float>() == 3);
  CHECK(names_of(copy.state_dict()).size() == 2);
  CHECK(state.contains("fc.extra"));  // the caller's is what it was
  log.clear();
  CHECK_THROWS_AS(model.load_state_dict({{"fc.other", wick::ones({1})}}), nn::LoadStateDictError);
  CHECK(log.empty());
  CHECK_FALSE(model.fc.has_hooks());  // none that looks at calls
  CHECK_THROWS_AS(model.register_state_dict_pre_hook({}), wick::ValueError);
  CHECK_THROWS_AS(model.register_load_state_dict_post_hook({}), wick::ValueError);
}

TEST_CASE("a visitor that only reads sees every field of a const module", "[module][visitor]") {
  struct Model : nn::Module {
    nn::Linear fc{2, 3};
    std::vector<nn::ReLU> acts{2};
    nn::AnyModule any = nn::Tanh();
    nn::Sequential net{nn::GELU()};
    Stack stack{1};
    double scale = 2;
    nn::Buffer buffer{wick::ones({1})};
    Tensor forward(const Tensor& x) const override { return fc(x); }
    WICK_MODULE(Model, fc, acts, any, net, stack, scale, buffer)
  };
  struct Read : nn::ConstVisitor {
    Names log;
    void note(std::string_view kind, std::string_view name) {
      log.push_back(std::string(kind) + " " + std::string(name));
    }
    void parameter(std::string_view name, const nn::Parameter&) override { note("p", name); }
    void buffer(std::string_view name, const nn::Buffer&) override { note("b", name); }
    void option(std::string_view name, Option value) override {
      note(std::get_if<const double*>(&value) ? "double" : "option", name);
    }
    void child(std::string_view name, const ModuleBase& module) override {
      note("child", name);
      module.inspect(*this);
    }
  } read;
  const Model model;
  model.inspect(read);
  CHECK(read.log == Names{"child fc", "option in_features", "option out_features", "option bias",
                          "p weight", "p bias", "child acts.0", "option inplace", "child acts.1",
                          "option inplace", "child any", "child net", "child 0",
                          "option approximate", "child stack", "p weight_hh_l0", "double scale",
                          "b buffer"});
  nn::AnyModule empty = nn::ReLU();
  const nn::AnyModule taken = std::move(empty);
  struct Holder : nn::Module {
    nn::AnyModule any = nn::ReLU();
    Tensor forward(const Tensor& x) const override { return any(x); }
    WICK_MODULE(Holder, any)
  } holder;
  const nn::AnyModule moved = std::move(holder.any);
  CHECK_THROWS_WITH(std::as_const(holder).inspect(read),
                    "AnyModule is empty: its module was moved out");
}
