#pragma once

#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "parallel/pool.h"

namespace ballast {

/// A symmetric matrix, lower triangle, in strips of kStrip rows: strip s holds columns 0 .. (s + 1) kStrip - 1, each as
/// kStrip consecutive rows. Rows past `size` are padding. After factor() it holds the Cholesky factor instead.
class Symmetric {
 public:
  /// All zero, [size x size].
  void reset(Index size);

  [[nodiscard]] Index size() const { return size_; }

  double& at(Index row, Index column) { return data_[place(row, column)]; }
  [[nodiscard]] double at(Index row, Index column) const { return data_[place(row, column)]; }

  /// Adds sum_j weight_j a_j a_j' with a_j = (rows_j, 1): `panel` is [count x size - 1] row-major and weights are >= 0.
  /// `single` multiplies in float32. Rows of weight 0 cost nothing.
  void addGram(const double* panel, std::span<const double> weights, bool single, Pool& pool);

  /// Cholesky factorisation in place; false when a pivot is not positive.
  [[nodiscard]] bool factor(Pool& pool);

  /// Solves L x = b in place for `count` right sides, each `size` long, one after the other. After factor().
  void forward(double* b, Index count) const;

  /// Solves L' x = b in place for one right side. After factor().
  void backward(double* b) const;

 private:
  [[nodiscard]] Index place(Index row, Index column) const {
    return offset_[row / kStrip] + column * kStrip + row % kStrip;
  }
  [[nodiscard]] double* tile(Index strip, Index block) { return data_.data() + offset_[strip] + block * kStrip * kStrip; }

  void forwardOne(double* b) const;

  Index size_ = 0;
  Index strips_ = 0;
  std::vector<Index> offset_;  // [strips] where a strip begins
  std::vector<double> data_;
  mutable std::vector<double> padded_;
  std::vector<std::vector<double>> packed_;        // one workspace a part of a Gram sum, kept between calls
  std::vector<std::vector<float>> packedSingle_;
};

}  // namespace ballast
