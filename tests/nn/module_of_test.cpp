// Modules of any signature: calls, hooks, names, error paths, what holds them.
#include <array>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

struct FiLM : nn::ModuleOf<Tensor(const Tensor& x, const Tensor& condition)> {
  nn::Linear gamma{3, 2}, beta{3, 2};
  Tensor forward(const Tensor& x, const Tensor& condition) const override {
    const Tensor scale = gamma(condition);
    return scale * x + beta(condition);
  }
  static constexpr std::array inputs{"x", "condition"};
  WICK_MODULE(FiLM, gamma, beta)
};

struct Gaussian {
  Tensor mean, log_var;
};
struct Encoder : nn::ModuleOf<Gaussian(const Tensor&)> {
  nn::Linear mean{4, 2}, log_var{4, 2};
  Gaussian forward(const Tensor& x) const override { return {mean(x), log_var(x)}; }
  WICK_MODULE(Encoder, mean, log_var)
};

struct State {
  Tensor h, c;
};
struct Output {
  Tensor output;
  State state;
};
struct Cell : nn::ModuleOf<Output(const Tensor&, const State&)> {
  nn::Linear next{2, 2};
  Output forward(const Tensor& x, const State& state) const override {
    const Tensor h = state.h.defined() ? state.h : wick::zeros_like(x);
    const Tensor y = next(x) + h;
    return {y, {y * 2, state.c}};
  }
  WICK_MODULE(Cell, next)
};

struct Masks {
  Tensor mask = {};
  bool negative = false;
  double scale = 1;
  std::vector<Tensor> more = {};
};
struct Attend : nn::ModuleOf<Tensor(const Tensor&, const Tensor&, const Masks&)> {
  Tensor forward(const Tensor& q, const Tensor& k, const Masks& masks) const override {
    Tensor y = q * k * masks.scale;
    if (masks.mask.defined()) y = y * masks.mask;
    for (const Tensor& t : masks.more) y = y + t;
    return masks.negative ? -y : y;
  }
  WICK_MODULE(Attend)
};

}  // namespace

TEST_CASE("a module takes and gives what its signature says", "[module][module_of]") {
  wick::manual_seed(1);
  const FiLM film;
  const Tensor x = wick::randn({5, 2}), c = wick::randn({5, 3});
  CHECK(equal(film(x, c), film.gamma(c) * x + film.beta(c)));
  const Encoder encoder;
  const auto [mean, log_var] = encoder(wick::ones({1, 4}));
  CHECK(equal(mean, encoder.mean(wick::ones({1, 4}))));
  CHECK(equal(log_var, encoder.log_var(wick::ones({1, 4}))));
  CHECK(film.parameters().size() == 4);
  CHECK(film.state_dict().contains("gamma.weight"));
  CHECK(film.to_string().starts_with("FiLM(\n  (gamma): Linear("));
}

TEST_CASE("structs at the end are arguments by name, and may be left out", "[module][module_of]") {
  const Attend attend;
  const Tensor q = wick::tensor({1., 2.}), k = wick::tensor({3., 4.});
  CHECK(equal(attend(q, k), q * k));
  CHECK(equal(attend(q, k, {}), q * k));
  CHECK(equal(attend(q, k, {.mask = wick::tensor({0., 1.}), .negative = true}),
              wick::tensor({-0., -8.})));
  CHECK(equal(attend(q, k, {.scale = 2, .more = {q, k}}), q * k * 2 + q + k));
  static_assert(!std::is_invocable_v<const Attend&, Tensor>);
  static_assert(!std::is_invocable_v<const FiLM&, Tensor>);

  const Cell cell;
  const Tensor x = wick::ones({1, 2});
  auto [y, state] = cell(x);
  auto [y2, state2] = cell(x, state);
  CHECK(equal(y2, cell.next(x) + y * 2));
  CHECK(equal(cell(x, {state.h, {}}).output, y2));
  CHECK_FALSE(state.c.defined());
}

TEST_CASE("call takes the tensors of any module in order and gives all", "[module][module_of]") {
  const FiLM film;
  const Tensor x = wick::randn({5, 2}), c = wick::randn({5, 3});
  const nn::AnyModule any = film;
  const std::vector<Tensor> one = any.call({x, c});
  REQUIRE(one.size() == 1);
  CHECK(equal(one[0], any.as<FiLM>()(x, c)));
  const nn::AnyModule encoder = Encoder();
  CHECK(encoder.call({wick::ones({1, 4})}).size() == 2);
  const nn::AnyModule cell = Cell();
  const Tensor v = wick::ones({1, 2});
  CHECK(cell.call({v}).size() == 3);
  CHECK_FALSE(cell.call({v})[2].defined());
  CHECK(equal(cell.call({v, v, v})[2], v));
  CHECK(equal(cell.call({v, {}, v})[0], cell.call({v})[0]));
  const nn::AnyModule linear = nn::Linear(3, 2);
  CHECK(equal(linear.call({c})[0], linear(c)));

  CHECK_THROWS_WITH(any(x), "FiLM takes more than one tensor: call it as module(x, condition)");
  CHECK_THROWS_WITH(any.call({x, c, c}), "FiLM takes 2 tensors (x, condition), got 3");
  CHECK_THROWS_WITH(any.call({}), "FiLM takes 2 tensors (x, condition), got 0");
  CHECK_THROWS_WITH(cell.call({v, v, v, v}), "Cell takes 1 to 3 tensors, got 4");
  CHECK_THROWS_WITH(linear.call({c, c}), "Linear takes 1 tensor, got 2");
  CHECK_THROWS_AS(any(x), wick::TypeError);
  CHECK_THROWS_WITH(encoder(wick::ones({1, 4})),
                    "Encoder gives 2 tensors: call({x}) returns them all");
  CHECK_THROWS_WITH(nn::ModuleList{Encoder()}.call({x}),
                    ContainsSubstring("missing the required \"forward\" function"));
  // A module that takes one tensor and gives one is called as a layer, whatever its type.
  struct Half : nn::ModuleOf<Tensor(Tensor)> {
    Tensor forward(Tensor t) const override { return t / 2; }
    WICK_MODULE(Half)
  };
  CHECK(equal(nn::AnyModule(Half())(x), x / 2));
}

TEST_CASE("lists and dicts hold modules of any kind, Sequential layers only",
          "[module][module_of][container]") {
  const nn::ModuleList list{FiLM(), nn::Linear(2, 2), nn::MSELoss()};
  CHECK(list[0].as<FiLM>().parameters().size() == 4);
  CHECK(list.state_dict().contains("0.gamma.weight"));
  nn::ModuleDict dict{{"film", FiLM()}, {"loss", nn::L1Loss()}};
  CHECK(dict["loss"].as<nn::L1Loss>()(wick::ones({2}), wick::zeros({2})).item<float>() == 1);
  static_assert(!std::is_constructible_v<nn::Sequential, FiLM>);
  static_assert(!std::is_constructible_v<nn::Sequential, nn::ReLU, nn::MSELoss>);
  static_assert(!std::is_constructible_v<nn::AnyLayer, FiLM>);
  static_assert(!std::is_convertible_v<nn::ModuleList, nn::AnyLayer>);
  static_assert(std::is_constructible_v<nn::Sequential, nn::ReLU, nn::AnyModule>);
  nn::Sequential net{nn::ReLU()};
  CHECK_THROWS_WITH(net.append(nn::AnyModule(FiLM())),
                    "a layer with one tensor in and one out is expected, got a FiLM");
  CHECK_THROWS_AS(nn::Sequential(std::vector<nn::AnyModule>{FiLM()}), wick::TypeError);
  CHECK_THROWS_AS(nn::Repeat(2, [] { return nn::AnyModule(FiLM()); }), wick::TypeError);
  CHECK(net.size() == 1);
  net.begin()->module = nn::AnyModule(FiLM());  // found where it is used
  CHECK_THROWS_WITH(net(wick::ones({2})), ContainsSubstring("FiLM takes more than one tensor"));
  CHECK_THROWS_AS(net[0], wick::TypeError);
}

TEST_CASE("errors of modules of any signature name the place", "[module][module_of][errors]") {
  struct Model : nn::Module {
    FiLM film;
    nn::MSELoss loss;
    Tensor forward(const Tensor& x) const override { return loss(film(x, x), x[0]); }
    WICK_MODULE(Model, film, loss)
  };
  CHECK_THROWS_WITH(Model()(wick::ones({1, 2})),
                    ContainsSubstring("film.gamma (Linear(3 -> 2)): "));
  CHECK_THROWS_WITH(FiLM()(wick::ones({1, 2}), wick::ones({1, 4})),
                    ContainsSubstring("gamma (Linear(3 -> 2)): "));
  struct Forgetful : nn::ModuleOf<Gaussian(const Tensor&, const Tensor&)> {
    nn::Linear known{2, 2}, forgotten{2, 2};
    Gaussian forward(const Tensor& a, const Tensor& b) const override {
      return {known(a), forgotten(b)};
    }
    WICK_MODULE(Forgetful, known)
  };
  const Tensor x = wick::ones({1, 2}, {.requires_grad = true});
  CHECK_THROWS_WITH(Forgetful()(x, x * 2), ContainsSubstring("not among its named_parameters()"));
  const FiLM film;
  const Tensor c = wick::ones({1, 3}, {.requires_grad = true});
  CHECK_NOTHROW(film(x, c * 2));  // what comes in through any of the inputs is not forgotten
}

TEST_CASE("summaries follow every input and output", "[module][module_of][summary]") {
  struct Model : nn::ModuleOf<Tensor(const Tensor&, const Tensor&)> {
    FiLM film;
    Cell cell;
    Tensor forward(const Tensor& x, const Tensor& condition) const override {
      return cell(film(x, condition)).output;
    }
    WICK_MODULE(Model, film, cell)
  };
  const Model model;
  const nn::Summary s = nn::summary(model, {wick::empty({5, 2}), wick::empty({5, 3})});
  using Shapes = std::vector<wick::Shape>;
  CHECK(s.rows[0].inputs == Shapes{{5, 2}, {5, 3}});
  CHECK(s.rows[0].outputs == Shapes{{5, 2}});
  CHECK(s.rows[1].inputs == Shapes{{5, 2}, {5, 3}});
  CHECK(s.rows[4].type == "Cell");
  CHECK(s.rows[4].inputs == Shapes{{5, 2}});
  CHECK(s.rows[4].outputs == Shapes{{5, 2}, {5, 2}});
  CHECK(s.input_bytes == 4 * (10 + 15));
  CHECK_THAT(s.to_string(),
             ContainsSubstring("Input Shape") && ContainsSubstring("[5, 2], [5, 3]"));
  CHECK(nn::summary(nn::MSELoss(), {wick::empty({3}), wick::empty({3})}).rows[0].outputs ==
        Shapes{{}});
  CHECK_THAT(nn::summary(nn::Linear(2, 3), {1, 2}).to_string(), !ContainsSubstring("Input Shape"));
  CHECK_THROWS_AS(nn::summary(model, {wick::empty({5, 2})}), wick::TypeError);
}

TEST_CASE("a copy of a module of any signature has tensors of its own", "[module][module_of]") {
  FiLM film;
  FiLM copy = film;
  CHECK_FALSE(copy.gamma.weight.shares_storage(film.gamma.weight));
  const auto clone = film.clone();
  CHECK(clone->type_name() == "FiLM");
  CHECK(copy.assign(film));
  CHECK_FALSE(copy.assign(Encoder()));
  CHECK(film.input_names().size() == 2);
  CHECK(nn::TripletMarginLoss().input_names()[0] == std::string("anchor"));
  CHECK(Encoder().input_names().empty());
}
