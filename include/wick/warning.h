/// \file
/// Warnings: what is allowed and probably a mistake, as PyTorch's UserWarning. wick never prints,
/// so they are silent until somebody listens:
///
///     wick::set_warning_handler([](const wick::Warning& w) { std::cerr << w << '\n'; });
///     wick::set_warning_handler([](const wick::Warning& w) { throw wick::Error(w.message); });
#pragma once

#include <string>
#include <string_view>

#include "wick/callback.h"
#include "wick/export.h"

namespace wick {

/// A warning. Texts are PyTorch's where PyTorch has one.
struct WICK_API Warning {
  /// A short word to select by: "broadcast" (a loss of two shapes), "correction" (a variance of too
  /// few elements), "scheduler" (a step before the optimizer's), "grad" (of a tensor that keeps
  /// none), "parameters" (twice in a group), "reduction", "dim", "dtype", "init", "create_graph",
  /// "hooks" (of a module none of whose inputs needs a gradient).
  std::string category;
  std::string message;

  using wick_printable = void;
  /// "warning: <message>"
  std::string to_string() const;
};

using WarningHandler = Callback<void(const Warning&)>;

/// Lets `handler` hear the warnings of all threads; an empty one ends that. It is called in the
/// thread that the warning is about, from several at once if several are warned, and before
/// anything has been changed: if it throws, the call that warned throws the same and has done
/// nothing. Warnings that it causes itself are dropped. Returns the handler before.
WICK_API WarningHandler set_warning_handler(WarningHandler handler);

/// While it lives, the warnings of this thread go to its handler (an empty one drops them) instead
/// of to that of set_warning_handler. Guards nest.
class WICK_API WarningGuard {
 public:
  explicit WarningGuard(WarningHandler handler);
  ~WarningGuard();
  WarningGuard(const WarningGuard&) = delete;
  WarningGuard& operator=(const WarningGuard&) = delete;

 private:
  friend struct WarningState;
  WarningHandler handler_;
  const WarningGuard* before_;
};

/// Warns: the handler in force is called, if there is one. For code that is built on wick, too.
WICK_API void warn(std::string_view category, std::string_view message);
/// Whether anybody listens on this thread: texts that take time need not be made otherwise.
WICK_API bool hears_warnings();

}  // namespace wick
