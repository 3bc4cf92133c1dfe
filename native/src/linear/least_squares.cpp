#include "linear/least_squares.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ballast {
namespace {

constexpr double kDependent = 1e-10;  // a column this much shorter than the longest depends on the others

}  // namespace

std::vector<double> leastSquares(std::vector<double> a, long rows, long columns, std::vector<double> b) {
  // Columns are kept contiguous: every step works along them.
  std::vector<double> q(a.size());
  for (long i = 0; i < rows; ++i) {
    for (long k = 0; k < columns; ++k) q[k * rows + i] = a[i * columns + k];
  }
  std::vector<long> order(columns);
  std::iota(order.begin(), order.end(), 0L);
  std::vector<double> diagonal;
  const auto squared = [&](long k, long from) {
    double sum = 0.0;
    for (long i = from; i < rows; ++i) sum += q[k * rows + i] * q[k * rows + i];
    return sum;
  };
  double longest = 0.0;
  const long most = std::min(rows, columns);
  for (long step = 0; step < most; ++step) {
    long best = step;
    double length = -1.0;
    for (long k = step; k < columns; ++k) {
      const double own = squared(k, step);
      if (own > length) {
        length = own;
        best = k;
      }
    }
    length = std::sqrt(length);
    longest = std::max(longest, length);
    if (!(length > kDependent * longest)) break;
    std::swap(order[step], order[best]);
    std::swap_ranges(q.begin() + step * rows, q.begin() + (step + 1) * rows, q.begin() + best * rows);
    double* v = q.data() + step * rows;
    const double alpha = v[step] > 0.0 ? -length : length;
    v[step] -= alpha;
    const double half = 0.5 * squared(step, step);
    const auto reflect = [&](double* x) {
      double dot = 0.0;
      for (long i = step; i < rows; ++i) dot += v[i] * x[i];
      const double factor = dot / half;
      for (long i = step; i < rows; ++i) x[i] -= factor * v[i];
    };
    for (long k = step + 1; k < columns; ++k) reflect(q.data() + k * rows);
    reflect(b.data());
    diagonal.push_back(alpha);
  }
  std::vector<double> x(columns, 0.0);
  for (long step = static_cast<long>(diagonal.size()) - 1; step >= 0; --step) {
    double value = b[step];
    for (long k = step + 1; k < static_cast<long>(diagonal.size()); ++k) value -= q[k * rows + step] * x[order[k]];
    x[order[step]] = value / diagonal[step];
  }
  return x;
}

}  // namespace ballast
