#include "dense.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace ballast {

bool DenseLu::factor(std::vector<double> matrix, Index k, double smallest, const Stop& stop) {
  k_ = k;
  lu_ = std::move(matrix);
  order_.resize(k);
  std::iota(order_.begin(), order_.end(), Index{0});
  for (Index c = 0; c < k; ++c) {
    if ((c & 15) == 15) stop.check();
    Index best = c;
    for (Index r = c + 1; r < k; ++r) {
      if (std::fabs(lu_[r * k + c]) > std::fabs(lu_[best * k + c])) best = r;
    }
    if (!(std::fabs(lu_[best * k + c]) > smallest)) return false;
    if (best != c) {
      std::swap(order_[best], order_[c]);
      for (Index j = 0; j < k; ++j) std::swap(lu_[best * k + j], lu_[c * k + j]);
    }
    const double* pivot = &lu_[c * k];
    for (Index r = c + 1; r < k; ++r) {
      double* row = &lu_[r * k];
      if (row[c] == 0.0) continue;
      const double factor = row[c] / pivot[c];
      row[c] = factor;
      for (Index j = c + 1; j < k; ++j) row[j] -= factor * pivot[j];
    }
  }
  return true;
}

void DenseLu::solve(std::vector<double>& b) const {
  std::vector<double> y(k_);
  for (Index r = 0; r < k_; ++r) {
    double sum = b[order_[r]];
    for (Index j = 0; j < r; ++j) sum -= lu_[r * k_ + j] * y[j];
    y[r] = sum;
  }
  for (Index r = k_; r-- > 0;) {
    for (Index j = r + 1; j < k_; ++j) y[r] -= lu_[r * k_ + j] * y[j];
    y[r] /= lu_[r * k_ + r];
  }
  b = std::move(y);
}

void DenseLu::solveTransposed(std::vector<double>& b) const {
  std::vector<double> y = b;
  for (Index c = 0; c < k_; ++c) {
    y[c] /= lu_[c * k_ + c];
    for (Index j = c + 1; j < k_; ++j) y[j] -= lu_[c * k_ + j] * y[c];
  }
  for (Index c = k_; c-- > 0;) {
    for (Index j = 0; j < c; ++j) y[j] -= lu_[c * k_ + j] * y[c];
  }
  for (Index r = 0; r < k_; ++r) b[order_[r]] = y[r];
}

}  // namespace ballast
