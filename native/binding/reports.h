#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "ballast/solve.h"

namespace ballast {

/// The latest progress of a running job on its way to JavaScript: newer news replaces older, so nothing piles up however
/// long the environment's thread is busy.
class Reports {
 public:
  /// Keeps `latest` and calls tell() when the environment's thread is to look at it: not while it has yet to look at an
  /// earlier one, and at most every 50 ms. tell() answers false when the environment is closing, and is then never
  /// called again. Any thread.
  template <class Tell>
  void post(const Progress& latest, Tell&& tell) {
    const std::lock_guard lock(mutex_);
    latest_ = latest;
    const auto now = std::chrono::steady_clock::now();
    if (closed_ || waiting_ || (told_ && now - *told_ < std::chrono::milliseconds(50))) return;
    waiting_ = true;
    told_ = now;
    closed_ = !tell();
  }

  /// The newest progress posted.
  [[nodiscard]] Progress take() {
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    return latest_;
  }

  /// Whether tell() has found the environment closing.
  [[nodiscard]] bool closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  std::mutex mutex_;
  Progress latest_;
  bool waiting_ = false;
  bool closed_ = false;
  std::optional<std::chrono::steady_clock::time_point> told_;
};

}  // namespace ballast
