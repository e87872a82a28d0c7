#include "wick/nn/container.h"

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

template <class Container>
std::vector<std::string> names(const Container& container) {
  std::vector<std::string> result;
  for (const nn::NamedModule& m : container) result.push_back(m.name);
  return result;
}

}  // namespace

TEST_CASE("Sequential runs its modules in order", "[container]") {
  wick::manual_seed(0);
  const nn::Linear first(3, 4), last(4, 2);
  const nn::Sequential net{first, nn::Tanh(), last};
  const Tensor x = wick::randn({5, 3});
  CHECK(equal(net(x), last(tanh(first(x)))));
  CHECK(net.size() == 3);
  CHECK(nn::Sequential()(x).is_same(x));
  CHECK(net[-1].as<nn::Linear>().options.out_features == 2);
  CHECK_THROWS_AS(net[3], wick::IndexError);
  CHECK_THROWS_AS(net[-4], wick::IndexError);
  for (size_t i = 0; i < net.size(); ++i) CHECK(&net[i] == &net[static_cast<int>(i)]);
  CHECK_THROWS_AS(net[SIZE_MAX], wick::IndexError);  // not the last one
}

TEST_CASE("Sequential nests, and copies are deep", "[container]") {
  nn::Sequential inner{nn::Linear(2, 2), nn::Sequential{nn::ReLU(), nn::Linear(2, 2)}};
  nn::Sequential net{inner, nn::ReLU()};
  std::vector<std::string> parameters;
  for (const auto& [name, p] : net.named_parameters()) parameters.push_back(name);
  CHECK(parameters ==
        std::vector<std::string>{"0.0.weight", "0.0.bias", "0.1.1.weight", "0.1.1.bias"});
  CHECK_FALSE(net.get_parameter("0.0.weight").shares_storage(inner.get_parameter("0.weight")));

  const nn::Sequential copy(net);
  CHECK(copy.size() == 2);
  nn::Sequential alone(inner);  // one Sequential is copied, not nested
  CHECK(alone.size() == 2);
  CHECK(names(nn::Sequential().append(inner)) == std::vector<std::string>{"0"});
}

TEST_CASE("Sequential has names", "[container]") {
  nn::Sequential net{{"fc", nn::Linear(4, 8)}, {"act", nn::ReLU()}};
  CHECK(names(net) == std::vector<std::string>{"fc", "act"});
  CHECK(net["fc"].as<nn::Linear>().options.out_features == 8);
  CHECK(net.contains("act"));
  CHECK(net.state_dict().contains("fc.weight"));
  net.append(nn::Tanh());
  CHECK(names(net) == std::vector<std::string>{"fc", "act", "2"});
  CHECK_THROWS_WITH(net["fcc"], "Sequential has no module \"fcc\"; did you mean \"fc\"?");
  CHECK_THROWS_WITH(net.append("fc", nn::ReLU()), "Sequential already has a module \"fc\"");
  CHECK_THROWS_WITH(net.append("", nn::ReLU()), "module name can't be empty string \"\"");
  CHECK_THROWS_AS(net.append("a.b", nn::ReLU()), wick::ValueError);
  CHECK(net.size() == 3);
}

TEST_CASE("Sequential inserts, extends and erases", "[container]") {
  nn::Sequential net{nn::ReLU(), nn::Tanh()};
  net.insert(1, nn::Sigmoid());
  CHECK(net[1].type_name() == "Sigmoid");
  CHECK(names(net) == std::vector<std::string>{"0", "1", "2"});
  net.insert(3, nn::GELU()).insert(-1, nn::SiLU());
  CHECK(net[3].type_name() == "SiLU");
  CHECK(net[4].type_name() == "GELU");
  CHECK_THROWS_AS(net.insert(9, nn::ReLU()), wick::IndexError);
  net.extend(net);
  CHECK(net.size() == 10);
  net.erase(0).erase(-1);
  CHECK(net.size() == 8);
  CHECK(names(net).back() == "7");
  CHECK_THROWS_AS(net.erase(8), wick::IndexError);
  net.clear();
  CHECK(net.empty());
}

TEST_CASE("ModuleList and ModuleDict hold modules for a forward of one's own", "[container]") {
  nn::ModuleList list{nn::Linear(2, 2), nn::Linear(2, 2)};
  list.append(nn::ReLU()).insert(0, nn::Identity()).extend(nn::ModuleList{nn::Tanh()});
  CHECK(list.size() == 5);
  CHECK(list[0].type_name() == "Identity");
  CHECK(list[4].type_name() == "Tanh");
  Tensor x = wick::ones({2});
  for (const nn::NamedModule& m : list) x = m.module(x);
  CHECK(x.shape() == wick::Shape{2});
  CHECK_THROWS_AS(list(x), wick::Error);

  nn::ModuleDict dict{{"relu", nn::ReLU()}, {"tanh", nn::Tanh()}};
  CHECK(dict["relu"](wick::full({1}, -1.0)).item<float>() == 0);
  dict.insert("relu", nn::Sigmoid()).insert("more", nn::GELU());
  CHECK(names(dict) == std::vector<std::string>{"relu", "tanh", "more"});
  CHECK(dict["relu"].type_name() == "Sigmoid");
  dict.erase("relu");
  CHECK(names(dict) == std::vector<std::string>{"tanh", "more"});
  CHECK_THROWS_AS(dict.erase("relu"), wick::IndexError);
  nn::ModuleDict numbers{{"10", nn::ReLU()}, {"20", nn::Tanh()}, {"30", nn::Identity()}};
  numbers.erase("10");  // keys are keys, and not positions
  CHECK(numbers.contains("20"));
  CHECK(numbers.contains("30"));
  CHECK(numbers.size() == 2);
  CHECK_THROWS_AS(dict(x), wick::Error);
}

TEST_CASE("deep nesting neither overflows nor loses the way", "[container]") {
  nn::Sequential net{nn::Linear(2, 2)};
  for (int i = 0; i < 300; ++i) {
    nn::Sequential outer;
    outer.append(std::move(net));
    net = std::move(outer);
  }
  CHECK(net(wick::ones({1, 2})).shape() == wick::Shape{1, 2});
  CHECK(net.named_parameters().size() == 2);
  const nn::Sequential copy = net;
  CHECK(copy.to_string().size() > 1000);
  CHECK_THROWS_WITH(net(wick::ones({1, 3})), ContainsSubstring("0.0.0.0 (Linear(2 -> 2)): mat1"));
}
