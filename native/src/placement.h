#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "ballast/solve.h"
#include "cuda/loader.h"
#include "stop.h"

namespace ballast {

/// What an answer says of where it was found.
struct Place {
  std::string backend;
  std::string fallback;
};

/// A device's copy of scenarios as `wanted` asks for it, made now; none, with the reason in `why`, where that fails. Auto
/// gives no reason: nobody asked for a device.
[[nodiscard]] std::shared_ptr<const Residence> residenceFor(const Scenarios& scenarios, Backend wanted, const Stop& stop,
                                                            std::string& why);

/// Where the scenarios are for the length of one call. For any number of threads.
class Placement {
 public:
  /// Takes the copy the scenarios come with, or makes one.
  Placement(const Scenarios& scenarios, Backend wanted, const Stop& stop);

  /// Calls work(scenarios, place). A device that fails in it is given up, for the whole call, and work is done again on the
  /// processors.
  template <class Work>
  void run(Work&& work) {
    if (onDevice_.load()) {
      try {
        work(device_, Place{"cuda", ""});
        return;
      } catch (const cuda::DeviceError& error) {
        giveUp(error.what());
      }
    }
    work(host_, Place{"cpu", reason()});
  }

 private:
  void giveUp(const std::string& why);
  [[nodiscard]] std::string reason();

  Scenarios host_, device_;
  std::atomic<bool> onDevice_{false};
  std::mutex mutex_;
  std::string why_;  // guarded by mutex_
};

}  // namespace ballast
