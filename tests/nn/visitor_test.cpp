// What WICK_MODULE and WICK_OPTIONS show to a visitor, and the tensors that modules own.
#include "wick/nn/visitor.h"

#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using Names = std::vector<std::string>;
using wick::Tensor;

struct InnerOptions {
  bool flag = true;
  double rate = 0.5;
  WICK_OPTIONS(flag, rate)
};

/// A field of every kind, in an order of its own; some with an underscore behind the name.
struct Everything : nn::Module {
  nn::Buffer table_ = wick::zeros({2}, wick::int64);
  nn::Parameter weight = wick::ones({3});
  int64_t count = 7;
  InnerOptions options;
  std::string mode_ = "fast";
  wick::Shape sizes = {2, 3};
  std::optional<int64_t> dim = 4;
  std::optional<double> limit = {};
  nn::Linear linear{2, 2};
  nn::AnyModule any = nn::Tanh();
  std::vector<nn::ReLU> list = std::vector<nn::ReLU>(2);
  std::vector<nn::AnyModule> mixed{nn::GELU(), nn::Linear(1, 1)};
  nn::Parameter none;
  nn::Sequential named{{"a", nn::SiLU()}};
  Tensor forward(const Tensor& x) const override { return x; }
  // clang-format off
  WICK_MODULE(Everything, table_,weight , count, options, mode_, sizes, dim, limit, linear, any,
              list, mixed, none, named)
  // clang-format on
};

/// Notes what it is shown, as "kind name".
struct Note : nn::Visitor {
  Names seen;
  void note(const char* kind, std::string_view name) {
    seen.push_back(std::string(kind) + " " + std::string(name));
  }
  void parameter(std::string_view name, nn::Parameter&) override { note("parameter", name); }
  void buffer(std::string_view name, nn::Buffer&) override { note("buffer", name); }
  void option(std::string_view name, Option) override { note("option", name); }
  void child(std::string_view name, nn::ModuleBase&) override { note("child", name); }
};

/// The same, and takes lists and exchangeable modules as such.
struct NoteAll : Note {
  void list(std::string_view name, std::span<nn::ModuleBase* const> modules) override {
    note("list", std::string(name) + " " + std::to_string(modules.size()));
  }
  void any(std::string_view name, nn::AnyModule&) override { note("any", name); }
  void layers(std::string_view name, std::vector<nn::NamedModule>&) override {
    note("layers", name);
  }
};

}  // namespace

TEST_CASE("a visitor is shown every field, in order, under its name", "[module][visitor]") {
  Everything module;
  Note note;
  module.visit(note);
  CHECK(note.seen == Names{"buffer table", "parameter weight", "option count", "option flag",
                           "option rate", "option mode", "option sizes", "option dim",
                           "option limit", "child linear", "child any", "child list.0",
                           "child list.1", "child mixed.0", "child mixed.1", "parameter none",
                           "child named"});
  NoteAll all;
  module.visit(all);
  CHECK(Names(all.seen.begin() + 9, all.seen.end()) == Names{"child linear", "any any",
                                                             "list list 2", "list mixed 2",
                                                             "parameter none", "child named"});
  NoteAll inside;
  module.named.visit(inside);
  CHECK(inside.seen == Names{"layers layers"});
  Note names;
  module.named.visit(names);
  CHECK(names.seen == Names{"child a"});
  nn::Visitor nothing;  // shown everything, it does nothing
  CHECK_NOTHROW(module.visit(nothing));
}

TEST_CASE("options are shown as what they are, and can be written", "[module][visitor]") {
  struct Write : nn::Visitor {
    void option(std::string_view name, Option value) override {
      if (name == "count") *std::get<int64_t*>(value) = 8;
      if (name == "flag") *std::get<bool*>(value) = false;
      if (name == "rate") *std::get<double*>(value) = 0.25;
      if (name == "mode") *std::get<std::string*>(value) = "slow";
      if (name == "sizes") *std::get<wick::Shape*>(value) = {4};
      if (name == "dim") std::get<std::optional<int64_t>*>(value)->reset();
      if (name == "limit") *std::get<std::optional<double>*>(value) = 1.5;
    }
  } write;
  Everything module;
  module.visit(write);
  CHECK(module.count == 8);
  CHECK_FALSE(module.options.flag);
  CHECK(module.options.rate == 0.25);
  CHECK(module.mode_ == "slow");
  CHECK(module.sizes == wick::Shape{4});
  CHECK_FALSE(module.dim);
  CHECK(module.limit == 1.5);
  CHECK(module.extra_repr() ==
        "count=8, flag=False, rate=0.25, mode='slow', sizes=(4,), dim=None, limit=1.5");
}

TEST_CASE("undefined parameters and integer buffers are fields like others", "[module]") {
  Everything module;
  Names parameters, buffers, state;
  for (const auto& [name, p] : module.named_parameters()) parameters.push_back(name);
  for (const auto& [name, b] : module.named_buffers()) buffers.push_back(name);
  for (const auto& [name, t] : module.state_dict()) state.push_back(name);
  CHECK(parameters ==
        Names{"weight", "linear.weight", "linear.bias", "mixed.1.weight", "mixed.1.bias"});
  CHECK(buffers == Names{"table"});
  CHECK(state ==
        Names{"table", "weight", "linear.weight", "linear.bias", "mixed.1.weight", "mixed.1.bias"});
  module.to(wick::float64).requires_grad_(false);
  CHECK(module.table_.dtype() == wick::int64);
  CHECK(module.weight.dtype() == wick::float64);
  CHECK_FALSE(module.none.defined());
  module.requires_grad_().zero_grad(false);
  CHECK_FALSE(module.table_.requires_grad());
  const Everything copy = module;
  CHECK_FALSE(copy.none.defined());
  CHECK(copy.table_.dtype() == wick::int64);
  CHECK_FALSE(copy.table_.shares_storage(module.table_));
  Everything other;
  other.table_.fill_(5);
  CHECK(module.load_state_dict(other.state_dict()).ok());
  CHECK(equal(module.table_, wick::full({2}, 5, {.dtype = wick::int64})));
  CHECK(nn::summary(module, {1}).buffers == 2);
  module.to(wick::meta);
  CHECK(module.table_.is_meta());
}

TEST_CASE("a Buffer owns its elements: copies have their own, handles have its", "[module]") {
  const Tensor t = wick::tensor({1., 2.}).requires_grad_();
  const Tensor y = t * 2;
  nn::Buffer buffer = y;  // without its history
  CHECK_FALSE(buffer.requires_grad());
  CHECK(buffer.is_leaf());
  CHECK(buffer.shares_storage(y));
  nn::Buffer copy = buffer;
  CHECK_FALSE(copy.shares_storage(buffer));
  CHECK(equal(copy, buffer));
  const Tensor handle = buffer;
  CHECK(handle.shares_storage(buffer));
  nn::Buffer moved = std::move(buffer);
  CHECK(moved.shares_storage(handle));
  copy = moved;
  CHECK_FALSE(copy.shares_storage(moved));
  nn::Buffer undefined;
  CHECK_FALSE(nn::Buffer(undefined).defined());
  CHECK_FALSE(nn::Buffer(Tensor()).defined());
  copy = undefined;
  CHECK_FALSE(copy.defined());
  // What was frozen is a frozen copy, and what trains trains.
  nn::Parameter parameter = wick::ones({2});
  CHECK((parameter.requires_grad() && parameter.is_leaf()));
  CHECK(nn::Parameter(parameter).requires_grad());
  parameter.requires_grad_(false);
  CHECK_FALSE(static_cast<const nn::Buffer&>(nn::Parameter(parameter)).requires_grad());
  {
    const wick::NoGradGuard guard;
    CHECK(nn::Parameter(wick::ones({2})).requires_grad());
  }
  for (const wick::DType dtype : {wick::int64, wick::uint8, wick::bool_})
    CHECK_FALSE(nn::Parameter(wick::ones({2}, dtype)).requires_grad());
  for (const wick::DType dtype : {wick::float64, wick::bfloat16, wick::float16})
    CHECK(nn::Parameter(wick::ones({2}, dtype)).requires_grad());
  CHECK_FALSE(nn::Parameter(Tensor()).defined());
}

TEST_CASE("AnyModule holds a module by value", "[module]") {
  nn::AnyModule a = nn::Linear(2, 3);
  nn::AnyModule b = a;
  CHECK_FALSE(b->get_parameter("weight").shares_storage(a->get_parameter("weight")));
  const Tensor x = wick::ones({2});
  CHECK(equal(a(x), b(x)));
  b = nn::Tanh();
  CHECK(b->type_name() == "Tanh");
  CHECK(a->type_name() == "Linear");
  const nn::ModuleBase* inside = a.get();
  b = std::move(a);
  CHECK(b.get() == inside);
  b = *&b;
  CHECK(b->type_name() == "Linear");
  CHECK(b.as<nn::Linear>().options.out_features == 3);
  const nn::AnyModule& constant = b;
  CHECK(constant.as<nn::Linear>().options.in_features == 2);
  CHECK(constant.get() == b.get());
  CHECK(&*constant == b.get());
  CHECK_THROWS_AS(b.as<nn::Tanh>(), wick::TypeError);
  CHECK_THROWS_AS(constant.as<nn::Tanh>(), wick::TypeError);
  CHECK(nn::AnyModule(std::make_unique<nn::ReLU>())->type_name() == "ReLU");
  CHECK_THROWS_WITH(nn::AnyModule(std::unique_ptr<nn::Module>()),
                    "AnyModule expects a module, got a null pointer");
}
