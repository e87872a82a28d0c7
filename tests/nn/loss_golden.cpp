#include "nn/loss_golden.h"

#include <fstream>

#include "golden_path.h"
#include "wick/random.h"

namespace loss_golden {
namespace {

namespace F = wick::nn::functional;
namespace nn = wick::nn;

/// The tensor that an input like c5[2,3] stands for; see golden/generate_losses.py.
Tensor draw(const std::string& spec, DType dtype) {
  const size_t bracket = spec.find('[');
  wick::Shape shape;
  for (size_t at = bracket + 1; spec[at] != ']';) {
    size_t length = 0;
    shape.push_back(std::stoll(spec.substr(at), &length));
    at += length + (spec[at + length] == ',');
  }
  switch (spec[0]) {
    case 'c':
      return wick::randint(0, std::stoll(spec.substr(1)), shape);
    case 's':
      return (wick::randint(0, 2, shape) * 2 - 1).to(dtype);
    case 'k':
      return wick::randint(0, 6, shape).to(dtype);
    case 'n':
      return wick::randn(shape).to(dtype);
    case 'u':
      return wick::rand(shape).to(dtype);
    default:
      return wick::rand(shape).to(dtype) + 0.1;
  }
}

wick::Shape shape_of(const json& values) {
  wick::Shape shape;
  for (const json* v = &values; v->is_array(); v = &v->front())
    shape.push_back(static_cast<int64_t>(v->size()));
  return shape;
}

bool all_integers(const json& values) {
  if (!values.is_array()) return values.is_number_integer();
  for (const json& v : values)
    if (!all_integers(v)) return false;
  return true;
}

template <class Options, class F>
Function two(F f) {
  return [f](const Call& c) {
    return f(c.inputs.at(0), c.inputs.at(1), read_options<Options>(c.options, c.dtype));
  };
}

template <class Options, class F>
Function three(F f) {
  return [f](const Call& c) {
    return f(c.inputs.at(0), c.inputs.at(1), c.inputs.at(2),
             read_options<Options>(c.options, c.dtype));
  };
}

template <class M>
Function module() {
  return [](const Call& c) {
    const M loss(read_options<typename M::Options>(c.options, c.dtype));
    if constexpr (std::derived_from<M, nn::Loss>)
      return loss(c.inputs.at(0), c.inputs.at(1));
    else
      return loss(c.inputs.at(0), c.inputs.at(1), c.inputs.at(2));
  };
}

}  // namespace

const json& file() {
  static const json content = [] {
    std::ifstream in(golden_path("losses.json"));
    return json::parse(in);
  }();
  return content;
}

std::vector<double> numbers(const json& values) {
  if (!values.is_array()) return {number(values)};
  std::vector<double> result;
  for (const json& v : values)
    for (const double x : numbers(v)) result.push_back(x);
  return result;
}

Tensor tensor_of(const json& values, DType dtype) {
  return wick::tensor(numbers(values)).to(dtype).view(shape_of(values));
}

Call random_call(const json& entry, std::vector<size_t>* drawn) {
  Call call;
  call.options = entry["options"];
  call.dtype = entry["dtype"] == "float64" ? wick::float64 : wick::float32;
  wick::manual_seed(entry["seed"].get<uint64_t>());
  std::string specs = entry["inputs"].get<std::string>() + " ";
  for (size_t space; (space = specs.find(' ')) != std::string::npos;) {
    const std::string spec = specs.substr(0, space);
    if (drawn && std::string("nuv").find(spec[0]) != std::string::npos)
      drawn->push_back(call.inputs.size());
    call.inputs.push_back(draw(spec, call.dtype));
    specs.erase(0, space + 1);
  }
  return call;
}

Call edge_call(const json& entry) {
  Call call;
  call.options = entry["options"];
  for (const json& values : entry["inputs"])
    call.inputs.push_back(tensor_of(values, all_integers(values) ? wick::int64 : wick::float32));
  return call;
}

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> table{
      {"mse_loss", two<nn::LossOptions>(F::mse_loss)},
      {"l1_loss", two<nn::LossOptions>(F::l1_loss)},
      {"smooth_l1_loss", two<nn::SmoothL1LossOptions>(F::smooth_l1_loss)},
      {"huber_loss", two<nn::HuberLossOptions>(F::huber_loss)},
      {"poisson_nll_loss", two<nn::PoissonNLLLossOptions>(F::poisson_nll_loss)},
      {"gaussian_nll_loss", three<nn::GaussianNLLLossOptions>(F::gaussian_nll_loss)},
      {"cross_entropy", two<nn::CrossEntropyLossOptions>(F::cross_entropy)},
      {"nll_loss", two<nn::NLLLossOptions>(F::nll_loss)},
      {"binary_cross_entropy", two<nn::BCELossOptions>(F::binary_cross_entropy)},
      {"binary_cross_entropy_with_logits",
       two<nn::BCEWithLogitsLossOptions>(F::binary_cross_entropy_with_logits)},
      {"kl_div", two<nn::KLDivLossOptions>(F::kl_div)},
      {"cosine_embedding_loss", three<nn::CosineEmbeddingLossOptions>(F::cosine_embedding_loss)},
      {"hinge_embedding_loss", two<nn::HingeEmbeddingLossOptions>(F::hinge_embedding_loss)},
      {"margin_ranking_loss", three<nn::MarginRankingLossOptions>(F::margin_ranking_loss)},
      {"triplet_margin_loss", three<nn::TripletMarginLossOptions>(F::triplet_margin_loss)},
      {"cosine_similarity",
       [](const Call& c) {
         return F::cosine_similarity(c.inputs.at(0), c.inputs.at(1),
                                     c.options.value("dim", int64_t{1}));
       }},
      {"pairwise_distance",
       [](const Call& c) {
         return F::pairwise_distance(c.inputs.at(0), c.inputs.at(1), c.options.value("p", 2.0),
                                     c.options.value("eps", 1e-6),
                                     c.options.value("keepdim", false));
       }},
      {"logsigmoid", [](const Call& c) { return F::logsigmoid(c.inputs.at(0)); }},
  };
  return table;
}

const std::map<std::string, Function>& modules() {
  static const std::map<std::string, Function> table{
      {"mse_loss", module<nn::MSELoss>()},
      {"l1_loss", module<nn::L1Loss>()},
      {"smooth_l1_loss", module<nn::SmoothL1Loss>()},
      {"huber_loss", module<nn::HuberLoss>()},
      {"poisson_nll_loss", module<nn::PoissonNLLLoss>()},
      {"gaussian_nll_loss", module<nn::GaussianNLLLoss>()},
      {"cross_entropy", module<nn::CrossEntropyLoss>()},
      {"nll_loss", module<nn::NLLLoss>()},
      {"binary_cross_entropy", module<nn::BCELoss>()},
      {"binary_cross_entropy_with_logits", module<nn::BCEWithLogitsLoss>()},
      {"kl_div", module<nn::KLDivLoss>()},
      {"cosine_embedding_loss", module<nn::CosineEmbeddingLoss>()},
      {"hinge_embedding_loss", module<nn::HingeEmbeddingLoss>()},
      {"margin_ranking_loss", module<nn::MarginRankingLoss>()},
      {"triplet_margin_loss", module<nn::TripletMarginLoss>()},
  };
  return table;
}

}  // namespace loss_golden
