#pragma once

#include <chrono>
#include <limits>

#include "ballast/solve.h"

namespace ballast {

/// Thrown by Stop::check() out of the depth of a solve; solve() turns it into an answer.
struct Interrupted {
  Status status;  // Cancelled or TimeLimit
};

/// Cancellation and the deadline in one place. Every loop that may run longer than a few milliseconds asks it.
class Stop {
 public:
  Stop(const CancelToken& token, double limitMs) : token_(token), limitMs_(limitMs) {}

  void check() const {
    if (token_.cancelled()) throw Interrupted{Status::Cancelled};
    if (elapsedMs() > limitMs_) throw Interrupted{Status::TimeLimit};
  }

  /// The same cancellation without a deadline.
  [[nodiscard]] Stop withoutDeadline() const { return Stop(token_, std::numeric_limits<double>::infinity()); }

  [[nodiscard]] double elapsedMs() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  const CancelToken& token_;
  double limitMs_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace ballast
