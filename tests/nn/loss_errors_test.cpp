// What PyTorch answers to mistakes with losses: golden/losses.json and golden/errors.json.
#include <fstream>

#include "catch.h"
#include "golden_path.h"
#include "nn/loss_golden.h"
#include "says_more.h"
#include "wick/format.h"

namespace {

using loss_golden::json;
namespace F = wick::nn::functional;
using wick::Tensor;
using wick::tensor;
using Case = std::function<void()>;

Tensor o(std::initializer_list<int64_t> shape) { return wick::ones(shape); }
Tensor L(std::initializer_list<int64_t> shape) { return wick::ones(shape, wick::int64); }

/// The snippets of golden/generate_losses.py.
const std::map<std::string, Case>& mistakes() {
  static const std::map<std::string, Case> cases{
      {"F.cross_entropy(o(2,3), L(2,3))",
       [] {
         F::cross_entropy(o({2, 3}), L({2, 3}));
       }},
      {"F.cross_entropy(o(2,3), o(2,3), ignore_index=1)",
       [] {
         F::cross_entropy(o({2, 3}), o({2, 3}), {.ignore_index = 1});
       }},
      {"F.cross_entropy(o(2,3), o(2,4))",
       [] {
         F::cross_entropy(o({2, 3}), o({2, 4}));
       }},
      {"F.cross_entropy(o(2,3), T([0,-1]))",
       [] {
         F::cross_entropy(o({2, 3}), tensor({0, -1}));
       }},
      {"F.cross_entropy(o(2,3), T([3,-100]), ignore_index=3)",
       [] {
         F::cross_entropy(o({2, 3}), tensor({3, -100}), {.ignore_index = 3});
       }},
      {"F.cross_entropy(o(2,3,2), T([[0,3],[7,1]]))",
       [] {
         F::cross_entropy(o({2, 3, 2}), tensor({{0, 3}, {7, 1}}));
       }},
      {"F.cross_entropy(o(2,3), T([0,3]), label_smoothing=0.1)",
       [] {
         F::cross_entropy(o({2, 3}), tensor({0, 3}), {.label_smoothing = 0.1});
       }},
      {"F.cross_entropy(o(3), T(3))", [] { F::cross_entropy(o({3}), tensor(3)); }},
      {"F.cross_entropy(o(3), T([1,1]))",
       [] {
         F::cross_entropy(o({3}), tensor({1, 1}));
       }},
      {"F.cross_entropy(o(2,0), L(2))",
       [] {
         F::cross_entropy(o({2, 0}), L({2}));
       }},
      {"F.cross_entropy(o(2,3,4), L(2,5))",
       [] {
         F::cross_entropy(o({2, 3, 4}), L({2, 5}));
       }},
      {"F.cross_entropy(o(2,3,4), L(2))",
       [] {
         F::cross_entropy(o({2, 3, 4}), L({2}));
       }},
      {"F.cross_entropy(o(2,3,4,5,6), L(2,4,6,5))",
       [] {
         F::cross_entropy(o({2, 3, 4, 5, 6}), L({2, 4, 6, 5}));
       }},
      {"F.cross_entropy(o(2,3), L(2,1))",
       [] {
         F::cross_entropy(o({2, 3}), L({2, 1}));
       }},
      {"F.cross_entropy(o(2,3), T(0))",
       [] {
         F::cross_entropy(o({2, 3}), tensor(0));
       }},
      {"F.cross_entropy(o(2,3), L(2), weight=o(2))",
       [] {
         F::cross_entropy(o({2, 3}), L({2}), {.weight = o({2})});
       }},
      {"F.cross_entropy(o(2,3), L(2), weight=o(1,3))",
       [] {
         F::cross_entropy(o({2, 3}), L({2}), {.weight = o({1, 3})});
       }},
      {"F.cross_entropy(o(2,3), o(2,3), weight=o(2))",
       [] {
         F::cross_entropy(o({2, 3}), o({2, 3}), {.weight = o({2})});
       }},
      {"F.cross_entropy(o(2,3), L(2), weight=o(3).double())",
       [] {
         F::cross_entropy(o({2, 3}), L({2}), {.weight = o({3}).to(wick::float64)});
       }},
      {"F.cross_entropy(o(2,3), o(2,3), label_smoothing=1.5)",
       [] {
         F::cross_entropy(o({2, 3}), o({2, 3}), {.label_smoothing = 1.5});
       }},
      {"F.cross_entropy(o(2,3).long(), L(2))",
       [] {
         F::cross_entropy(o({2, 3}).to(wick::int64), L({2}));
       }},
      {"F.nll_loss(T(1.), T(0))", [] { F::nll_loss(tensor(1.0), tensor(0)); }},
      {"F.nll_loss(o(2,3), o(2,3))",
       [] {
         F::nll_loss(o({2, 3}), o({2, 3}));
       }},
      {"F.nll_loss(o(2,3,4), L(2,5))",
       [] {
         F::nll_loss(o({2, 3, 4}), L({2, 5}));
       }},
      {"F.nll_loss(o(2,3).long(), L(2))",
       [] {
         F::nll_loss(o({2, 3}).to(wick::int64), L({2}));
       }},
      {"F.mse_loss(o(2,3), o(4))",
       [] {
         F::mse_loss(o({2, 3}), o({4}));
       }},
      {"F.mse_loss(L(2), L(2))", [] { F::mse_loss(L({2}), L({2})); }},
      {"F.mse_loss(o(2), o(2), reduction='batchmean')",
       [] { F::mse_loss(o({2}), o({2}), {.reduction = "batchmean"}); }},
      {"F.l1_loss(L(2), L(2))", [] { F::l1_loss(L({2}), L({2})); }},
      {"F.smooth_l1_loss(o(2), o(2), beta=-1.)",
       [] { F::smooth_l1_loss(o({2}), o({2}), {.beta = -1.0}); }},
      {"F.smooth_l1_loss(L(2), L(2))", [] { F::smooth_l1_loss(L({2}), L({2})); }},
      {"F.huber_loss(o(2), o(2), delta=0.)", [] { F::huber_loss(o({2}), o({2}), {.delta = 0.0}); }},
      {"F.huber_loss(L(2), L(2))", [] { F::huber_loss(L({2}), L({2})); }},
      {"F.binary_cross_entropy(o(2), o(2), weight=o(3,2))",
       [] {
         F::binary_cross_entropy(o({2}), o({2}), {.weight = o({3, 2})});
       }},
      {"F.binary_cross_entropy(L(2), L(2))", [] { F::binary_cross_entropy(L({2}), L({2})); }},
      {"F.binary_cross_entropy(o(2), L(2))", [] { F::binary_cross_entropy(o({2}), L({2})); }},
      {"F.binary_cross_entropy(T([-0.1]), o(1))",
       [] { F::binary_cross_entropy(tensor({-0.1}), o({1})); }},
      {"F.binary_cross_entropy(T([float('nan')]), o(1))",
       [] { F::binary_cross_entropy(tensor({std::nan("")}), o({1})); }},
      {"F.binary_cross_entropy(o(1), T([1.5]))",
       [] { F::binary_cross_entropy(o({1}), tensor({1.5})); }},
      {"F.binary_cross_entropy_with_logits(o(2), o(3))",
       [] { F::binary_cross_entropy_with_logits(o({2}), o({3})); }},
      {"F.binary_cross_entropy_with_logits(o(2), o(2), weight=o(3))",
       [] { F::binary_cross_entropy_with_logits(o({2}), o({2}), {.weight = o({3})}); }},
      {"F.binary_cross_entropy_with_logits(o(2), o(2), weight=o(3,2))",
       [] {
         F::binary_cross_entropy_with_logits(o({2}), o({2}), {.weight = o({3, 2})});
       }},
      {"F.binary_cross_entropy_with_logits(o(2), o(2), pos_weight=o(3))",
       [] { F::binary_cross_entropy_with_logits(o({2}), o({2}), {.pos_weight = o({3})}); }},
      {"F.binary_cross_entropy_with_logits(o(2,1), o(2,1), pos_weight=o(3))",
       [] {
         F::binary_cross_entropy_with_logits(o({2, 1}), o({2, 1}), {.pos_weight = o({3})});
       }},
      {"F.binary_cross_entropy_with_logits(L(2), L(2))",
       [] { F::binary_cross_entropy_with_logits(L({2}), L({2})); }},
      {"F.binary_cross_entropy_with_logits(o(2), L(2))",
       [] { F::binary_cross_entropy_with_logits(o({2}), L({2})); }},
      {"F.kl_div(o(2), o(2), reduction='avg')",
       [] { F::kl_div(o({2}), o({2}), {.reduction = "avg"}); }},
      {"F.kl_div(L(2), L(2))", [] { F::kl_div(L({2}), L({2})); }},
      {"F.kl_div(o(2), L(2))", [] { F::kl_div(o({2}), L({2})); }},
      {"F.cosine_embedding_loss(o(2,3), o(2,3), o(2,1))",
       [] {
         F::cosine_embedding_loss(o({2, 3}), o({2, 3}), o({2, 1}));
       }},
      {"F.cosine_embedding_loss(o(2,3), o(2,3), T(1.))",
       [] {
         F::cosine_embedding_loss(o({2, 3}), o({2, 3}), tensor(1.0));
       }},
      {"F.cosine_embedding_loss(o(3), o(3), o(1))",
       [] { F::cosine_embedding_loss(o({3}), o({3}), o({1})); }},
      {"F.cosine_embedding_loss(o(2,3), o(2,4), o(2))",
       [] {
         F::cosine_embedding_loss(o({2, 3}), o({2, 4}), o({2}));
       }},
      {"F.margin_ranking_loss(o(2), o(3), o(2))",
       [] { F::margin_ranking_loss(o({2}), o({3}), o({2})); }},
      {"F.margin_ranking_loss(o(2), o(2,1), o(2))",
       [] {
         F::margin_ranking_loss(o({2}), o({2, 1}), o({2}));
       }},
      {"F.triplet_margin_loss(o(2,3), o(3), o(2,3))",
       [] {
         F::triplet_margin_loss(o({2, 3}), o({3}), o({2, 3}));
       }},
      {"F.triplet_margin_loss(o(2,3), o(2,3), o(2,3), margin=0.)",
       [] {
         F::triplet_margin_loss(o({2, 3}), o({2, 3}), o({2, 3}), {.margin = 0.0});
       }},
      {"F.triplet_margin_loss(o(2,3), o(2,3), o(2,3), reduction='x')",
       [] {
         F::triplet_margin_loss(o({2, 3}), o({2, 3}), o({2, 3}), {.reduction = "x"});
       }},
      {"F.poisson_nll_loss(o(2), o(2), reduction='x')",
       [] { F::poisson_nll_loss(o({2}), o({2}), {.reduction = "x"}); }},
      {"F.gaussian_nll_loss(o(2), o(2), -o(2))",
       [] { F::gaussian_nll_loss(o({2}), o({2}), -o({2})); }},
      {"F.gaussian_nll_loss(o(2,3), o(2,3), o(3))",
       [] {
         F::gaussian_nll_loss(o({2, 3}), o({2, 3}), o({3}));
       }},
      {"F.gaussian_nll_loss(o(2,3), o(2,3), o(1,1))",
       [] {
         F::gaussian_nll_loss(o({2, 3}), o({2, 3}), o({1, 1}));
       }},
      {"F.gaussian_nll_loss(o(2,3), o(2,3), T(1.))",
       [] {
         F::gaussian_nll_loss(o({2, 3}), o({2, 3}), tensor(1.0));
       }},
      {"F.cosine_similarity(o(2,3), o(2,4))",
       [] {
         F::cosine_similarity(o({2, 3}), o({2, 4}));
       }},
      {"F.cosine_similarity(L(2,3), L(2,3))",
       [] {
         F::cosine_similarity(L({2, 3}), L({2, 3}));
       }},
      {"F.pairwise_distance(o(2,3), o(2,4))",
       [] {
         F::pairwise_distance(o({2, 3}), o({2, 4}));
       }},
      {"F.logsigmoid(L(2))", [] { F::logsigmoid(L({2})); }},
      {"torch.nn.TripletMarginLoss(margin=-1.5)",
       [] { wick::nn::TripletMarginLoss({.margin = -1.5}); }},
  };
  return cases;
}

std::string without_torch(std::string text) {
  for (size_t at = 0; (at = text.find("torch.Size(", at)) != std::string::npos;) {
    text.erase(text.find(')', at), 1);
    text.erase(at, std::string_view("torch.Size(").size());
  }
  return text;
}

/// The kinds of PyTorch that say more than RuntimeError, as wick's.
bool fits(const std::string& kind, const wick::Error& error) {
  if (kind == "ValueError") return dynamic_cast<const wick::ValueError*>(&error) != nullptr;
  if (kind == "IndexError") return dynamic_cast<const wick::IndexError*>(&error) != nullptr;
  return kind == "RuntimeError" || kind == "NotImplementedError";
}

void check_answer(const json& entry, const Case& mistake) {
  const auto kind = entry["kind"].get<std::string>();
  std::string message = "(no error)";
  try {
    mistake();
  } catch (const wick::Error& error) {
    message = error.what();
    CHECK(fits(kind, error));
  }
  const std::string expected = without_torch(entry["message"].get<std::string>());
  INFO(message << " | " << expected);
  CHECK(answers_as(message, expected));
}

}  // namespace

TEST_CASE("mistakes with losses are answered as PyTorch answers them", "[loss][errors][golden]") {
  size_t checked = 0;
  for (const json& entry : loss_golden::file()["errors"]) {
    const auto name = entry["case"].get<std::string>();
    INFO(name);
    REQUIRE(entry["kind"] != "OK");
    REQUIRE(mistakes().contains(name));
    check_answer(entry, mistakes().at(name));
    ++checked;
  }
  CHECK(checked == mistakes().size());
}

TEST_CASE("the losses among the common mistakes", "[loss][errors][golden]") {
  const std::map<std::string, Case> cases{
      {"CrossEntropy batch mismatch",
       [] {
         F::cross_entropy(o({2, 3}), tensor({0}));
       }},
      {"CrossEntropy target oob",
       [] {
         F::cross_entropy(o({2, 3}), tensor({0, 3}));
       }},
      {"CrossEntropy target dtype",
       [] {
         F::cross_entropy(o({2, 3}), tensor({0., 1.}));
       }},
      {"CrossEntropy int32 target",
       [] {
         F::cross_entropy(o({2, 3}), tensor({0, 1}).to(wick::int32));
       }},
      {"CrossEntropy label_smoothing",
       [] { wick::nn::CrossEntropyLoss({.label_smoothing = 1.5}); }},
      {"reduction", [] { F::mse_loss(o({2}), o({2}), {.reduction = "avg"}); }},
      {"l1 incompatible", [] { F::l1_loss(o({2}), o({3})); }},
      {"bce range", [] { F::binary_cross_entropy(tensor({1.5}), o({1})); }},
      {"bce shape", [] { F::binary_cross_entropy(o({1}), o({2})); }},
      {"nll",
       [] {
         F::nll_loss(o({2, 3}), tensor({0}));
       }},
  };
  std::ifstream in(golden_path("errors.json"));
  const json golden = json::parse(in);
  size_t checked = 0;
  for (const json& entry : golden["cases"]) {
    const auto name = entry["case"].get<std::string>();
    if (!cases.contains(name)) continue;
    INFO(name);
    check_answer(entry, cases.at(name));
    ++checked;
  }
  CHECK(checked == cases.size());
}
