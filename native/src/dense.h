#pragma once

#include <vector>

#include "ballast/problem.h"
#include "stop.h"

namespace ballast {

/// LU factors of a small dense square matrix, rows pivoted by size.
class DenseLu {
 public:
  /// Factors a [k x k] row-major matrix. False when a pivot falls below `smallest`; then solve nothing.
  /// `stop` is asked every few columns.
  bool factor(std::vector<double> matrix, Index k, double smallest, const Stop& stop);

  /// b := A^-1 b.
  void solve(std::vector<double>& b) const;

  /// b := A^-T b.
  void solveTransposed(std::vector<double>& b) const;

 private:
  Index k_ = 0;
  std::vector<double> lu_;
  std::vector<Index> order_;  // order_[i]: original row at place i
};

}  // namespace ballast
