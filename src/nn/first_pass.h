// Forgotten fields: parameters that a module uses and does not list.
#pragma once

#include <vector>

#include "wick/graph_mark.h"
#include "wick/nn/module_base.h"

namespace wick::nn {

/// Follows the first call of an outermost module that records gradients.
class FirstPass {
 public:
  FirstPass();
  ~FirstPass();
  FirstPass(const FirstPass&) = delete;
  FirstPass& operator=(const FirstPass&) = delete;

  /// The one that follows a call on this thread, or null.
  static FirstPass* current();

  /// A call inside of the outermost one has ended.
  void note(const ModuleBase& module, detail::Call& call);
  /// Throws if `module`, which is the outermost, or one inside of it has forgotten a field. False
  /// if that cannot be told now: nothing that it gave needs gradients, or there are hooks.
  bool finish(const ModuleBase& module, detail::Call& call) const;

 private:
  struct Done {
    const ModuleBase* module;
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;
  };
  static Done done(const ModuleBase& module, detail::Call& call);
  Tensor unlisted(const Done& call) const;

  FirstPass* before_;
  autograd::GraphMark mark_;
  std::vector<Done> calls_;
};

}  // namespace wick::nn
