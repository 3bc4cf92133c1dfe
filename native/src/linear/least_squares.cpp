#include "linear/least_squares.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/kernels.h"

namespace ballast {
namespace {

constexpr double kDependent = 1e-10;  // a column this much shorter than the longest depends on the others
constexpr double kStale = 1e-4;       // a length that fell to this share of the last sum is summed up again

double dot(const double* a, const double* b, Index count) {
  double sum = 0.0;
  kernels().rowDots(a, 1, count, b, &sum);
  return sum;
}

}  // namespace

LeastSquares::LeastSquares(const std::vector<double>& a, Index rows, Index columns)
    : rows_(rows), columns_(columns), q_(a.size()), order_(columns), length_(columns) {
  // Columns are kept contiguous: every step works along them.
  for (Index i = 0; i < rows; ++i) {
    for (Index k = 0; k < columns; ++k) q_[k * rows + i] = a[i * columns + k];
  }
  std::iota(order_.begin(), order_.end(), Index{0});
  for (Index k = 0; k < columns; ++k) length_[k] = dot(q_.data() + k * rows, q_.data() + k * rows, rows);
  measured_ = length_;
  double longest = 0.0;
  for (Index step = 0; step < std::min(rows, columns); ++step) {
    choosePivot(step);
    double* v = q_.data() + step * rows;
    const double length = std::sqrt(dot(v + step, v + step, rows - step));
    longest = std::max(longest, length);
    if (!(length > kDependent * longest)) break;
    const double alpha = v[step] > 0.0 ? -length : length;
    v[step] -= alpha;
    half_.push_back(0.5 * dot(v + step, v + step, rows - step));
    diagonal_.push_back(alpha);
    for (Index k = step + 1; k < columns; ++k) {
      double* x = q_.data() + k * rows;
      reflect(step, x);
      length_[k] -= x[step] * x[step];
      if (length_[k] > kStale * measured_[k]) continue;
      length_[k] = measured_[k] = dot(x + step + 1, x + step + 1, rows - step - 1);
    }
  }
}

void LeastSquares::choosePivot(Index step) {
  const Index best = std::max_element(length_.begin() + step, length_.end()) - length_.begin();
  if (best == step) return;
  std::swap(order_[step], order_[best]);
  std::swap(length_[step], length_[best]);
  std::swap(measured_[step], measured_[best]);
  std::swap_ranges(q_.begin() + step * rows_, q_.begin() + (step + 1) * rows_, q_.begin() + best * rows_);
}

void LeastSquares::reflect(Index step, double* x) const {
  const double* v = q_.data() + step * rows_;
  const double factor = dot(v + step, x + step, rows_ - step) / half_[step];
  for (Index i = step; i < rows_; ++i) x[i] -= factor * v[i];
}

std::vector<double> LeastSquares::solve(std::vector<double> b) const {
  const Index rank = static_cast<Index>(diagonal_.size());
  for (Index step = 0; step < rank; ++step) reflect(step, b.data());
  std::vector<double> x(columns_, 0.0);
  for (Index step = rank - 1; step >= 0; --step) {
    const double* column = q_.data() + step * rows_;
    const double value = b[step] / diagonal_[step];
    for (Index i = 0; i < step; ++i) b[i] -= value * column[i];
    x[order_[step]] = value;
  }
  return x;
}

std::vector<double> LeastSquares::solveTransposed(const std::vector<double>& c) const {
  const Index rank = static_cast<Index>(diagonal_.size());
  std::vector<double> y(rows_, 0.0);
  for (Index step = 0; step < rank; ++step) {
    const double* column = q_.data() + step * rows_;
    y[step] = (c[order_[step]] - dot(column, y.data(), step)) / diagonal_[step];
  }
  for (Index step = rank - 1; step >= 0; --step) reflect(step, y.data());
  return y;
}

}  // namespace ballast
