/// \file
/// Checkpoint: all that a training run consists of, in one file, to go on from later.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
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
///     double best_loss = inf;
///     checkpoint.add("best_loss", best_loss);
///     for (int64_t epoch = resume ? checkpoint.load(path) : 0; epoch < epochs; ++epoch) {
///       best_loss = std::min(best_loss, train_one_epoch());
///       checkpoint.save(path, epoch + 1);
///     }
///
/// It refers to the parts, which must outlive it.
class WICK_API Checkpoint {
 public:
  /// Nothing yet but the default generator; see add.
  Checkpoint();
  Checkpoint(nn::ModuleBase& model, optim::Optimizer& optimizer);
  Checkpoint(nn::ModuleBase& model, optim::Optimizer& optimizer, optim::LRScheduler& scheduler);

  /// Covers one more part, under a name without a dot: anything with state_dict() and
  /// load_state_dict(state), such as a second model. Throws ValueError for a name that is taken.
  template <class Part>
  requires requires(Part& part, const nn::StateDict& state) {
    { part.state_dict() } -> std::convertible_to<nn::StateDict>;
    part.load_state_dict(state);
  }
  Checkpoint& add(std::string name, Part& part) {
    add_part({std::move(name), [&part] { return part.state_dict(); },
              [&part](const nn::StateDict& state) { part.load_state_dict(state); }});
    return *this;
  }
  /// Covers a generator other than the default one.
  Checkpoint& add(std::string name, Generator& generator);
  /// Covers a variable: a number of any type, a bool, a text, or a list of numbers, such as the
  /// best loss so far, the epochs without a better one, or all losses. save() writes what it is
  /// then, as a tensor of that name: a 0-d float64, int64 or bool, for a text its bytes (uint8), a
  /// 1-d float64. load() sets it, to the same bits. A file that lacks it, or has something else
  /// under its name, is one of another run.
  template <class T>
  requires std::is_arithmetic_v<T> Checkpoint& add(std::string name, T& number) {
    using Wide = std::conditional_t<std::is_same_v<T, bool>, bool,
                                    std::conditional_t<std::is_integral_v<T>, int64_t, double>>;
    return add_value(std::move(name), [&number](Use& use) {
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        if (!std::in_range<int64_t>(number)) fail_range();
      auto wide = static_cast<Wide>(number);
      use(wide);
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        if (!std::in_range<T>(wide)) fail_range();
      number = static_cast<T>(wide);
    });
  }
  Checkpoint& add(std::string name, std::string& text);
  Checkpoint& add(std::string name, std::vector<double>& numbers);

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
  /// Reads the variable, or writes it.
  class Use {
   public:
    virtual void operator()(double& value) = 0;
    virtual void operator()(int64_t& value) = 0;
    virtual void operator()(bool& value) = 0;
    virtual void operator()(std::string& value) = 0;
    virtual void operator()(std::vector<double>& value) = 0;

   protected:
    ~Use() = default;
  };
  class Writer;
  class Reader;
  void add_part(Part part);
  Checkpoint& add_value(std::string name, const Callback<void(Use&)>& visit);
  [[noreturn]] static void fail_range();

  std::vector<Part> parts_;
};

}  // namespace wick
