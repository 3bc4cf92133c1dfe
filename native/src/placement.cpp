#include "placement.h"

#include "cuda/residence.h"

namespace ballast {
namespace {

/// Elements below which `auto` does not even look for a device: finding one costs more than such a solve.
constexpr double kWorthLooking = 1e5;

}  // namespace

std::shared_ptr<const Residence> residenceFor(const Scenarios& scenarios, Backend wanted, const Stop& stop, std::string& why) {
  const double elements = static_cast<double>(scenarios.rows) * static_cast<double>(scenarios.columns);
  if (wanted == Backend::Cpu || (wanted == Backend::Auto && elements < kWorthLooking)) return nullptr;
  try {
    auto library = cuda::Library::load();
    if (wanted == Backend::Auto && elements < library->device().leastMatrix) return nullptr;
    return std::make_shared<cuda::DeviceResidence>(std::make_shared<const cuda::DeviceSet>(std::move(library), scenarios, stop));
  } catch (const cuda::DeviceError& error) {
    if (wanted == Backend::Cuda) why = error.what();
    return nullptr;
  }
}

Placement::Placement(const Scenarios& scenarios, Backend wanted, const Stop& stop) : host_(scenarios), device_(scenarios) {
  host_.residence = nullptr;
  if (wanted == Backend::Cpu) device_.residence = nullptr;
  else if (device_.residence == nullptr) device_.residence = residenceFor(scenarios, wanted, stop, why_);
  onDevice_.store(device_.residence != nullptr);
}

void Placement::giveUp(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (onDevice_.exchange(false)) why_ = why;
}

std::string Placement::reason() {
  const std::lock_guard lock(mutex_);
  return why_;
}

}  // namespace ballast
