#pragma once

#include <vector>

#include "ballast/problem.h"

namespace ballast {

/// The panel of one master, [J x n] returns, and its normal equations: what an interior point run does with it.
class Panel {
 public:
  virtual ~Panel() = default;

  /// y = panel w, [J].
  virtual void dots(const double* w, double* y) = 0;

  /// g = panel' q, [n].
  virtual void sums(const double* q, double* g) = 0;

  /// Factors [panel 1]' diag(weight) [panel 1] + diag(phi, 0), [n + 1], with a ridge of 1e-14; false when it is
  /// numerically singular. `single` allows products in float32.
  [[nodiscard]] virtual bool factor(const std::vector<double>& weight, const std::vector<double>& phi, bool single) = 0;

  /// Solves L x = b in place for `count` right sides of n + 1, one after the other. After factor().
  virtual void forward(double* b, Index count) = 0;

  /// Solves L' x = b in place. After factor().
  virtual void backward(double* b) = 0;
};

}  // namespace ballast
