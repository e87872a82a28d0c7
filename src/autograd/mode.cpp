// The modes in which operations are recorded.
#include <atomic>

#include "core/tensor_impl.h"
#include "wick/autograd.h"

namespace wick {
namespace {

thread_local bool grad_enabled = true;
std::atomic<bool> anomaly{false};

}  // namespace

bool is_grad_enabled() { return grad_enabled; }
GradModeGuard::GradModeGuard(bool enabled) : before_(grad_enabled) { grad_enabled = enabled; }
GradModeGuard::~GradModeGuard() { grad_enabled = before_; }

InferenceModeGuard::InferenceModeGuard() : before_(core::inference_mode()) {
  core::inference_mode() = true;
}
InferenceModeGuard::~InferenceModeGuard() { core::inference_mode() = before_; }
bool is_inference_mode_enabled() { return core::inference_mode(); }

namespace autograd {

void set_detect_anomaly(bool on) { anomaly.store(on, std::memory_order_relaxed); }
bool is_anomaly_enabled() { return anomaly.load(std::memory_order_relaxed); }

}  // namespace autograd
}  // namespace wick
