#include "wick/nn/parameter_list.h"

#include <algorithm>

#include "nn/near_names.h"
#include "wick/format.h"

namespace wick::nn {
namespace {

/// "2x3", as PyTorch writes sizes here.
std::string sizes_text(const Shape& shape) {
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

/// "FloatTensor", as PyTorch's older names are.
std::string_view type_of(const Tensor& t) {
  switch (t.dtype()) {
    case DType::float32:
      return "FloatTensor";
    case DType::float64:
      return "DoubleTensor";
    case DType::float16:
      return "HalfTensor";
    case DType::bfloat16:
      return "BFloat16Tensor";
    case DType::int64:
      return "LongTensor";
    case DType::int32:
      return "IntTensor";
    case DType::uint8:
      return "ByteTensor";
    default:
      return "BoolTensor";
  }
}

/// *to = from, for two modules of the type M; false if one of them is derived from it.
template <class M>
bool assign_as(M& to, const ModuleBase& from) {
  if (typeid(to) != typeid(M) || typeid(from) != typeid(M)) return false;
  to = static_cast<const M&>(from);
  return true;
}

}  // namespace

std::vector<Tensor> ParameterContainer::call(const std::vector<Tensor>&) const {
  throw Error(fmt::format("{} should not be called.", type_name()));
}

std::string ParameterContainer::extra_repr() const {
  const bool list = dynamic_cast<const ParameterList*>(this) != nullptr;
  std::string text;
  for (const NamedParameter& p : items_) {
    text += fmt::format("{}  ({}): ", text.empty() ? "" : "\n", p.name);
    if (!p.value.defined())
      text += "None";
    else
      text +=
          fmt::format("Parameter containing: [{} of size {}]",
                      list ? name(p.value.dtype()) : type_of(p.value), sizes_text(p.value.shape()));
  }
  return text;
}

void ParameterContainer::visit(Visitor& visitor) {
  const detail::VisitScope scope;
  visitor.parameters("parameters", items_);
}

void ParameterContainer::set(std::string name, const Tensor& value) {
  if (name.empty()) throw ValueError("parameter name can't be empty string \"\"");
  if (name.find('.') != std::string::npos)
    throw ValueError(fmt::format("parameter name can't contain \".\", got: {}", name));
  for (NamedParameter& p : items_)
    if (p.name == name) {
      p.value = Parameter(value);
      return;
    }
  items_.push_back({std::move(name), Parameter(value)});
}

Parameter& ParameterContainer::item(int64_t index) {
  const auto n = static_cast<int64_t>(items_.size());
  if (index < -n || index >= n)
    throw IndexError(fmt::format("index {} is out of range: there are {} parameters", index, n));
  return items_[static_cast<size_t>(index < 0 ? index + n : index)].value;
}

Parameter& ParameterContainer::item(std::string_view name) {
  std::vector<std::string> names;
  for (NamedParameter& p : items_) {
    if (p.name == name) return p.value;
    names.push_back(p.name);
  }
  throw IndexError(
      fmt::format("{} has no parameter \"{}\"{}", type_name(), name, did_you_mean(name, names)));
}

ParameterList::ParameterList(std::initializer_list<Tensor> values) {
  for (const Tensor& value : values) append(value);
}
ParameterList::ParameterList(const std::vector<Tensor>& values) { extend(values); }
ParameterList& ParameterList::append(const Tensor& value) {
  items_.push_back({std::to_string(items_.size()), Parameter(value)});
  return *this;
}
ParameterList& ParameterList::extend(const std::vector<Tensor>& values) {
  for (const Tensor& value : values) append(value);
  return *this;
}
std::unique_ptr<ModuleBase> ParameterList::clone() const {
  return std::make_unique<ParameterList>(*this);
}
bool ParameterList::assign(const ModuleBase& other) { return assign_as(*this, other); }

ParameterDict::ParameterDict(std::initializer_list<std::pair<std::string, Tensor>> values) {
  for (const auto& [name, value] : values) insert(name, value);
}
bool ParameterDict::contains(std::string_view name) const {
  return std::any_of(begin(), end(), [name](const NamedParameter& p) { return p.name == name; });
}
ParameterDict& ParameterDict::insert(std::string name, const Tensor& value) {
  set(std::move(name), value);
  return *this;
}
ParameterDict& ParameterDict::erase(std::string_view name) {
  item(name);  // throws if there is none
  std::erase_if(items_, [name](const NamedParameter& p) { return p.name == name; });
  return *this;
}
std::unique_ptr<ModuleBase> ParameterDict::clone() const {
  return std::make_unique<ParameterDict>(*this);
}
bool ParameterDict::assign(const ModuleBase& other) { return assign_as(*this, other); }

}  // namespace wick::nn
