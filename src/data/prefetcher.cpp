// The thread that makes batches ahead.
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

#include "wick/autograd.h"
#include "wick/data/data_loader.h"
#include "wick/device.h"
#include "wick/threads.h"

namespace wick::data::detail {
namespace {

/// Another number in a child of fork(), which has none of its parent's threads.
int64_t process() {
#if __has_include(<unistd.h>)
  return getpid();
#else
  return 0;
#endif
}

}  // namespace

struct Prefetcher::Worker {
  struct Made {
    std::shared_ptr<void> batch;
    std::exception_ptr error;
  };

  Worker(int64_t batches, int64_t most, const Make& how)
      : count(batches),
        ahead(static_cast<size_t>(most)),
        make(how),
        grad(is_grad_enabled()),
        device(default_device()),
        thread([this] { run(); }) {}

  ~Worker() {
    {
      const std::lock_guard lock(mutex);
      stopped = true;
    }
    changed.notify_all();
    thread.join();
  }

  void run() {
    const NumThreadsGuard alone(1);
    const DeviceGuard same_device(device);
    std::optional<NoGradGuard> no_grad;
    if (!grad) no_grad.emplace();
    for (int64_t i = 0; i < count; ++i) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopped || made.size() < ahead; });
        if (stopped) return;
      }
      Made next = try_make(i);
      {
        const std::lock_guard lock(mutex);
        made.push_back(std::move(next));
      }
      changed.notify_all();
    }
  }

  Made try_make(int64_t i) const noexcept {
    try {
      return {make(i), nullptr};
    } catch (...) {
      return {nullptr, std::current_exception()};
    }
  }

  Made take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !made.empty(); });
    Made next = std::move(made.front());
    made.pop_front();
    lock.unlock();
    changed.notify_all();
    return next;
  }

  const int64_t owner = process();
  const int64_t count;
  const size_t ahead;
  const Make& make;
  const bool grad;
  const Device device;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Made> made;
  bool stopped = false;
  std::thread thread;  // last: it uses all of the above
};

Prefetcher::Prefetcher(int64_t count, int64_t ahead, Make make) : make_(std::move(make)) {
  if (ahead == 0 || count == 0) return;
  try {
    worker_ = std::make_unique<Worker>(count, ahead, make_);
  } catch (const std::system_error& error) {
    throw Error(std::string("DataLoader: cannot start a thread to prefetch: ") + error.what());
  }
}

Prefetcher::~Prefetcher() {
  // In a child the thread cannot be joined, nor its mutex be taken: what is left of it stays.
  if (worker_ && worker_->owner != process()) static_cast<void>(worker_.release());
}

std::shared_ptr<void> Prefetcher::next() {
  const int64_t number = next_++;
  if (!worker_ || worker_->owner != process()) return make_(number);
  auto [batch, error] = worker_->take();
  if (error) std::rethrow_exception(std::move(error));
  return batch;
}

}  // namespace wick::data::detail
