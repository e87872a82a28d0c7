#include "wick/nn/module_of.h"

namespace wick::nn {

template class ModuleOf<Tensor(const Tensor&, const Tensor&)>;
template class ModuleOf<Tensor(const Tensor&, const Tensor&, const Tensor&)>;

}  // namespace wick::nn
