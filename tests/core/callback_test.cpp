// Callback: any callable or none; and the handle that takes a hook out again.
#include "wick/callback.h"

#include <memory>
#include <string>

#include "catch.h"

using wick::Callback;
using wick::HookHandle;

namespace {

int twice(int x) { return 2 * x; }

}  // namespace

TEST_CASE("a callback holds a callable or none", "[core][callback]") {
  using F = Callback<int(int)>;
  CHECK_FALSE(F());
  CHECK_FALSE(F(nullptr));
  int (*const nothing)(int) = nullptr;
  CHECK_FALSE(F(nothing));
  CHECK(F(twice));
  CHECK(F(twice)(4) == 8);
  CHECK(F([](int x) { return x + 1; })(4) == 5);
  F f = twice;
  f = nullptr;
  CHECK_FALSE(f);
  // Of arguments that are references, and of results that are converted.
  const Callback<void(std::string&)> grow = [](std::string& text) { text += "!"; };
  std::string text = "a";
  grow(text);
  CHECK(text == "a!");
  CHECK(Callback<double(int)>(twice)(3) == 6.0);
}

TEST_CASE("copies of a callback share the callable", "[core][callback]") {
  const Callback<int()> count = [n = 0]() mutable { return ++n; };
  const Callback<int()> copy = count;
  CHECK(count() == 1);
  CHECK(copy() == 2);
  CHECK(count() == 3);
}

TEST_CASE("a callable lives as long as the last callback", "[core][callback]") {
  const auto held = std::make_shared<int>(5);
  {
    Callback<int()> first = [held] { return *held; };
    const Callback<int()> second = first;
    CHECK(held.use_count() == 2);
    first = nullptr;
    CHECK(second() == 5);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a handle removes once, and a default one nothing", "[core][callback]") {
  int removed = 0;
  HookHandle handle([&] { ++removed; });
  handle.remove();
  handle.remove();
  CHECK(removed == 1);
  HookHandle().remove();
  HookHandle again;
  again = HookHandle([&] {
    ++removed;
    again.remove();  // from inside: nothing is left to do
  });
  again.remove();
  CHECK(removed == 2);
}
