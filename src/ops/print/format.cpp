// Tensors as text. The rules (widths, scientific notation, summaries, line breaks, suffixes) are
// those of torch/_tensor_str.py.
#include "wick/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <vector>

#include "core/check.h"
#include "kernels/memory/fork_mutex.h"
#include "ops/print/element_text.h"
#include "text/utf8.h"

namespace wick {
namespace {

constexpr std::string_view prefix = "tensor(";
constexpr std::string_view undefined_text = "[ Tensor (undefined) ]";

struct SharedOptions {
  kernels::ForkMutex mutex;
  PrintOptions options;
};

SharedOptions& shared_options() { return kernels::one_for_all<SharedOptions>(); }

// == Layout ====================================================================================

/// Writes the elements with brackets, commas and line breaks.
class Layout {
 public:
  Layout(const Shape& shape, const ops::PrintStyle& style, const ops::ElementTexts& texts)
      : shape_(shape), style_(style), texts_(texts) {}

  std::string body() {
    if (shape_.empty()) {
      element();
    } else {
      write(0, static_cast<int64_t>(prefix.size()));
    }
    return std::move(out_);
  }

 private:
  void element() {
    const std::string& text = texts_.items[next_++];
    const size_t width = utf8::length(text);
    if (width < texts_.width) out_.append(texts_.width - width, ' ');
    out_ += text;
  }

  void line_break(size_t count, int64_t indent) {
    out_ += ',';
    out_.append(count, '\n');
    out_.append(static_cast<size_t>(indent) + 1, ' ');
  }

  void write(size_t dim, int64_t indent) {
    out_ += '[';
    if (dim + 1 == shape_.size()) {
      write_row(indent);
    } else {
      const size_t newlines = shape_.size() - dim - 1;
      bool first = true;
      const auto separate = [&] {
        if (!first) line_break(newlines, indent);
        first = false;
      };
      ops::for_each_shown(
          style_, shape_[static_cast<int64_t>(dim)],
          [&](int64_t) {
            separate();
            write(dim + 1, indent + 1);
          },
          [&] {
            separate();
            out_ += "...";
          });
    }
    out_ += ']';
  }

  void write_row(int64_t indent) {
    const int64_t room = style_.options.linewidth - indent;
    const int64_t per_line = std::max<int64_t>(1, room / static_cast<int64_t>(texts_.width + 2));
    int64_t count = 0;
    const auto separate = [&] {
      if (count > 0 && count % per_line == 0) {
        line_break(1, indent);
      } else if (count > 0) {
        out_ += ", ";
      }
      ++count;
    };
    ops::for_each_shown(
        style_, shape_.back(),
        [&](int64_t) {
          separate();
          element();
        },
        [&] {
          separate();
          out_ += " ...";
        });
  }

  const Shape& shape_;
  const ops::PrintStyle& style_;
  const ops::ElementTexts& texts_;
  size_t next_ = 0;
  std::string out_;
};

// == Suffixes ==================================================================================

/// Python's tuple: "(2, 0)", "(3,)".
std::string tuple_text(const Shape& shape) {
  std::string text = shape.to_string();
  text.front() = '(';
  text.back() = ')';
  if (shape.size() != 1) return text;
  text.back() = ',';
  return text += ')';
}

std::vector<std::string> suffixes(const Tensor& t) {
  std::vector<std::string> out;
  const bool empty = t.numel() == 0;
  if (t.is_meta()) out.push_back(fmt::format("device='{}'", t.device()));
  if (t.is_meta() || (empty && t.dim() != 1)) out.push_back("size=" + tuple_text(t.shape()));
  // Elements tell these two from the others by their looks; without elements nothing does.
  const bool visible = t.dtype() == DType::int64 || t.dtype() == DType::bool_;
  if (t.dtype() != DType::float32 && (!visible || empty || t.is_meta()))
    out.push_back(fmt::format("dtype={}", t.dtype()));
  if (const std::string name = t.grad_fn(); !name.empty()) {
    out.push_back("grad_fn=<" + name + ">");
  } else if (t.requires_grad()) {
    out.emplace_back("requires_grad=True");
  }
  return out;
}

/// Closes `text`, which starts with `prefix`, with the suffixes that `t` needs.
std::string with_suffixes(std::string text, const Tensor& t, int64_t linewidth) {
  // Lines break where PyTorch's do: it counts the last line two columns too long, and there is a
  // `torch.` in front of its dtypes.
  const size_t newline = text.rfind('\n');
  auto line = static_cast<int64_t>(newline == std::string::npos ? text.size() + 2
                                                                : text.size() - newline + 1);
  for (const std::string& suffix : suffixes(t)) {
    const size_t dropped = suffix.starts_with("dtype=") ? std::string_view("torch.").size() : 0;
    const auto size = static_cast<int64_t>(suffix.size() + dropped);
    if (line + size + 2 > linewidth) {
      text += ",\n" + std::string(prefix.size(), ' ') + suffix;
      line = static_cast<int64_t>(prefix.size()) + size;
    } else {
      text += ", " + suffix;
      line += size + 2;
    }
  }
  return text + ")";
}

/// How many elements of a shape are shown.
int64_t shown_count(const ops::PrintStyle& style, const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    const int64_t shown = style.shortens(size) ? 2 * style.options.edgeitems : size;
    if (__builtin_mul_overflow(count, shown, &count)) return std::numeric_limits<int64_t>::max();
  }
  return count;
}

ops::PrintStyle style_of(const Tensor& t, const PrintOptions& options) {
  ops::PrintStyle style{options, t.numel() > options.threshold};
  // Six elements in each of 16 dimensions would take a lifetime to print.
  constexpr int64_t most = 1000000;
  while (style.summarise && style.options.edgeitems > 1 && shown_count(style, t.shape()) > most)
    style.options.edgeitems /= 2;
  return style;
}

}  // namespace

void set_printoptions(const PrintOptions& options) {
  const auto check = [](std::string_view name, int64_t value, int64_t limit) {
    if (value < 0 || value > limit)
      core::fail<ValueError>("set_printoptions: {} must be between 0 and {}, got {}", name, limit,
                             value);
  };
  constexpr int64_t any = std::numeric_limits<int64_t>::max();
  check("precision", options.precision, 1074);
  check("threshold", options.threshold, any);
  check("edgeitems", options.edgeitems, any);
  check("linewidth", options.linewidth, any);
  SharedOptions& shared = shared_options();
  const std::lock_guard lock(shared.mutex);
  shared.options = options;
}

PrintOptions get_printoptions() {
  SharedOptions& shared = shared_options();
  const std::lock_guard lock(shared.mutex);
  return shared.options;
}

std::string format_tensor(const Tensor& t, std::string_view spec) {
  if (!t.defined()) return std::string(undefined_text);
  const PrintOptions options = get_printoptions();
  std::string text(prefix);
  if (t.is_meta() || t.numel() == 0) {
    ops::check_element_spec(t.dtype(), spec);
    text += t.is_meta() ? "..." : "[]";
  } else {
    const ops::PrintStyle style = style_of(t, options);
    const ops::ElementTexts texts = ops::element_texts(t, style, spec);
    if (t.dim() == 0 && !spec.empty()) return texts.items.front();
    text += Layout(t.shape(), style, texts).body();
  }
  return with_suffixes(std::move(text), t, options.linewidth);
}

namespace detail {
void invalid_format_spec() {
  throw fmt::format_error("invalid format spec: braces are not allowed");
}

std::string format_text(std::string_view text, std::string_view spec) {
  std::string format = "{:";
  format.append(spec) += '}';
  return fmt::format(fmt::runtime(format), text);
}
}  // namespace detail

std::string Tensor::to_string() const { return format_tensor(*this, {}); }
std::string ValuesIndices::to_string() const {
  return fmt::format("values={},\nindices={}", format_tensor(values), format_tensor(indices));
}

std::ostream& detail::write(std::ostream& out, std::string_view text) { return out << text; }

std::ostream& operator<<(std::ostream& out, const Tensor& t) { return out << format_tensor(t); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.to_string(); }
std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name(dtype); }
std::ostream& operator<<(std::ostream& out, Device device) { return out << name(device); }

}  // namespace wick
