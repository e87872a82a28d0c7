// What schedulers read and write in the parameter groups of any optimizer.
#pragma once

#include <optional>

#include "wick/optim/optimizer.h"

namespace wick::optim::detail {

struct GroupAccess {
  /// The names under which schedulers keep numbers with a group, as PyTorch does.
  static constexpr std::array<std::string_view, 5> extra_names = {"initial_lr", "max_lr", "min_lr",
                                                                  "max_momentum", "base_momentum"};

  static std::optional<double> extra(const Optimizer& optimizer, size_t group,
                                     std::string_view name) {
    for (const auto& [key, value] : optimizer.extras_[group])
      if (key == name) return value;
    return {};
  }
  /// `name` must be one of extra_names.
  static void set_extra(Optimizer& optimizer, size_t group, std::string_view name, double value) {
    for (auto& [key, place] : optimizer.extras_[group])
      if (key == name) {
        place = value;
        return;
      }
    optimizer.extras_[group].emplace_back(name, value);
  }

  /// From now on the optimizer's steps matter to a scheduler.
  static void await_step(Optimizer& optimizer) {
    if (optimizer.steps_ == Optimizer::Steps::none) optimizer.steps_ = Optimizer::Steps::awaited;
  }
  /// True if the optimizer has not stepped since.
  static bool awaits_step(const Optimizer& optimizer) {
    return optimizer.steps_ == Optimizer::Steps::awaited;
  }

  /// The option, or nothing if the optimizer has none of that name.
  static std::optional<Option> option(const Optimizer& optimizer, size_t group,
                                      std::string_view name) {
    // Options are listed by the places where they are; nothing is written here.
    for (const Option& found : const_cast<Optimizer&>(optimizer).group_options(group))
      if (found.name() == name) return found;
    return {};
  }
};

}  // namespace wick::optim::detail
