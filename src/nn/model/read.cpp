// ModelFile::load and parse: the object around the layers.
#include <algorithm>
#include <array>

#include "nn/model/build.h"
#include "nn/model/foreign.h"
#include "nn/model/option_json.h"
#include "nn/model/shapes.h"
#include "nn/model/unknown.h"
#include "nn/model/weights.h"
#include "wick/format.h"
#include "wick/io/file.h"
#include "wick/nn/linear.h"
#include "wick/nn/model_file.h"
#include "wick/ops.h"

namespace wick::nn {
namespace model {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array dtypes{float32, float64, bfloat16, float16};

constexpr int64_t supported_version = 1;

/// Reads one text.
class FileReader {
 public:
  FileReader(std::string_view text, std::string name, const ModelOptions& options)
      : text_(text), name_(name), options_(options), problems_(std::move(name), text) {}

  ModelFile read();

 private:
  bool is_layer(const JsonValue& root) const;
  Built build(Device device);
  void read_envelope(const JsonValue& root, ModelFile& file);
  void read_dtype(const JsonValue& value);
  void read_path(const JsonValue& object, std::string_view key, const std::string& pointer,
                 std::string& path);
  void read_input(const JsonValue& value, ModelFile& file);
  void read_input_shape(const JsonValue& value, const std::string& pointer, ModelFile& file);
  void read_tests(const JsonValue& value, ModelFile& file);
  void finish(ModelFile& file);
  void expect(const JsonValue& value, const std::string& pointer, std::string_view expected) {
    problems_.add(value.begin, pointer,
                  fmt::format("must be {}, got {}", expected, shown(value, text_)));
  }
  template <class T>
  void read(const JsonValue& object, std::string_view key, const std::string& pointer, T& to) {
    const JsonMember* member = object.find(key);
    if (!member) return;
    const Visitor::Option option(&to);
    if (!read_option(member->value, option).empty())
      expect(member->value, child_pointer(pointer, key), type_text(option));
  }

  std::string_view text_;
  std::string name_;
  const ModelOptions& options_;
  Problems problems_;
  JsonValue root_;
  const JsonValue* model_ = nullptr;  // where the layers are described
  std::string pointer_;               // to there
  DType dtype_ = float32;
};

/// Of a file that has no lines.
[[noreturn]] void throw_foreign(const std::string& name, std::string what) {
  Problem problem;
  problem.file = name;
  problem.message = std::move(what);
  throw ModelFileError({std::move(problem)});
}

/// A layer alone has a type; a file around one has a model.
bool FileReader::is_layer(const JsonValue& root) const {
  return root.is(Kind::array) || (root.find("type") && !root.find("model"));
}

Built FileReader::build(Device device) {
  const DeviceGuard guard(device);
  Built built = model_->is(Kind::array) ? build_list(*model_, pointer_, text_, problems_)
                                        : build_layer(*model_, pointer_, text_, problems_);
  if (dtype_ != float32) built.module->to(dtype_);
  return built;
}

void FileReader::read_dtype(const JsonValue& value) {
  for (const DType dtype : dtypes) {
    if (!value.is(Kind::string) || value.text != name(dtype)) continue;
    dtype_ = dtype;
    return;
  }
  expect(value, "/dtype", R"("float32", "float64", "bfloat16" or "float16")");
}

/// A NUL would end the path where a system call reads it, behind every check.
void FileReader::read_path(const JsonValue& object, std::string_view key,
                           const std::string& pointer, std::string& path) {
  read(object, key, pointer, path);
  const JsonMember* member = object.find(key);
  if (!member || !member->value.is(Kind::string)) return;
  if (path.empty() || path.find('\0') != path.npos)
    expect(member->value, child_pointer(pointer, key),
           path.empty() ? "the path of a file" : "a path without a NUL in it");
}

void FileReader::read_input(const JsonValue& value, ModelFile& file) {
  if (!value.is(Kind::object)) return read_input_shape(value, "/input", file);
  report_unknown_keys(value, "/input", {"shape", "dtype", "$comment"}, problems_);
  DType dtype = dtype_;
  read(value, "dtype", "/input", dtype);
  if (dtype != dtype_) file.input_dtype = dtype;
  if (const JsonMember* shape = value.find("shape"))
    read_input_shape(shape->value, "/input/shape", file);
  else
    problems_.add(value.begin, "/input", "missing key \"shape\" (a list of sizes)");
}

void FileReader::read_input_shape(const JsonValue& value, const std::string& pointer,
                                  ModelFile& file) {
  if (!value.is(Kind::array) || value.items.size() > Shape::max_rank)
    return expect(value, pointer, "a list of at most 16 sizes and names of free sizes");
  std::vector<InputSize> sizes;
  bool sound = true;
  for (size_t i = 0; i < value.items.size(); ++i) {
    const JsonValue& item = value.items[i];
    InputSize size;
    if (item.is(Kind::string) && !item.text.empty()) {
      size.name = item.text;
    } else if (!read_option(item, &size.size).empty() || size.size < 0) {
      expect(item, child_pointer(pointer, i), "a size of at least 0 or the name of a free size");
      sound = false;
    }
    sizes.push_back(std::move(size));
  }
  if (!sound) return;
  try {
    (void)empty(sample_shape(sizes), {.dtype = file.input_dtype.value_or(dtype_), .device = meta});
    file.input = std::move(sizes);
  } catch (const Error& error) {  // its size overflows
    problems_.add(value.begin, pointer, error.what());
  }
}

void FileReader::read_tests(const JsonValue& value, ModelFile& file) {
  if (!value.is(Kind::array)) return expect(value, "/tests", "a list of tests");
  for (size_t i = 0; i < value.items.size(); ++i) {
    const JsonValue& item = value.items[i];
    const std::string pointer = child_pointer("/tests", i);
    if (!item.is(Kind::object)) {
      expect(item, pointer, R"(an object such as {"input": "x.npy", "output": "y.npy"})");
      continue;
    }
    ModelTest test;
    if (problems_.full()) return;
    for (const std::string_view key : {"input", "output"})
      if (!item.find(key))
        problems_.add(item.begin, pointer, fmt::format("missing key \"{}\" (a file)", key));
    read_path(item, "input", pointer, test.input);
    read_path(item, "output", pointer, test.output);
    for (const auto& [key, number] : {std::pair("atol", &test.atol), {"rtol", &test.rtol}}) {
      read(item, key, pointer, *number);
      if (!(*number >= 0))
        expect(item.find(key)->value, child_pointer(pointer, key), "a number of at least 0");
    }
    report_unknown_keys(item, pointer, {"input", "output", "atol", "rtol", "$comment"}, problems_);
    file.tests.push_back(std::move(test));
  }
}

void FileReader::read_envelope(const JsonValue& root, ModelFile& file) {
  report_unknown_keys(
      root, "",
      {"$schema", "version", "dtype", "input", "weights", "model", "tests", "metadata", "$comment"},
      problems_);
  int64_t version = supported_version;
  read(root, "version", "", version);
  if (version != supported_version)
    problems_.add(root.find("version")->value.begin, "/version",
                  fmt::format("version {} is not supported: this program reads version {}", version,
                              supported_version));
  read(root, "$schema", "", file.schema);
  read_path(root, "weights", "", file.weights);
  if (const JsonMember* dtype = root.find("dtype")) read_dtype(dtype->value);
  file.dtype = dtype_;
  if (const JsonMember* input = root.find("input")) read_input(input->value, file);
  if (const JsonMember* tests = root.find("tests")) read_tests(tests->value, file);
  if (const JsonMember* metadata = root.find("metadata"))
    file.metadata = std::string(
        text_.substr(metadata->value.begin, metadata->value.end - metadata->value.begin));
  if (const JsonMember* model = root.find("model")) {
    model_ = &model->value;
    pointer_ = "/model";
  } else {
    problems_.add(root.begin, "", "missing key \"model\" (a layer), or \"type\" for a layer alone");
  }
}

/// Gives the model, which was built on meta and found good, its elements.
void FileReader::finish(ModelFile& file) {
  const JsonMember* weights = model_ == &root_ ? nullptr : root_.find("weights");
  if (weights && options_.load_weights) {
    load_weights(*file.model, resolve(options_.directory, file.weights), weights->value, problems_);
  } else if (default_device() != meta) {
    try {
      file.model = build(default_device()).module;
    } catch (const std::exception& error) {  // not enough memory
      problems_.add(model_->begin, pointer_, error.what());
    }
  }
  problems_.throw_if_any();
  if (!options_.run_tests || file.tests.empty()) return;
  const bool random = !weights && !file.model->state_dict().empty();
  if (weights && !options_.load_weights) return;
  const JsonMember* tests = root_.find("tests");
  if (random)
    problems_.add(
        tests->value.begin, "/tests",
        "the model has parameters and the file no \"weights\", so its outputs are random");
  problems_.throw_if_any();
  for (size_t i = 0; i < file.tests.size(); ++i)
    run_test(*file.model, file.tests[i], options_.directory, tests->value.items[i],
             child_pointer("/tests", i), problems_);
  problems_.throw_if_any();
}

ModelFile FileReader::read() {
  ModelFile file{.model = Identity()};
  if (std::string what = foreign_text(text_, name_); !what.empty())
    throw_foreign(name_, std::move(what));
  root_ = parse_json(text_, problems_);
  problems_.throw_if_any();
  if (!root_.is(Kind::object) && !root_.is(Kind::array)) {
    expect(root_, "", "an object with a \"model\", a layer, or a list of layers");
  } else if (is_layer(root_)) {
    model_ = &root_;
  } else {
    read_envelope(root_, file);
  }
  if (!model_) problems_.throw_if_any();
  Built built = build(meta);
  if (!built.cut_off) check_shapes(*built.module, built, file, problems_);
  problems_.throw_if_any();
  file.model = std::move(built.module);
  finish(file);
  return file;
}

/// The bytes of a file; a large one that is no model file is told as what it is.
std::string read_text(const std::string& path) {
  if (path.find('\0') != path.npos)
    throw FileError(fmt::format("cannot read {}: the path has a NUL in it", quoted_name(path)));
  try {
    return io::read_file(path, max_model_file_size);
  } catch (const FileError&) {
    std::string what = foreign_file(path);
    if (what.empty()) throw;
    throw_foreign(path, std::move(what));
  }
}

}  // namespace
}  // namespace model

ModelFile ModelFile::parse(std::string_view text, const ModelOptions& options) {
  return model::FileReader(text, options.name.empty() ? "<json>" : options.name, options).read();
}

ModelFile ModelFile::load(const std::string& path, const ModelOptions& options) {
  const std::string text = model::read_text(path);
  ModelOptions here = options;
  if (const size_t slash = path.rfind('/'); here.directory.empty() && slash != std::string::npos)
    here.directory = path.substr(0, slash + 1);
  return model::FileReader(text, path, here).read();
}

AnyModule load(const std::string& path, const ModelOptions& options) {
  return ModelFile::load(path, options).model;
}

AnyModule from_json(std::string_view text, const ModelOptions& options) {
  return ModelFile::parse(text, options).model;
}

}  // namespace wick::nn
