// Parameter groups as schedulers see them.
#pragma once

#include <fmt/format.h>

#include <cmath>

#include "optim/group_access.h"
#include "wick/optim/lr_scheduler_base.h"

namespace wick::optim {

/// Throws ValueError for nan and infinity.
inline void check_number(std::string_view name, double value) {
  if (!std::isfinite(value))
    throw ValueError(fmt::format("Expected a finite {}, but got {}", name, value));
}

/// One value for each group; throws ValueError for another number of them, for nan and infinity.
inline std::vector<double> for_groups(std::string_view name, const PerGroup& given,
                                      const Optimizer& optimizer) {
  const size_t groups = optimizer.param_group_count();
  const std::vector<double>& values = given.values();
  if (!values.empty() && values[0] == required)
    throw ValueError(fmt::format("the scheduler needs a value of {}", name));
  for (const double value : values) check_number(name, value);
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
