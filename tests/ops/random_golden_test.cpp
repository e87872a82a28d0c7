// Random tensors against PyTorch's bits: golden/random.json and golden/random_fills.json.
#include <functional>
#include <map>

#include "golden_random.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace {

using nlohmann::json;
using wick::Tensor;
using Calls = std::map<std::string, std::function<json()>>;

json listed(const Tensor& x) { return x.to_vector<int64_t>(); }

const Calls& calls() {
  static const Calls calls = {
      {"rand(5)", [] { return json(bits_of(wick::rand({5}))); }},
      {"randn(5)", [] { return json(bits_of(wick::randn({5}))); }},
      {"randn(16)", [] { return json(bits_of(wick::randn({16}))); }},
      {"randn(3,17)",
       [] {
         return json(bits_of(wick::randn({3, 17})));
       }},
      {"randperm(10)", [] { return listed(wick::randperm(10)); }},
      {"randint(0,1000,(6,))", [] { return listed(wick::randint(0, 1000, {6})); }},
      {"empty(7).uniform_(-2,3)", [] { return json(bits_of(wick::empty({7}).uniform_(-2, 3))); }},
      {"empty(20).normal_(2,3)", [] { return json(bits_of(wick::empty({20}).normal_(2, 3))); }},
      {"empty(12).bernoulli_(0.3)", [] { return listed(wick::empty({12}).bernoulli_(0.3)); }},
      {"Dropout(0.5)(ones(12))",
       [] { return json(wick::dropout(wick::ones({12}), 0.5).to_vector<float>()); }},
      {"rand(2) then randn(3) then randn(3) then rand(2)",
       [] {
         json all = json::array();
         for (const Tensor& x :
              {wick::rand({2}), wick::randn({3}), wick::randn({3}), wick::rand({2})})
           for (const uint32_t bits : bits_of(x)) all.push_back(bits);
         return all;
       }},
      {"randn(4,dtype=f64)",
       [] { return json(wick::randn({4}, wick::float64).to_vector<double>()); }},
  };
  return calls;
}

Tensor transposed() { return wick::empty({5, 4}).t(); }
Tensor permuted() { return wick::empty({3, 4, 5}).permute({2, 0, 1}); }
Tensor counted(const wick::Shape& shape) {
  return wick::arange(static_cast<double>(shape.numel())).view(shape);
}

const std::map<std::string, std::function<Tensor()>>& fills() {
  static const std::map<std::string, std::function<Tensor()>> fills = {
      {"uniform_ [5,4].t()", [] { return transposed().uniform_(-2, 3); }},
      {"normal_ [6,4].t()",
       [] {
         return wick::empty({6, 4}).t().normal_(1, 2);
       }},
      {"uniform_ permuted", [] { return permuted().uniform_(); }},
      {"normal_ permuted", [] { return permuted().normal_(); }},
      {"uniform_ with gaps",
       [] {
         const Tensor x = wick::zeros({4, 12});
         x.slice(1, {}, {}, 2).uniform_(-1, 1);
         return x;
       }},
      {"normal_ with gaps",
       [] {
         const Tensor x = wick::zeros({40, 2});
         x.select(1, 1).normal_(2, 3);
         return x;
       }},
      {"uniform_ long with gaps",
       [] {
         return wick::zeros({900, 2}).select(1, 0).uniform_();
       }},
      {"bernoulli_ [5,4].t()", [] { return transposed().bernoulli_(0.4); }},
      {"random_ [5,4].t()", [] { return transposed().random_(-5, 1000); }},
      {"random_() [5,4].t()", [] { return transposed().random_(); }},
      {"exponential_ [5,4].t()", [] { return transposed().exponential_(2); }},
      {"bernoulli(P.t())",
       [] {
         return wick::bernoulli((counted({4, 5}) / 20).t());
       }},
      {"rand_like [5,4].t()", [] { return wick::rand_like(transposed()); }},
      {"randn_like [5,4].t()", [] { return wick::randn_like(transposed()); }},
      {"randint_like [5,4].t()", [] { return wick::randint_like(transposed(), 3, 90); }},
      {"dropout [5,4].t()",
       [] {
         return wick::dropout(counted({5, 4}).t(), 0.3);
       }},
      {"dropout permuted",
       [] {
         return wick::dropout(counted({3, 4, 5}).permute({2, 0, 1}), 0.1);
       }},
      {"dropout with gaps",
       [] {
         return wick::dropout(counted({4, 10}).slice(1, {}, {}, 2), 0.5);
       }},
      {"dropout_ [5,4].t()",
       [] {
         return wick::dropout_(counted({5, 4}).t(), 0.3);
       }},
      {"dropout [1500]", [] { return wick::dropout(counted({1500}), 0.2); }},
      {"dropout bfloat16", [] { return wick::dropout(counted({30}).to(wick::bfloat16) / 7, 0.1); }},
      {"normal(2,3,[17])", [] { return wick::normal(2, 3, {17}); }},
  };
  return fills;
}

}  // namespace

TEST_CASE("random tensors: every entry of golden/random.json", "[random][golden]") {
  const json golden = read_golden("random.json");
  for (json entry : golden.at("cases")) {
    for (json& value : entry.at("randn(4,dtype=f64)"))
      value = std::stod(value.get<std::string>());  // hexadecimal
    for (const auto& [name, call] : calls()) {
      INFO("seed " << entry.at("seed") << ", " << name);
      wick::manual_seed(entry.at("seed").get<uint64_t>());
      CHECK(call() == entry.at(name));
    }
    // "seed", and "Linear(3,4)", which tests/nn/linear_test.cpp reads.
    CHECK(calls().size() + 2 == entry.size());
  }
}

TEST_CASE("random tensors: other layouts are filled as in PyTorch", "[random][golden]") {
  const json golden = read_golden("random_fills.json").at("fills");
  CHECK(golden.size() == fills().size());
  for (const auto& [name, call] : fills()) {
    INFO(name);
    wick::manual_seed(0);
    CHECK(json(bits_of(call())) == golden.at(name));
  }
}
