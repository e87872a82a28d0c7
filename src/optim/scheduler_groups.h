// Parameter groups as schedulers see them.
#pragma once

#include <fmt/format.h>

#include "optim/group_access.h"
#include "wick/optim/lr_scheduler_base.h"

namespace wick::optim {

/// One value for each group; throws ValueError for another number of them.
inline std::vector<double> for_groups(std::string_view name, const PerGroup& given,
                                      const Optimizer& optimizer) {
  const size_t groups = optimizer.param_group_count();
  const std::vector<double>& values = given.values();
  if (values.size() == 1) return std::vector<double>(groups, values[0]);
  if (values.size() != groups)
    throw ValueError(fmt::format(
        "{0} must have the same length as optimizer.param_groups. {0} has {1} values, param_groups "
        "has {2}.",
        name, values.size(), groups));
  return values;
}

/// The momentum of a group, or the first of its betas; throws ValueError if it has neither.
inline double& momentum_of(const Optimizer& optimizer, size_t group) {
  using detail::GroupAccess;
  if (const auto betas = GroupAccess::option(optimizer, group, "betas")) return betas->pair()[0];
  if (const auto momentum = GroupAccess::option(optimizer, group, "momentum"))
    return momentum->number();
  throw ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
}

}  // namespace wick::optim
