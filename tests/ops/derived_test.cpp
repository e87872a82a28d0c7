// What is derived from a tensor's elements: found again as long as they stay, by what it is.
#include "compute/derived.h"

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

struct Sum {
  double value;
};
struct Largest {
  float value;
};

/// A T, made from x's elements unless one is there; counts in `made`.
template <class T, class F>
auto found(const Tensor& x, int& made, const F& compute) {
  return compute::derived<T>(x,
                             [&] {
                               ++made;
                               return std::make_shared<const T>(T{compute(x.detach())});
                             })
      ->value;
}

/// Two kinds, and how often each was made.
struct Makers {
  int sums = 0, maxima = 0;

  double sum(const Tensor& x) {
    return found<Sum>(x, sums, [](const Tensor& t) { return t.sum().item<double>(); });
  }
  float largest(const Tensor& x) {
    return found<Largest>(x, maxima, [](const Tensor& t) { return t.max().item<float>(); });
  }
};

}  // namespace

TEST_CASE("derived: several kinds live side by side", "[ops][derived]") {
  const Tensor x = tensor({1., 2., 4.});
  Makers made;
  for (int i = 0; i < 3; ++i) {
    CHECK(made.sum(x) == 7);
    CHECK(made.largest(x) == 4);
  }
  CHECK(made.sums == 1);
  CHECK(made.maxima == 1);
}

TEST_CASE("derived: a change of the elements drops all kinds", "[ops][derived]") {
  const Tensor x = tensor({1., 2., 4.});
  Makers made;
  made.sum(x);
  made.largest(x);
  x.mul_(2);
  CHECK(made.sum(x) == 14);
  CHECK(made.largest(x) == 8);
  x.set_data(tensor({5., 6.}));
  CHECK(made.largest(x) == 6);
  CHECK(made.sum(x) == 11);
  CHECK(made.sums == 3);
  CHECK(made.maxima == 3);
  // Through a pointer, anything may be written.
  x.data_ptr<float>()[0] = 50;
  CHECK(made.sum(x) == 56);
}

TEST_CASE("derived: kinds of old elements go when one is made anew", "[ops][derived]") {
  DerivedSlot slot;
  const int a = 0, b = 0, c = 0;
  const auto value = [](int i) { return std::make_shared<const int>(i); };
  const auto at = [&](const void* kind) {
    const auto found = slot.load(kind);
    return found ? *std::static_pointer_cast<const int>(found->value) : -1;
  };
  slot.store({1, 1, &a, value(10)});
  slot.store({1, 1, &b, value(11)});
  slot.store({1, 1, &c, value(12)});
  CHECK(at(&a) == 10);
  CHECK(at(&b) == 11);
  CHECK(at(&c) == 12);
  slot.store({1, 1, &b, value(21)});  // replaces its own kind only
  CHECK(at(&a) == 10);
  CHECK(at(&b) == 21);
  CHECK(at(&c) == 12);
  slot.store({2, 1, &a, value(30)});  // of other elements: the rest is gone
  CHECK(at(&a) == 30);
  CHECK(at(&b) == -1);
  CHECK(at(&c) == -1);
  slot.store({2, 2, &c, value(32)});
  CHECK(at(&a) == -1);
  CHECK(at(&c) == 32);
  slot.clear();
  CHECK(at(&c) == -1);
}

TEST_CASE("derived: memory of the caller's is derived from anew each time", "[ops][derived]") {
  std::vector<float> mine{1, 2, 4};
  const Tensor x = from_blob(mine.data(), {3});
  Makers made;
  CHECK(made.sum(x) == 7);
  mine[0] = 3;
  CHECK(made.sum(x) == 9);
}
