// The JSON header of a safetensors file, read event by event: so its nesting is bounded and keys
// that stand twice are seen.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "io/quote.h"
#include "io/safetensors.h"

namespace wick::io {
namespace {

using nlohmann::json;

struct Name {
  std::string_view text;
  DType dtype;
};

constexpr std::array<Name, dtype_count> names = {{{"F64", DType::float64},
                                                  {"F32", DType::float32},
                                                  {"F16", DType::float16},
                                                  {"BF16", DType::bfloat16},
                                                  {"I64", DType::int64},
                                                  {"I32", DType::int32},
                                                  {"U8", DType::uint8},
                                                  {"BOOL", DType::bool_}}};

constexpr std::array<std::string_view, 14> other_names = {
    "I8",      "I16",     "U16",     "U32",     "U64", "F4",          "F6_E2M3",
    "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "C64", "F8_E5M2FNUZ", "F8_E4M3FNUZ"};

std::string supported_names() {
  std::string text;
  for (const Name& name : names) text += fmt::format("{}{}", text.empty() ? "" : ", ", name.text);
  return text;
}

/// Takes the events of nlohmann's parser. Every function returns true: errors are thrown.
class HeaderReader {
 public:
  HeaderReader(const MappedFile& file, SafetensorsHeader& header) : file_(file), header_(header) {}

  bool null() { return unexpected("null"); }
  bool boolean(bool value) { return unexpected(value ? "true" : "false"); }
  bool number_integer(int64_t value) { return unexpected(fmt::format("{}", value)); }
  bool number_float(double, const std::string& text) { return unexpected(printable(text)); }
  bool binary(json::binary_t&) { return unexpected("binary data"); }

  bool number_unsigned(uint64_t value) {
    if (!in_list_) return unexpected(fmt::format("{}", value));
    if (value > static_cast<uint64_t>(INT64_MAX)) fail_here("{} does not fit in 64 bits", value);
    numbers_.push_back(static_cast<int64_t>(value));
    // A few more than any that are right, so that a long list costs no memory.
    if (numbers_.size() > longest_list()) fail_list();
    return true;
  }

  bool string(std::string& value) {
    if (place_ == Place::metadata) {
      header_.metadata.emplace_back(key_, std::move(value));
    } else if (place_ == Place::dtype) {
      set_dtype(value);
      place_ = Place::entry;
    } else {
      return unexpected(io::quoted(value));
    }
    return true;
  }

  bool start_object(size_t) {
    if (place_ == Place::outside) {
      place_ = Place::header;
    } else if (place_ == Place::header && key_ == safetensors_metadata_name) {
      if (has_metadata_) file_.fail("the header has \"__metadata__\" twice");
      has_metadata_ = true;
      place_ = Place::metadata;
    } else if (place_ == Place::header) {
      entry_ = SafetensorsEntry();
      entry_.name = key_;
      has_dtype_ = has_shape_ = has_offsets_ = false;
      place_ = Place::entry;
    } else {
      return unexpected("an object");
    }
    return true;
  }

  bool key(std::string& value) {
    if (place_ == Place::entry)
      begin_field(value);
    else
      key_ = std::move(value);
    return true;
  }

  bool end_object() {
    if (place_ == Place::entry) {
      if (!has_dtype_) fail_here("\"dtype\" is missing");
      if (!has_shape_) fail_here("\"shape\" is missing");
      if (!has_offsets_) fail_here("\"data_offsets\" is missing");
      header_.entries.push_back(std::move(entry_));
    }
    place_ = place_ == Place::header ? Place::outside : Place::header;
    return true;
  }

  bool start_array(size_t) {
    if ((place_ != Place::shape && place_ != Place::offsets) || in_list_)
      return unexpected("a list");
    in_list_ = true;
    numbers_.clear();
    return true;
  }

  bool end_array() {
    if (place_ == Place::shape) {
      entry_.shape = Shape(numbers_);
    } else {
      if (numbers_.size() != 2) fail_list();
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
    }
    in_list_ = false;
    place_ = Place::entry;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while ..."
    std::string_view text = error.what();
    text.remove_prefix(std::min(text.size(), text.find("] ") + 2));
    if (text.starts_with("parse error")) text.remove_prefix(text.find(": ") + 2);
    file_.fail(
        fmt::format("the header is not valid JSON, at its byte {}: {}", position, printable(text)));
  }

 private:
  enum class Place { outside, header, metadata, entry, dtype, shape, offsets };

  size_t longest_list() const { return place_ == Place::shape ? Shape::max_rank : 2; }

  template <class... Args>
  [[noreturn]] void fail_here(fmt::format_string<Args...> text, Args&&... args) const {
    file_.fail(fmt::format("tensor {}: {}", io::quoted(entry_.name),
                           fmt::format(text, std::forward<Args>(args)...)));
  }

  [[noreturn]] void fail_list() const {
    if (place_ == Place::shape)
      fail_here("it has more than {} dimensions, which is the most that wick takes",
                Shape::max_rank);
    fail_here("data_offsets must be a list of 2 numbers, got {}{}", numbers_.size(),
              numbers_.size() > 2 ? " or more" : "");
  }

  /// A value of the wrong kind for the place.
  [[noreturn]] bool unexpected(std::string_view got) const {
    switch (place_) {
      case Place::outside:
        file_.fail(fmt::format("the header must be a JSON object, got {}", got));
      case Place::metadata:
        file_.fail(fmt::format("__metadata__: the value of {} must be a string, got {}",
                               io::quoted(key_), got));
      case Place::dtype:
        fail_here("dtype must be a string, got {}", got);
      case Place::shape:
      case Place::offsets:
        fail_here("{} must be a list of non-negative integers, got {}{}",
                  place_ == Place::shape ? "shape" : "data_offsets", in_list_ ? "the item " : "",
                  got);
      default:
        break;
    }
    if (key_ == safetensors_metadata_name)
      file_.fail(fmt::format("__metadata__ must be an object of strings, got {}", got));
    file_.fail(
        fmt::format("tensor {}: must be an object with dtype, shape and data_offsets, got {}",
                    io::quoted(key_), got));
  }

  void begin_field(const std::string& field) {
    const auto begin = [&](bool& has, Place place) {
      if (has) fail_here("{} stands twice", io::quoted(field));
      has = true;
      place_ = place;
    };
    if (field == "dtype")
      begin(has_dtype_, Place::dtype);
    else if (field == "shape")
      begin(has_shape_, Place::shape);
    else if (field == "data_offsets")
      begin(has_offsets_, Place::offsets);
    else
      fail_here("unknown key {}; a tensor has dtype, shape and data_offsets", io::quoted(field));
  }

  void set_dtype(const std::string& text) {
    for (const Name& name : names)
      if (name.text == text) {
        entry_.dtype = name.dtype;
        return;
      }
    if (std::find(other_names.begin(), other_names.end(), text) != other_names.end())
      fail_here("dtype {} is not supported; wick has {}: convert the tensor before it is saved",
                text, supported_names());
    fail_here("unknown dtype {}; wick has {}", io::quoted(text), supported_names());
  }

  const MappedFile& file_;
  SafetensorsHeader& header_;
  Place place_ = Place::outside;
  bool in_list_ = false;
  std::string key_;  // of the header or of the metadata
  SafetensorsEntry entry_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false, has_metadata_ = false;
  std::vector<int64_t> numbers_;
};

}  // namespace

std::string_view safetensors_name(DType dtype) {
  return std::find_if(names.begin(), names.end(),
                      [dtype](const Name& name) { return name.dtype == dtype; })
      ->text;
}

const std::string* key_that_stands_twice(const Metadata& metadata) {
  // Sorted, not hashed: nobody can choose keys for which that is slow.
  std::vector<const std::string*> keys;
  for (const auto& [key, value] : metadata) keys.push_back(&key);
  const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
  const auto same = [](const std::string* a, const std::string* b) { return *a == *b; };
  std::sort(keys.begin(), keys.end(), less);
  const auto found = std::adjacent_find(keys.begin(), keys.end(), same);
  return found == keys.end() ? nullptr : *found;
}

SafetensorsHeader parse_safetensors_header(const MappedFile& file, std::string_view text) {
  // nlohmann's parser would take a NUL for the end of the text.
  const size_t nul = text.find('\0');
  if (nul != std::string_view::npos)
    file.fail(fmt::format("the header is not valid JSON, at its byte {}: a NUL", nul));
  SafetensorsHeader header;
  HeaderReader reader(file, header);
  json::sax_parse(text.begin(), text.end(), &reader);
  if (const std::string* key = key_that_stands_twice(header.metadata))
    file.fail(fmt::format("__metadata__ has the key {} twice", io::quoted(*key)));
  return header;
}

}  // namespace wick::io
