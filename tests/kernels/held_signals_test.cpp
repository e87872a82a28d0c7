// Signals during matrix products.
#include "kernels/memory/held_signals.h"

#ifdef __linux__

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "wick/wick.h"

namespace {

using namespace wick;

std::atomic<int64_t> handled{0};

void count(int) { handled.fetch_add(1, std::memory_order_relaxed); }

/// Installs a handler while it lives.
class Handler {
 public:
  Handler(int signal, void (*handler)(int)) : signal_(signal) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, &before_);
  }
  ~Handler() {
    signal(signal_, SIG_IGN);  // drops those that are still on their way to a thread
    sigaction(signal_, &before_, nullptr);
  }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  int signal_;
  struct sigaction before_ {};
};

/// SIGALRM every `microseconds`, to whichever thread does not block it, while it lives.
class Alarms {
 public:
  explicit Alarms(int microseconds) : handler_(SIGALRM, count) {
    const itimerval every{{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &every, nullptr);
  }
  ~Alarms() {
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
  }
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

 private:
  Handler handler_;
};

/// SIGUSR1 to every thread of the process, again and again, while it lives.
class Storm {
 public:
  Storm() : handler_(SIGUSR1, count), sender_([this] { send(); }) {}
  ~Storm() {
    done_ = true;
    sender_.join();
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

 private:
  void send() {
    const auto self = syscall(SYS_gettid);
    while (!done_) {
      DIR* tasks = opendir("/proc/self/task");
      while (const dirent* task = readdir(tasks)) {
        const long id = std::atol(task->d_name);
        if (id > 0 && id != self) syscall(SYS_tgkill, getpid(), id, SIGUSR1);
      }
      closedir(tasks);
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  }

  Handler handler_;
  std::atomic<bool> done_{false};
  std::thread sender_;
};

struct Product {
  std::string name;
  std::function<Tensor()> run;
};

/// Products that take every way there is.
std::vector<Product> products() {
  manual_seed(0);
  const Tensor square = randn({500, 500}), wide = randn({64, 1500}), tall = randn({1500, 300});
  const Tensor batch = randn({6, 90, 300}), other = randn({6, 300, 70});
  std::vector<Product> all{
      {"large", [=] { return square.matmul(square); }},
      {"large, transposed", [=] { return square.t().matmul(square.t()); }},
      {"large, one transposed", [=] { return square.matmul(square.t()); }},
      {"wide", [=] { return wide.matmul(tall); }},
      {"strided", [=] { return square.slice(1, 0, {}, 2).matmul(square.slice(0, 0, {}, 2)); }},
      {"batches", [=] { return batch.matmul(other); }},
      {"double", [=] { return wide.to(float64).matmul(tall.to(float64)); }},
  };
  const nn::Linear layer(1500, 300);
  all.push_back({"linear", [=] { return layer(wide); }});
  all.push_back({"linear, one row", [=] { return layer(wide.slice(0, 0, 1)); }});
  for (const DType dtype : {bfloat16, float16}) {
    nn::Linear half(1500, 300);
    half.to(dtype);
    all.push_back({"linear, " + std::string(name(dtype)), [=] { return half(wide.to(dtype)); }});
  }
  all.push_back({"backward", [=] {
                   const Tensor x = wide.clone().requires_grad_();
                   x.matmul(tall).square().sum().backward();
                   return x.grad();
                 }});
  return all;
}

bool same_bits(const Tensor& a, const Tensor& b) { return equal(a, b); }

struct StackRange {
  uintptr_t low = 0, high = 0;
};
[[maybe_unused]] StackRange stack_of_caller() {
  pthread_attr_t attributes;
  pthread_getattr_np(pthread_self(), &attributes);
  void* low = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return {reinterpret_cast<uintptr_t>(low), reinterpret_cast<uintptr_t>(low) + size};
}

}  // namespace

TEST_CASE("handlers leave products as they are", "[kernels][signals]") {
  const NumThreadsGuard threads(2);
  for (const Product& product : products()) {
    INFO(product.name);
    const Tensor expected = product.run();
    int wrong = 0;
    {
      const Alarms alarms(1000);
      const Storm storm;
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
      do wrong += !same_bits(product.run(), expected);
      while (std::chrono::steady_clock::now() < end);
    }
    CHECK(wrong == 0);
  }
  CHECK(handled > 0);
}

TEST_CASE("handlers leave the products of the program's threads as they are",
          "[kernels][signals]") {
  const std::vector<Product> every = products();
  std::vector<Tensor> expected;
  for (const Product& product : every) expected.push_back(product.run());
  std::atomic<int> wrong{0};
  {
    const Storm storm;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&, i] {
        const NumThreadsGuard alone(1);
        for (size_t j = 0; j < 3 * every.size(); ++j) {
          const size_t at = (j + static_cast<size_t>(i)) % every.size();
          wrong += !same_bits(every[at].run(), expected[at]);
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(wrong == 0);
}

#if defined(__x86_64__) && !WICK_TEST_SANITIZED

namespace {

StackRange stack_in_use;
std::atomic<int64_t> elsewhere{0};

void look_at_stack(int, siginfo_t*, void* context) {
  const auto* state = static_cast<const ucontext_t*>(context);
  const auto at = static_cast<uintptr_t>(state->uc_mcontext.gregs[REG_RSP]);
  if (at < stack_in_use.low || at >= stack_in_use.high) ++elsewhere;
  ++handled;
}

}  // namespace

// The same question asked directly, on a stack of the handler's own, so that nothing is harmed.
TEST_CASE("handlers find the stack pointer on the stack", "[kernels][signals]") {
  std::thread([] {
    const NumThreadsGuard alone(1);
    stack_in_use = stack_of_caller();
    std::vector<char> memory(1 << 17);
    const stack_t own{memory.data(), 0, memory.size()};
    stack_t before{};
    sigaltstack(&own, &before);
    struct sigaction action {
    }, old_action{};
    action.sa_sigaction = look_at_stack;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(SIGUSR2, &action, &old_action);
    std::atomic<bool> done{false};
    std::thread sender([&, to = pthread_self()] {
      while (!done) {
        pthread_kill(to, SIGUSR2);
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    });
    for (const Product& product : products()) {
      INFO(product.name);
      const int64_t handled_before = handled;
      elsewhere = 0;
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
      do product.run();
      while (std::chrono::steady_clock::now() < end);
      CHECK(elsewhere == 0);
      CHECK(handled > handled_before);
    }
    done = true;
    sender.join();
    sigaction(SIGUSR2, &old_action, nullptr);
    sigaltstack(&before, nullptr);
  }).join();
}

#endif

TEST_CASE("a signal that is held is late, not lost", "[kernels][signals]") {
  const Handler handler(SIGUSR1, count);
  const int64_t before = handled;
  {
    const kernels::HeldSignals held(true);
    pthread_kill(pthread_self(), SIGUSR1);
    CHECK(handled == before);
    {
      const kernels::HeldSignals inner(true);
      const kernels::HeldSignals nothing(false);
    }
    CHECK(handled == before);
  }
  CHECK(handled == before + 1);
}

TEST_CASE("what the caller blocks stays blocked, and faults get through", "[kernels][signals]") {
  sigset_t usr2, before, now;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &usr2, &before);
  {
    const kernels::HeldSignals held(true);
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    CHECK(sigismember(&now, SIGTERM) == 1);
    CHECK(sigismember(&now, SIGSEGV) == 0);
    CHECK(sigismember(&now, SIGBUS) == 0);
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  CHECK(sigismember(&now, SIGUSR2) == 1);
  CHECK(sigismember(&now, SIGTERM) == 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

#endif  // __linux__
