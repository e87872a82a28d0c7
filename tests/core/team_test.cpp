// What parallel regions know of their threads: fork, floating-point modes, threads that cannot be
// started.
#include "core/team.h"

#include <atomic>
#include <cfenv>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "core/child_process.h"
#include "core/threads.h"
#include "kernels/memory/fork_mutex.h"
#include "ops/op_table.h"
#include "wick/wick.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif
#ifdef __linux__
#include <sys/resource.h>
#include <unistd.h>
#endif

using namespace wick;

// == Floating-point modes =========================================================================

#if defined(__SSE__)

namespace {

constexpr unsigned flush = 0x8040;  // FTZ and DAZ

class Modes {
 public:
  explicit Modes(unsigned bits) { _mm_setcsr(before_ | bits); }
  ~Modes() { _mm_setcsr(before_); }
  Modes(const Modes&) = delete;
  Modes& operator=(const Modes&) = delete;

 private:
  unsigned before_ = _mm_getcsr();
};

}  // namespace

TEST_CASE("all threads of a call flush denormals as its caller does", "[core][threads]") {
  const Tensor x = full({1 << 19}, 1e-40), a = full({300, 300}, 1e-30), b = full({300, 300}, 1e-10);
  const std::vector<std::function<Tensor()>> calls{[&] { return x * 0.5; }, [&] { return x.sum(); },
                                                   [&] {
                                                     return x.view({1 << 10, -1}).sum(1);
                                                   },
                                                   [&] { return a.matmul(b); },
                                                   [&] {
                                                     return x.view({-1, 64}).softmax(1) * 1e-39;
                                                   }};
  for (const auto& call : calls) {
    for (const unsigned modes : {0U, flush}) {
      std::vector<Tensor> results;
      for (const int threads : {1, 2, 3, 8}) {
        const NumThreadsGuard guard(threads);
        const Modes here(modes);
        results.push_back(call());
      }
      for (const Tensor& r : results)
        CHECK(r.to(float64).ne(results[0].to(float64)).sum().item<int64_t>() == 0);
    }
  }
  const NumThreadsGuard guard(4);
  {
    const Modes here(flush);
    CHECK(core::FloatModes::here() != core::FloatModes());
    CHECK((x * 1.).max().item<float>() == 0);
  }
  CHECK((x * 1.).min().item<float>() > 0);  // and the threads are as they were
}

TEST_CASE("all threads of a call round as its caller does", "[core][threads]") {
  const Tensor x = ones({1 << 19}), third = full({1 << 19}, 3.);
  const NumThreadsGuard guard(4);
  const int before = std::fegetround();
  std::fesetround(FE_UPWARD);
  const Tensor up = x / third;
  std::fesetround(FE_DOWNWARD);
  const Tensor down = x / third;
  std::fesetround(before);
  CHECK(up.min().item<float>() == up.max().item<float>());
  CHECK(down.min().item<float>() == down.max().item<float>());
  CHECK(down.max().item<float>() < up.min().item<float>());
}

TEST_CASE("modes come and go with their guard", "[core][threads]") {
  const core::FloatModes plain = core::FloatModes::here();
  core::FloatModes flushing;
  {
    const Modes here(flush);
    flushing = core::FloatModes::here();
  }
  {
    const core::FloatModesGuard guard(flushing);
    CHECK(core::FloatModes::here() == flushing);
  }
  CHECK(core::FloatModes::here() == plain);
}

#endif

#if WICK_TEST_FORKS

// == fork() =======================================================================================

namespace {

struct Work {
  std::string name;
  std::function<Tensor()> run;
};

/// Operations that share their work among threads.
std::vector<Work> work() {
  manual_seed(3);
  const Tensor x = randn({1 << 20}), m = randn({300, 300}), rows = randn({200, 700});
  const nn::Linear layer(700, 300);
  std::vector<Work> all{
      {"pointwise", [=] { return x.exp(); }},
      {"strided", [=] { return m.t() + m; }},
      {"sum", [=] { return x.sum(); }},
      {"softmax over columns", [=] { return rows.softmax(0); }},
      {"matmul", [=] { return m.matmul(m); }},
      {"linear", [=] { return layer(rows); }},
      {"sort", [=] { return rows.sort(1).values; }},
      {"random", [] { return randn({1 << 19}); }},
      {"index", [=] { return rows.index_select(0, arange(int64_t{0}, int64_t{200})); }},
      {"backward",
       [=] {
         const Tensor w = m.clone().requires_grad_();
         (w.matmul(m).gelu() * m).sum().backward();
         return w.grad();
       }},
      {"half",
       [=] {
         return rows.to(bfloat16).matmul(m.to(bfloat16).repeat({3, 1}).slice(0, 0, 700));
       }},
  };
  all.push_back({"optimizer", [=] {
                   Tensor w = m.clone().requires_grad_();
                   optim::AdamW adam({w}, optim::AdamWOptions{.lr = 0.1});
                   w.square().sum().backward();
                   adam.step();
                   return w.detach();
                 }});
  return all;
}

}  // namespace

TEST_CASE("a child of fork() computes after its parent's parallel work", "[core][threads][fork]") {
  const NumThreadsGuard two(2);
  for (const Work& w : work()) {
    INFO(w.name);
    manual_seed(1);
    const Tensor expected = w.run();
    manual_seed(1);
    CHECK(child_does([&] { return equal(w.run(), expected) && get_num_threads() == 1; }));
    manual_seed(1);
    CHECK(equal(w.run(), expected));  // and the parent goes on
  }
  CHECK(get_num_threads() == 2);
}

TEST_CASE("a grandchild and a thread of a child compute as well", "[core][threads][fork]") {
  const NumThreadsGuard two(2);
  const Tensor x = arange(1. * (1 << 20));
  const double expected = x.sum().item<double>();
  const auto sum_is_right = [&] { return x.sum().item<double>() == expected; };
  REQUIRE(sum_is_right());
  CHECK(child_does([&] {
    int threads = 0;
    bool right = false;
    std::thread([&] {  // which never had a team to lose
      const NumThreadsGuard three(3);
      threads = get_num_threads();
      right = sum_is_right();
    })
        .join();
    return right && threads == 3 && child_does(sum_is_right);
  }));
}

TEST_CASE("a child can take any lock that other threads held", "[core][threads][fork]") {
  const nn::Linear shared(50, 50);
  std::atomic<bool> done{false};
  std::atomic<int64_t> sizes{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i)
    others.emplace_back([&] {
      const NumThreadsGuard alone(1);
      const Tensor x = ones({20, 50});
      while (!done) {
        shared(x).sum().backward();
        static_cast<void>(randn({1000}));
        static_cast<void>(empty({1 << 20}));
        static_cast<void>(x.to_string());
        const int64_t n = 70 + ++sizes % 500;  // a primitive that nobody has made yet
        static_cast<void>(nn::functional::linear(rand({20, n}), rand({n, n})));
      }
    });
  int finished = 0;
  constexpr int children = 30;
  for (int i = 0; i < children; ++i)
    finished += child_does([&] {
      const Tensor x = ones({20, 50});
      nn::Linear own(50, 50);
      own(shared(x)).sum().backward();
      static_cast<void>(nn::functional::linear(rand({20, 3001}), rand({80, 3001})));
      static_cast<void>(randn({1000}));
      static_cast<void>(empty({1 << 20}));
      return !x.to_string().empty() && shared.weight.grad().defined();
    });
  done = true;
  for (std::thread& other : others) other.join();
  CHECK(finished == children);
}

namespace {

std::atomic<bool> slow_has_begun{false};

int* make_slowly() {
  slow_has_begun = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return new int(7);
}

}  // namespace

TEST_CASE("a child finds whole what another thread was making", "[core][threads][fork]") {
  std::thread maker([] { kernels::made_once<make_slowly>(); });
  while (!slow_has_begun) std::this_thread::yield();
  CHECK(child_does([] { return kernels::made_once<make_slowly>() == 7; }));
  maker.join();
  CHECK(kernels::made_once<make_slowly>() == 7);
}

// == Threads that cannot be started ===============================================================

TEST_CASE("where no thread can be started, the caller does the work", "[core][threads][fork]") {
  const Tensor x = arange(1. * (1 << 20));
  const double expected = x.sum().item<double>();
  CHECK(child_does([&] {
    // Not by RLIMIT_NPROC, which does not count for root: there is no room for a stack.
    const rlimit little{400 << 20, 400 << 20};
    bool right = true;
    std::thread([&] {
      setrlimit(RLIMIT_AS, &little);
      const NumThreadsGuard many(512);
      right = x.sum().item<double>() == expected;
    }).join();
    return right;
  }));
}

#endif
