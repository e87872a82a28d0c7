/// \file
/// How a StateDict is loaded into a module: LoadOptions, LoadReport and Rename.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/callback.h"
#include "wick/state_dict.h"

namespace wick::nn {

using wick::NamedTensors;
using wick::StateDict;

/// Rules that turn the names of a weight file into those of a model, applied in the order in which
/// they were added; each takes what the one before made of the name.
///
///     model.load_state_dict(state, {.rename = nn::Rename().prefix("module.encoder.", "")
///                                                 .regex("fc([0-9]+)", "linear$1")});
class WICK_API Rename {
 public:
  /// Names that begin with `from` begin with `to` instead.
  Rename& prefix(std::string from, std::string to);
  /// Every match of `pattern` (ECMAScript, as std::regex reads it) becomes `replacement`, in which
  /// $1, $2, ... are its groups. Throws ValueError for a pattern that is not valid.
  Rename& regex(std::string pattern, std::string replacement);
  /// The new name. Throws ValueError if a regex meets a name of more than 1000 characters.
  std::string operator()(std::string_view name) const;

 private:
  std::vector<Callback<std::string(std::string_view)>> rules_;
};

/// How load_state_dict works: `model.load_state_dict(state, {.strict = false})`.
struct LoadOptions {
  bool strict = true;  ///< missing and unexpected keys are errors
  /// What an entry of the state is called in the module; the same, unless given. A Rename, or any
  /// function of a name.
  Callback<std::string(std::string_view name)> rename = {};
  /// Let the module use the tensors of the state, with their dtype, instead of copying their
  /// elements: for weights of a mapped file, and for a module on the meta device (PyTorch's
  /// assign).
  bool assign = false;
};

/// What load_state_dict found, under the names that `rename` gave. Prints as PyTorch's result:
/// `<All keys matched successfully>`, or the keys that are left over.
struct WICK_API LoadReport {
  using wick_printable = void;
  struct Mismatch {
    std::string name;
    Shape in_state;
    Shape in_model;
  };

  std::string module;                   ///< type of the module that was loaded into
  std::vector<std::string> missing;     ///< the module has them, the state has not
  std::vector<std::string> unexpected;  ///< the state has them, the module has not
  std::vector<Mismatch> mismatched;     ///< shapes differ
  std::vector<std::string> undefined;   ///< entries of the state without a tensor
  /// Names of parameters that are tied in the module, for which the state has different tensors.
  std::vector<std::pair<std::string, std::string>> different;
  /// Unexpected names, each with a missing one that is like it. Where thousands of names do not
  /// match, those of the first of them: the search is bounded.
  std::vector<std::pair<std::string, std::string>> near_names;

  /// True if every tensor of the module was found and nothing was left over.
  bool ok() const;
  std::string to_string() const;
};

/// Thrown by load_state_dict, which then has changed nothing.
class WICK_API LoadStateDictError : public Error {
 public:
  explicit LoadStateDictError(LoadReport report);
  ~LoadStateDictError() override;
  const LoadReport& report() const { return report_; }

 private:
  LoadReport report_;
};

}  // namespace wick::nn
