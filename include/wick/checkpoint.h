/// \file
/// Checkpoint: all that a training run consists of, in one file, to go on from later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/callback.h"
#include "wick/export.h"
#include "wick/nn/module.h"
#include "wick/nn/state_dict.h"
#include "wick/optim/lr_scheduler.h"
#include "wick/optim/optimizer.h"
#include "wick/random.h"

namespace wick {

/// Saves and restores the state of a training run: a model, its optimizer, its scheduler, the
/// default generator, and how many epochs are done. The file is a safetensors file, which Python
/// reads too: "model.linear1.weight", "optimizer.state.0.exp_avg", "scheduler.last_epoch",
/// "generator", "epoch". It is written atomically: a program that is killed at any moment leaves
/// the old file or the new one, and what is resumed from either gives bit for bit the losses of a
/// run that was never stopped.
///
///     Checkpoint checkpoint(model, optimizer, scheduler);
///     for (int64_t epoch = resume ? checkpoint.load(path) : 0; epoch < epochs; ++epoch) {
///       train_one_epoch();
///       checkpoint.save(path, epoch + 1);
///     }
///
/// It refers to the parts, which must outlive it.
class WICK_API Checkpoint {
 public:
  /// Nothing yet but the default generator; see add.
  Checkpoint();
  Checkpoint(nn::Module& model, optim::Optimizer& optimizer);
  Checkpoint(nn::Module& model, optim::Optimizer& optimizer, optim::LRScheduler& scheduler);

  /// Covers one more part, under a name without a dot: anything with state_dict() and
  /// load_state_dict(state), such as a second model. Throws ValueError for a name that is taken.
  template <class Part>
  Checkpoint& add(std::string name, Part& part) {
    add_part({std::move(name), [&part] { return part.state_dict(); },
              [&part](const nn::StateDict& state) { part.load_state_dict(state); }});
    return *this;
  }
  /// Covers a generator other than the default one.
  Checkpoint& add(std::string name, Generator& generator);

  /// Writes the state of all parts; `epoch` is how many epochs are done. Throws FileError.
  void save(const std::string& path, int64_t epoch) const;
  /// Restores all parts and returns the epoch. Throws FileError if the file cannot be read or
  /// belongs to another run (a part is missing, unknown or does not fit) and then has changed
  /// nothing.
  int64_t load(const std::string& path);

 private:
  struct Part {
    std::string name;
    Callback<nn::StateDict()> state;
    Callback<void(const nn::StateDict&)> load;
  };
  void add_part(Part part);

  std::vector<Part> parts_;
};

}  // namespace wick
