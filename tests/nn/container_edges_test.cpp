// Containers at their ends: positions from both sides and one beyond, names that are numbers, no
// modules at all.
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using Names = std::vector<std::string>;
using wick::Tensor;

/// "0:ReLU 1:Tanh"
template <class Container>
std::string shown(const Container& container) {
  std::string text;
  for (const nn::NamedModule& m : container)
    text += (text.empty() ? "" : " ") + m.name + ":" + std::string(m.module->type_name());
  return text;
}

nn::Sequential two() { return nn::Sequential{nn::ReLU(), nn::Tanh()}; }

}  // namespace

TEST_CASE("positions count from both ends, and one beyond is refused", "[container]") {
  const nn::Sequential net{nn::ReLU(), nn::Tanh(), nn::GELU()};
  for (int64_t i = -3; i < 3; ++i) CHECK(&net[i] == &net[(i + 3) % 3]);
  CHECK(net[-3].type_name() == "ReLU");
  CHECK(net[-1].type_name() == "GELU");
  for (const int64_t bad : {INT64_MIN, int64_t{-4}, int64_t{3}, INT64_MAX})
    CHECK_THROWS_AS(net[bad], wick::IndexError);
  CHECK_THROWS_WITH(net[3], "index 3 is out of range: there are 3 modules");
  CHECK_THROWS_WITH(net[-4], "index -4 is out of range: there are 3 modules");
  CHECK_THROWS_AS(net[static_cast<uint64_t>(INT64_MAX) + 1], wick::IndexError);
  CHECK_THROWS_AS(net[UINT64_MAX - 2], wick::IndexError);  // not -3
  CHECK_THROWS_AS(net[3U], wick::IndexError);
  CHECK(net[uint8_t{2}].type_name() == "GELU");
  const nn::Sequential empty;
  CHECK_THROWS_AS(empty[0], wick::IndexError);
  CHECK_THROWS_AS(empty[-1], wick::IndexError);
  CHECK_THROWS_AS(empty["0"], wick::IndexError);
}

TEST_CASE("insert puts a module before a position, at both ends too", "[container]") {
  const auto inserted = [](int64_t at) {
    nn::Sequential net = two();
    net.insert(at, nn::GELU());
    nn::ModuleList list{nn::ReLU(), nn::Tanh()};
    list.insert(at, nn::GELU());
    CHECK(shown(list) == shown(net));
    return shown(net);
  };
  CHECK(inserted(0) == "0:GELU 1:ReLU 2:Tanh");
  CHECK(inserted(1) == "0:ReLU 1:GELU 2:Tanh");
  CHECK(inserted(2) == "0:ReLU 1:Tanh 2:GELU");
  CHECK(inserted(-1) == "0:ReLU 1:GELU 2:Tanh");
  CHECK(inserted(-2) == "0:GELU 1:ReLU 2:Tanh");
  for (const int64_t bad : {int64_t{3}, int64_t{-3}, INT64_MAX, INT64_MIN}) {
    nn::Sequential net = two();
    CHECK_THROWS_AS(net.insert(bad, nn::GELU()), wick::IndexError);
    CHECK(shown(net) == "0:ReLU 1:Tanh");
    nn::ModuleList list{nn::ReLU()};
    CHECK_THROWS_AS(list.insert(bad, nn::GELU()), wick::IndexError);
    CHECK(list.size() == 1);
  }
  nn::Sequential empty;
  CHECK_THROWS_AS(empty.insert(-1, nn::GELU()), wick::IndexError);
  CHECK_THROWS_AS(empty.insert(1, nn::GELU()), wick::IndexError);
  CHECK(shown(empty.insert(0, nn::GELU())) == "0:GELU");
}

TEST_CASE("erase takes the module at a position out", "[container]") {
  const auto erased = [](int64_t at) {
    nn::Sequential net{nn::ReLU(), nn::Tanh(), nn::GELU()};
    return shown(net.erase(at));
  };
  CHECK(erased(0) == "0:Tanh 1:GELU");
  CHECK(erased(1) == "0:ReLU 1:GELU");
  CHECK(erased(2) == "0:ReLU 1:Tanh");
  CHECK(erased(-1) == "0:ReLU 1:Tanh");
  CHECK(erased(-3) == "0:Tanh 1:GELU");
  for (const int64_t bad : {int64_t{3}, int64_t{-4}}) {
    nn::Sequential net{nn::ReLU(), nn::Tanh(), nn::GELU()};
    CHECK_THROWS_AS(net.erase(bad), wick::IndexError);
    CHECK(net.size() == 3);
  }
  nn::Sequential one{nn::ReLU()};
  CHECK(one.erase(-1).empty());
  CHECK_THROWS_AS(one.erase(0), wick::IndexError);
}

TEST_CASE("names that are numbers follow the positions, others stay", "[container]") {
  nn::Sequential net{{"0", nn::ReLU()}, {"act", nn::Tanh()}, {"2", nn::GELU()}, {"3x", nn::SiLU()}};
  net.erase(0);
  CHECK(shown(net) == "act:Tanh 1:GELU 3x:SiLU");
  net.insert(0, nn::Identity());
  CHECK(shown(net) == "0:Identity act:Tanh 2:GELU 3x:SiLU");
  net.append(nn::Softmax(-1));
  CHECK(shown(net) == "0:Identity act:Tanh 2:GELU 3x:SiLU 4:Softmax");
  // A number that is taken is refused, and nothing is added.
  nn::Sequential taken{{"1", nn::ReLU()}};
  CHECK_THROWS_WITH(taken.append(nn::Tanh()), "Sequential already has a module \"1\"");
  CHECK(shown(taken) == "1:ReLU");
  const nn::Sequential extended = nn::Sequential{{"a", nn::ReLU()}}.extend(two());
  CHECK(shown(extended) == "a:ReLU 1:ReLU 2:Tanh");
}

TEST_CASE("names have at least a letter and no dot, and are there once", "[container]") {
  for (const char* bad : {"", ".", "a.", ".a", "a.b"}) {
    nn::Sequential net = two();
    CHECK_THROWS_AS(net.append(bad, nn::GELU()), wick::ValueError);
    CHECK(net.size() == 2);
    nn::ModuleDict dict{{"a", nn::ReLU()}};
    CHECK_THROWS_AS(dict.insert(bad, nn::GELU()), wick::ValueError);
    CHECK(dict.size() == 1);
    CHECK_THROWS_AS((nn::ModuleDict{{bad, nn::ReLU()}}), wick::ValueError);
    CHECK_THROWS_AS((nn::Sequential{{"x", nn::ReLU()}, {bad, nn::ReLU()}}), wick::ValueError);
  }
  CHECK_THROWS_AS((nn::Sequential{{"x", nn::ReLU()}, {"x", nn::ReLU()}}), wick::ValueError);
  CHECK_THROWS_AS((nn::ModuleDict{{"x", nn::ReLU()}, {"x", nn::ReLU()}}), wick::ValueError);
  CHECK(nn::Sequential{{"X", nn::ReLU()}, {"x", nn::ReLU()}}.size() == 2);
}

TEST_CASE("modules by name", "[container]") {
  nn::Sequential net{{"fc", nn::Linear(1, 2)}, {"act", nn::Tanh()}};
  const nn::Sequential& constant = net;
  CHECK(&net["fc"] == &net[0]);
  CHECK(&constant["act"] == &net[1]);
  CHECK(&constant[std::string_view("fc")] == &net[0]);
  CHECK(net.contains("fc"));
  CHECK_FALSE(net.contains("FC"));
  CHECK_FALSE(net.contains(""));
  CHECK_FALSE(net.contains("f"));
  CHECK_THROWS_WITH(constant["actt"], "Sequential has no module \"actt\"; did you mean \"act\"?");
  CHECK_THROWS_WITH(net["zzz"], "Sequential has no module \"zzz\"");
  nn::ModuleDict dict{{"relu", nn::ReLU()}};
  CHECK_THROWS_WITH(dict.erase("rleu"),
                    "ModuleDict has no module \"rleu\"; did you mean \"relu\"?");
  CHECK(dict.size() == 1);
  // The last one of a dict can be taken out as well as the first.
  dict.insert("tanh", nn::Tanh()).insert("gelu", nn::GELU()).erase("gelu").erase("relu");
  CHECK(shown(dict) == "tanh:Tanh");
}

TEST_CASE("containers are made of vectors, and a clone is of the same type", "[container]") {
  const std::vector<nn::AnyModule> modules{nn::ReLU(), nn::Tanh()};
  CHECK(shown(nn::Sequential(modules)) == "0:ReLU 1:Tanh");
  CHECK(shown(nn::ModuleList(modules)) == "0:ReLU 1:Tanh");
  CHECK(nn::Sequential(std::vector<nn::AnyModule>{}).empty());
  const nn::Sequential sequential(modules);
  const nn::ModuleList list(modules);
  const nn::ModuleDict dict{{"a", nn::ReLU()}};
  const nn::Repeat repeat(2, nn::ReLU());
  const nn::Residual residual{nn::ReLU()};
  for (const nn::ModuleBase* module : std::initializer_list<const nn::ModuleBase*>{
           &sequential, &list, &dict, &repeat, &residual}) {
    const auto copy = module->clone();
    CHECK(copy->type_name() == module->type_name());
    CHECK(copy->to_string() == module->to_string());
    const nn::ModuleBase &one = *copy, &other = *module;
    CHECK(typeid(one) == typeid(other));
  }
  CHECK(sequential.type_name() == "Sequential");
  CHECK(list.type_name() == "ModuleList");
  CHECK(dict.type_name() == "ModuleDict");
  CHECK(repeat.type_name() == "Repeat");
  CHECK(residual.type_name() == "Residual");
  nn::ModuleList extended;
  extended.extend(list).extend(extended);
  CHECK(shown(extended) == "0:ReLU 1:Tanh 2:ReLU 3:Tanh");
  CHECK_THROWS_WITH(list(wick::ones({1})),
                    "ModuleList: Module [ModuleList] is missing the required \"forward\" function");
  CHECK_THROWS_WITH(dict(wick::ones({1})),
                    "ModuleDict: Module [ModuleDict] is missing the required \"forward\" function");
}

TEST_CASE("Repeat: as often as it is told, with weights of one's own or the same", "[container]") {
  const Tensor x = wick::ones({2, 3});
  CHECK(nn::Repeat(0, nn::ReLU())(x).is_same(x));
  CHECK(nn::Repeat(0, nn::ReLU()).empty());
  CHECK(shown(nn::Repeat(3, nn::ReLU())) == "0:ReLU 1:ReLU 2:ReLU");
  CHECK_THROWS_AS(nn::Repeat(-1, nn::ReLU()), nn::OptionError);
  const nn::Linear layer(3, 3);
  const nn::Repeat same(2, layer);
  CHECK(equal(same(x), layer(layer(x))));
  CHECK(equal(same.get_parameter("0.weight"), same.get_parameter("1.weight")));
  CHECK_FALSE(same.get_parameter("0.weight").shares_storage(same.get_parameter("1.weight")));
  int made = 0;
  const auto make = [&] {
    ++made;
    return nn::AnyModule(nn::Linear(3, 3));
  };
  const nn::Repeat own(3, make);
  CHECK(made == 3);
  CHECK_FALSE(equal(own.get_parameter("0.weight"), own.get_parameter("1.weight")));
  CHECK_THROWS_AS(nn::Repeat(-1, make), nn::OptionError);
  CHECK_THROWS_AS(nn::Repeat(2, wick::Callback<nn::AnyModule()>()), wick::ValueError);
  CHECK(made == 3);
}

TEST_CASE("Residual adds its layer to the input, of the same shape only", "[container]") {
  const Tensor x = wick::tensor({{1., -2.}, {0.5, 3.}});
  CHECK(equal(nn::Residual(nn::ReLU())(x), x + wick::relu(x)));
  CHECK(equal(nn::Residual(nn::Identity())(x), x * 2));
  nn::Residual block(nn::Linear(2, 2));
  CHECK(allclose(block(x), x + block.layer(x)));
  CHECK(block.state_dict().contains("layer.weight"));
  CHECK_THROWS_WITH(
      nn::Residual(nn::Linear(2, 1))(x),
      "Residual: its layer's output is added to the input, but their shapes [2, 1] and "
      "[2, 2] differ");  // though they would broadcast
  CHECK_THROWS_AS(nn::Residual(nn::Flatten(0, -1))(x), wick::ShapeError);
}

TEST_CASE("a container whose modules were moved out says so, wherever it is looked into",
          "[container]") {
  nn::Sequential sequential{nn::Linear(2, 2)};
  nn::ModuleList list{nn::Linear(2, 2)};
  nn::ModuleDict dict{{"a", nn::Linear(2, 2)}};
  const nn::Sequential s = std::move(sequential);
  const nn::ModuleList l = std::move(list);
  const nn::ModuleDict d = std::move(dict);
  const auto moved_out = ContainsSubstring("moved out");
  CHECK_THROWS_WITH(sequential(wick::ones({1, 2})), moved_out);
  CHECK_THROWS_WITH(sequential.size(), moved_out);
  CHECK_THROWS_WITH(sequential[0], moved_out);
  CHECK_THROWS_WITH(list.size(), moved_out);
  CHECK_THROWS_WITH(list.empty(), moved_out);
  CHECK_THROWS_WITH(list[0], moved_out);
  CHECK_THROWS_WITH(dict["a"], moved_out);
  CHECK_THROWS_WITH(dict.contains("a"), moved_out);
  CHECK_THROWS_WITH(nn::to_json(sequential), moved_out);
  // Until something is put in.
  list.append(nn::ReLU());
  CHECK(list.size() == 1);
  sequential.clear();
  CHECK(sequential.empty());
  sequential = s;
  CHECK(sequential.size() == 1);
}
