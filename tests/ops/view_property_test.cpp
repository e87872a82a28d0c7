#include <algorithm>
#include <random>

#include "catch.h"
#include "wick/ops.h"

namespace {

using namespace wick;
using Values = std::vector<int64_t>;

Values values(const Tensor& t) { return t.to_vector<int64_t>(); }

/// What a view is: a shape, and where in the storage each element lives, in row-major order.
struct Model {
  Values shape;
  Values places;

  static int64_t count(const Values& s) {
    int64_t n = 1;
    for (const int64_t size : s) n *= size;
    return n;
  }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t size(int64_t d) const { return shape[static_cast<size_t>(d)]; }
  int64_t at(const Values& position) const {
    int64_t flat = 0;
    for (size_t d = 0; d < shape.size(); ++d) flat = flat * shape[d] + position[d];
    return places[static_cast<size_t>(flat)];
  }
  /// The model whose element at p is this one's at source(p).
  template <class F>
  Model moved(const Values& to, F source) const {
    Model result{to, {}};
    for (int64_t flat = 0; flat < count(to); ++flat) {
      Values p(to.size());
      int64_t rest = flat;
      for (size_t d = to.size(); d-- > 0; rest /= to[d]) p[d] = rest % to[d];
      result.places.push_back(at(source(p)));
    }
    return result;
  }
};

/// A tensor and its model, changed by the same view ops.
class Pair {
 public:
  explicit Pair(uint32_t seed) : random_(seed) {
    // Any strides into a storage in which every element says where it is.
    base_ = arange(4000);
    Shape shape, strides;
    for (int64_t d = draw(0, 4); d > 0; --d) {
      shape.push_back(draw(0, 12) ? draw(1, 4) : 0);
      strides.push_back(draw(0, 3) ? draw(1, 200) : draw(0, 3));
    }
    const int64_t offset = draw(0, 100);
    tensor_ = as_strided(base_, shape, strides, offset);
    if (draw(0, 2) == 0) tensor_ = base_.slice(0, 0, shape.numel()).view(shape);
    const Values steps = tensor_.strides().to_vector();
    Model scalar{{}, {0}};
    model_ = scalar.moved(shape.to_vector(), [](const Values&) { return Values{}; });
    for (int64_t flat = 0; flat < shape.numel(); ++flat) {
      int64_t rest = flat, place = tensor_.storage_offset();
      for (size_t d = shape.size(); d-- > 0; rest /= shape.begin()[d])
        place += rest % shape.begin()[d] * steps[d];
      model_.places[static_cast<size_t>(flat)] = place;
    }
  }

  void check() {
    REQUIRE(tensor_.shape().to_vector() == model_.shape);
    REQUIRE(values(tensor_) == model_.places);
    REQUIRE(tensor_.shares_storage(base_));
    REQUIRE(tensor_.numel() == static_cast<int64_t>(model_.places.size()));
    if (model_.places.empty()) return;
    // A write through the view is seen in the storage, at the place the model says.
    Tensor one = tensor_;
    Values position;
    for (const int64_t size : model_.shape) position.push_back(draw(0, size - 1));
    for (const int64_t i : position) one = one.select(0, i);
    const int64_t place = model_.at(position);
    one.fill_(-1);
    REQUIRE(base_.select(0, place).item<int64_t>() == -1);
    one.fill_(place);
  }

  void step() {
    switch (draw(0, 9)) {
      case 0:
        return transpose();
      case 1:
        return permute();
      case 2:
        return squeeze();
      case 3:
        return unsqueeze();
      case 4:
        return expand();
      case 5:
        return slice();
      case 6:
        return select();
      case 7:
        return pieces();
      case 8:
        return regroup();
      default:
        return reshape();
    }
  }

 private:
  int64_t draw(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  /// A dimension, counted from either end.
  int64_t named(int64_t d) { return draw(0, 1) ? d : d - model_.rank(); }

  void transpose() {
    if (model_.rank() == 0) return;
    const auto a = draw(0, model_.rank() - 1), b = draw(0, model_.rank() - 1);
    tensor_ = model_.rank() == 2 && a != b ? tensor_.t() : tensor_.transpose(named(a), named(b));
    Values to = model_.shape;
    std::swap(to[static_cast<size_t>(a)], to[static_cast<size_t>(b)]);
    model_ = model_.moved(to, [&](Values p) {
      std::swap(p[static_cast<size_t>(a)], p[static_cast<size_t>(b)]);
      return p;
    });
  }
  void permute() {
    Values order(model_.shape.size());
    for (size_t d = 0; d < order.size(); ++d) order[d] = static_cast<int64_t>(d);
    std::shuffle(order.begin(), order.end(), random_);
    Values to, dims;
    for (const int64_t d : order) {
      to.push_back(model_.size(d));
      dims.push_back(named(d));
    }
    tensor_ = tensor_.permute(dims);
    model_ = model_.moved(to, [&](const Values& p) {
      Values source(p.size());
      for (size_t d = 0; d < p.size(); ++d) source[static_cast<size_t>(order[d])] = p[d];
      return source;
    });
  }
  void squeeze() {
    Values& s = model_.shape;
    if (s.empty() || draw(0, 2) == 0) {
      tensor_ = tensor_.squeeze();
      s.erase(std::remove(s.begin(), s.end(), 1), s.end());
      return;
    }
    const int64_t d = draw(0, model_.rank() - 1);
    tensor_ = tensor_.squeeze(named(d));
    if (model_.size(d) == 1) s.erase(s.begin() + d);
  }
  void unsqueeze() {
    if (model_.rank() > 6) return;
    const int64_t d = draw(0, model_.rank());
    tensor_ = tensor_.unsqueeze(draw(0, 1) ? d : d - model_.rank() - 1);
    model_.shape.insert(model_.shape.begin() + d, 1);
  }
  void expand() {
    if (model_.places.size() > 200 || model_.rank() > 6) return;
    const int64_t extra = draw(0, 1);
    Values to = model_.shape;
    for (int64_t& size : to)
      if (size == 1) size = draw(0, 3);
    to.insert(to.begin(), static_cast<size_t>(extra), draw(1, 2));
    Shape asked = to;
    for (int64_t d = 0; d < model_.rank(); ++d)
      if (asked[d + extra] == model_.size(d) && draw(0, 1)) asked[d + extra] = -1;
    tensor_ = draw(0, 1)   ? tensor_.expand(asked)
              : draw(0, 1) ? tensor_.broadcast_to(Shape(to))
                           : broadcast_tensors({tensor_, empty(Shape(to))})[0];
    model_ = model_.moved(to, [&](Values p) {
      p.erase(p.begin(), p.begin() + extra);
      for (size_t d = 0; d < p.size(); ++d) p[d] = model_.shape[d] == 1 ? 0 : p[d];
      return p;
    });
  }
  /// Keeps `length` rows of dimension d: first, first + step, ...
  void keep(int64_t d, int64_t first, int64_t length, int64_t step) {
    Values to = model_.shape;
    to[static_cast<size_t>(d)] = length;
    model_ = model_.moved(to, [&](Values p) {
      auto& i = p[static_cast<size_t>(d)];
      i = first + i * step;
      return p;
    });
  }
  void slice() {
    if (model_.rank() == 0) return;
    const int64_t d = draw(0, model_.rank() - 1), size = model_.size(d);
    if (draw(0, 1)) {
      const int64_t start = draw(0, size), length = draw(0, size - start);
      const bool negative = start < size && draw(0, 1);
      tensor_ = tensor_.narrow(named(d), negative ? start - size : start, length);
      return keep(d, start, length, 1);
    }
    std::optional<int64_t> start, stop;
    if (draw(0, 3)) start = draw(-size - 2, size + 2);
    if (draw(0, 3)) stop = draw(-size - 2, size + 2);
    const int64_t step = draw(1, 3);
    tensor_ = tensor_.slice(named(d), start, stop, step);
    Values kept;  // as Python's range does it
    const auto end = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
    for (int64_t i = end(start.value_or(0)); i < end(stop.value_or(size)); i += step)
      kept.push_back(i);
    keep(d, kept.empty() ? 0 : kept[0], static_cast<int64_t>(kept.size()), step);
  }
  void select() {
    if (model_.rank() == 0) return;
    const int64_t d = draw(0, model_.rank() - 1), size = model_.size(d);
    if (size == 0) return;
    const int64_t i = draw(0, size - 1);
    tensor_ = draw(0, 1) ? tensor_.select(named(d), draw(0, 1) ? i : i - size)
                         : tensor_.unbind(named(d))[static_cast<size_t>(i)];
    Values to = model_.shape;
    to.erase(to.begin() + d);
    model_ = model_.moved(to, [&](Values p) {
      p.insert(p.begin() + d, i);
      return p;
    });
  }
  void pieces() {
    if (model_.rank() == 0) return;
    const int64_t d = draw(0, model_.rank() - 1), size = model_.size(d);
    std::vector<Tensor> parts;
    const int64_t way = draw(0, 2), n = draw(1, 4);
    if (way == 0)
      parts = tensor_.split(n, named(d));
    else if (way == 1)
      parts = tensor_.chunk(n, named(d));
    else
      parts = tensor_.split(Values{size / 2, 0, size - size / 2}, named(d));
    // Whatever the cut, the pieces are neighbours and cover everything.
    int64_t first = 0;
    const auto chosen = static_cast<size_t>(draw(0, static_cast<int64_t>(parts.size()) - 1));
    for (size_t k = 0; k < chosen; ++k) first += parts[k].size(d);
    int64_t total = 0;
    for (const Tensor& part : parts) total += part.size(d);
    REQUIRE(total == size);
    if (way == 0 && size > 0) REQUIRE(static_cast<int64_t>(parts.size()) == (size + n - 1) / n);
    tensor_ = parts[chosen];
    keep(d, first, tensor_.size(d), 1);
  }
  /// Splits one dimension, or merges some, where that can be a view.
  void regroup() {
    if (model_.rank() == 0 || model_.rank() > 6) return;
    const int64_t d = draw(0, model_.rank() - 1), size = model_.size(d);
    if (draw(0, 1) && size > 0) {
      const int64_t part = size % 2 ? 1 : 2;
      tensor_ = tensor_.unflatten(named(d), {draw(0, 1) ? -1 : size / part, part});
      model_.shape[static_cast<size_t>(d)] = size / part;
      model_.shape.insert(model_.shape.begin() + d + 1, part);
      return;
    }
    const int64_t last = draw(d, model_.rank() - 1);
    Tensor merged = tensor_.flatten(named(d), named(last));
    Values to = model_.shape;
    const auto begin = to.begin() + d, end = to.begin() + last + 1;
    const int64_t product = Model::count(Values(begin, end));
    to.insert(to.erase(begin, end), product);
    REQUIRE(merged.shape().to_vector() == to);
    REQUIRE(values(merged) == model_.places);
    if (!merged.shares_storage(base_)) return;  // it had to copy
    tensor_ = std::move(merged);
    model_.shape = to;
  }
  void reshape() {
    const auto count = static_cast<int64_t>(model_.places.size());
    Values to;
    int64_t rest = std::max<int64_t>(count, 1);
    for (int64_t part = 2; part <= 4; ++part)
      for (; rest % part == 0 && rest > 1 && draw(0, 2); rest /= part) to.push_back(part);
    to.push_back(count == 0 ? 0 : rest);
    if (to.size() > 6) return;
    std::shuffle(to.begin(), to.end(), random_);
    const Tensor shaped = tensor_.reshape(to);
    REQUIRE(shaped.shape().to_vector() == to);
    REQUIRE(values(shaped) == model_.places);
    bool fits = true;
    try {
      Shape asked = to;
      if (count > 0) asked[draw(0, static_cast<int64_t>(to.size()) - 1)] = -1;
      tensor_ = tensor_.view(asked);
      model_.shape = to;
    } catch (const ShapeError&) {
      fits = false;
    }
    REQUIRE((fits || !shaped.shares_storage(base_)));  // reshape views whenever view can
    REQUIRE((!fits || tensor_.shares_storage(base_)));
  }

  std::mt19937 random_;
  Tensor base_, tensor_;
  Model model_;
};

}  // namespace

TEST_CASE("every view op against a list of storage positions", "[view]") {
  for (uint32_t seed = 0; seed < 1500; ++seed) {
    Pair pair(seed);
    pair.check();
    for (int steps = 0; steps < 6; ++steps) {
      INFO("seed " << seed << ", step " << steps);
      pair.step();
      pair.check();
    }
  }
}
