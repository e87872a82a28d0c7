/// \file
/// Models in JSON files: load, save, and the layers that they may name.
///
///     wick::nn::AnyModule model = wick::nn::load("model.json");
///     model->eval();
///     wick::Tensor y = model(x);
///
/// A model file is an object with the keys `model` (a layer), and, if wanted, `version` (1),
/// `input` (its shape: numbers, and names for sizes that are free; or an object with `shape` and
/// `dtype`), `dtype` ("float32" unless given), `weights` (a weight file, relative to the model
/// file), `tests` (pairs of files with an input and its output, and tolerances), `metadata`
/// (anything) and `$schema`. A layer alone, or an array of layers, is a model file too. A layer is
/// an object with the key `type` and the keys of its options; in a list it may have a `name`, which
/// is its key in the state dict. Any object may have a `$comment`.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/nn/any_module.h"
#include "wick/nn/option.h"

namespace wick {

/// A model file with mistakes in it. The message has a line for each of them:
/// `model.json:7:24: /model/layers/1/approximate: must be "none" or "tanh", got "tan"`.
class WICK_API ModelFileError : public FileError {
 public:
  struct Problem {
    std::string file;        ///< as it was given
    int64_t line = 0;        ///< from 1
    int64_t column = 0;      ///< from 1, in characters
    std::string pointer;     ///< JSON pointer (RFC 6901) to the value; "" for the whole text
    std::string message;     ///< all that follows, as one text
    std::string expected;    ///< what has to stand there, if that can be said in a few words
    std::string found;       ///< what stands there
    std::string suggestion;  ///< the valid name that is nearest to the one found, or ""
    std::vector<std::string> valid;  ///< all valid names, where one was not

    /// "file:line:column: pointer: message"
    std::string to_string() const;
  };

  /// `count` is the number of all problems, if `problems` holds only the first ones.
  explicit ModelFileError(std::vector<Problem> problems, int64_t count = 0);
  ~ModelFileError() override;
  /// What is wrong, in the order of the text.
  const std::vector<Problem>& problems() const { return *problems_; }
  /// How many problems there are: more than problems() if those are only the first ones.
  int64_t count() const { return count_; }

 private:
  std::shared_ptr<const std::vector<Problem>> problems_;  // copying must not throw
  int64_t count_;
};

}  // namespace wick

namespace wick::nn {

// -- Limits: a small file cannot ask for a large machine ----------------------------------------
inline constexpr int64_t max_model_file_size = int64_t{16} << 20;  ///< bytes of a model file
inline constexpr int64_t max_model_nesting = 200;                  ///< objects and arrays, nested
inline constexpr int64_t max_model_values = 1'000'000;             ///< JSON values in a file
inline constexpr int64_t max_model_layers = 10'000;                ///< layers, repeated ones too
inline constexpr int64_t max_model_repeat = 1'000;                 ///< `times` of a Repeat
inline constexpr int64_t max_model_parameters = int64_t{1} << 32;  ///< numbers in parameters

// -- Files ---------------------------------------------------------------------------------------

/// How a model file is read.
struct ModelOptions {
  bool load_weights = true;  ///< read `weights`; otherwise the parameters get their first values
  bool run_tests = true;     ///< replay `tests` and compare
  /// Where relative paths in a text start; the folder of the file, for a file.
  std::string directory = {};
  /// What messages call a text; `<json>` unless given. A file is called by its path.
  std::string name = {};
};

/// How a model file is written.
struct SaveOptions {
  /// Where the weights go: a path, relative to the folder of the model file unless it is absolute,
  /// with the extension .safetensors, .pt, .pth or .npz. Unless given, they go beside the model
  /// file: see ModelFile::save.
  std::string weights = {};
};

/// A size in `input`: a number, or a name for one that is free.
struct InputSize {
  int64_t size = 0;
  std::string name = {};  ///< of a free size; else ""
};

/// An entry of `tests`: what the model, in eval mode, makes of `input` is `output`, within
/// |y - output| <= atol + rtol |output|.
struct ModelTest {
  std::string input;   ///< a file with one tensor
  std::string output;  ///< the same
  double atol = 1e-5;
  double rtol = 1.3e-6;
};

/// All that a model file says.
struct WICK_API ModelFile {
  AnyModule model;
  std::string schema = {};  ///< `$schema`
  /// `dtype`: of the input, and of all floating tensors of the model. When the file is written, the
  /// model's tensors tell; this is for a model that has none.
  DType dtype = float32;
  std::optional<std::vector<InputSize>> input = {};  ///< the shape that the model takes
  /// The dtype of the input, where it is another than `dtype`: of class numbers, say. In the file
  /// `"input": {"shape": ["batch"], "dtype": "int64"}`; only where `input` is given.
  std::optional<DType> input_dtype = {};
  std::string weights = {};  ///< path of a weight file
  std::vector<ModelTest> tests = {};
  std::string metadata = {};  ///< JSON text, or ""

  /// Reads a file: builds the model, checks its shapes without allocating it, loads its weights and
  /// replays its tests. The model is in training mode, as new modules are. `weights` and the files
  /// of `tests` may be anywhere: what is there is read as tensors or not at all, and no message
  /// shows the bytes of a file that has none. Throws ModelFileError, which says all that is wrong
  /// with the file, or what it is if it is none (a PyTorch checkpoint, ...); FileError if it cannot
  /// be read.
  static ModelFile load(const std::string& path, const ModelOptions& options = {});
  /// The same for a text.
  static ModelFile parse(std::string_view text, const ModelOptions& options = {});

  /// The model file as text. Throws TypeError for a module that model files do not have, ValueError
  /// for what JSON does not have and for a path with a NUL in it, and Error for a module that was
  /// changed in ways that its options do not tell; the message says which field was.
  std::string to_json() const;
  /// Writes the file, and the weights unless `weights` is empty and `options` names no place. They
  /// go beside the model file: under the name that `weights` has if that is a name alone ("w.pt"),
  /// else, whatever folder it names, under that of the model file ("net.json", "net.safetensors");
  /// the file that is written says so. `options.weights` puts them elsewhere. Each of the two is
  /// written atomically, the model file last. Throws as to_json, ValueError for an extension that
  /// is none of weights, and FileError if a file cannot be written.
  void save(const std::string& path, const SaveOptions& options = {}) const;
};

/// The model of ModelFile::load(path, options).
WICK_API AnyModule load(const std::string& path, const ModelOptions& options = {});
/// The model of ModelFile::parse(text, options).
WICK_API AnyModule from_json(std::string_view text, const ModelOptions& options = {});
/// The model file of `module`, without weights; from_json(to_json(m)) is like m. Throws as
/// ModelFile::to_json.
WICK_API std::string to_json(const ModuleBase& module);
/// Writes `module` to the file `path`, and its parameters and buffers to a safetensors file of the
/// same name beside it, "ffn.json" and "ffn.safetensors", or to options.weights. Throws as
/// ModelFile::save.
WICK_API void save(const ModuleBase& module, const std::string& path,
                   const SaveOptions& options = {});

// -- Layers --------------------------------------------------------------------------------------

namespace detail {
/// Builds a layer; `options` sees its Options with their defaults and may change them first.
using MakeLayer = AnyModule (*)(Visitor& options);

template <class M>
AnyModule make_layer(Visitor& visitor) {
  if constexpr (requires { typename M::Options; }) {
    typename M::Options options;
    options.visit(visitor);
    return M(std::move(options));
  } else {
    return M();
  }
}
}  // namespace detail

/// From now on model files may have layers called `name`, which `make` makes. For layers that are
/// made in ways of their own; most are registered by their type, below. Throws ValueError if
/// another `make` has that name.
WICK_API void register_layer(std::string_view name, std::string_view summary,
                             detail::MakeLayer make);

/// From now on model files may have layers of the type M, under the name that WICK_MODULE gives it,
/// with the fields of M::Options, an options struct from which M can be made, as keys. (Without
/// Options, M is made without arguments.) An option of the type AnyModule is a layer. M's
/// constructor is run on the meta device first, to check shapes. Throws ValueError if a layer of
/// another type has that name.
///
///     struct ScaleOptions { double factor = 1; WICK_OPTIONS(factor) };
///     struct Scale : nn::Module {
///       using Options = ScaleOptions;
///       explicit Scale(ScaleOptions o = {}) : options(o) {}
///       Tensor forward(const Tensor& x) const override { return x * options.factor; }
///       ScaleOptions options;
///       WICK_MODULE(Scale, options)
///     };
///     nn::register_layer<Scale>("multiplies by a constant");
template <std::derived_from<ModuleBase> M>
void register_layer(std::string_view summary = "") {
  register_layer(M::static_type_name(), summary, detail::make_layer<M>);
}

/// What a layer's option is, in a model file.
struct OptionDescription {
  std::string name;
  /// "boolean", "integer", "number", "string", "dtype", "list of integers", "list of numbers",
  /// "list of integers and nulls", "string or list of integers", "layer" or "list of layers";
  /// with " or null" for those that may be left open.
  std::string type;
  bool must_be_given = false;
  std::string default_value = {};         ///< as JSON; "" if it must be given
  std::vector<std::string> choices = {};  ///< of a string, if few
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  bool above_minimum = false;  ///< it has to be larger than `minimum`
  bool below_maximum = false;  ///< it has to be smaller than `maximum`
};

/// A layer that model files may have.
struct LayerDescription {
  std::string name;
  std::string summary;
  std::vector<OptionDescription> options;
};

/// Every layer of the library and every registered one, by name.
WICK_API std::vector<LayerDescription> layer_descriptions();

/// The JSON Schema (draft 2020-12) of model files with these layers.
WICK_API std::string model_schema();

}  // namespace wick::nn
