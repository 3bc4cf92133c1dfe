// The tail density q as a multiplier of the scenarios.
#include <algorithm>

#include "certificate/parts.h"
#include "stop.h"

namespace ballast::certificate {
namespace {

constexpr std::size_t kRowsAtOnce = 4;      // rows folded into the slope in one go: fewer loads and stores of it
constexpr std::size_t kRowsPerBlock = 1024;  // each block is summed on its own: rounding grows with blocks, not rows

/// slope -= sum of q_k row_k over four rows.
template <class Real>
void subtractRows(const Real* const* rows, const double* q, double* __restrict slope, Index columns) {
  const Real *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  for (Index i = 0; i < columns; ++i) {
    slope[i] -= (q[0] * static_cast<double>(a[i]) + q[1] * static_cast<double>(b[i])) +
                (q[2] * static_cast<double>(c[i]) + q[3] * static_cast<double>(d[i]));
  }
}

template <class Real>
std::vector<double> slopeOver(const Real* returns, Index columns, const std::vector<double>& q, const Stop* stop) {
  std::vector<Index> active;
  for (std::size_t t = 0; t < q.size(); ++t) {
    if (q[t] != 0.0) active.push_back(static_cast<Index>(t));
  }
  std::vector<double> slope(columns, 0.0), block(columns);
  for (std::size_t begin = 0; begin < active.size(); begin += kRowsPerBlock) {
    if (stop != nullptr) stop->check();
    std::fill(block.begin(), block.end(), 0.0);
    const std::size_t end = std::min(begin + kRowsPerBlock, active.size());
    for (std::size_t k = begin; k < end; k += kRowsAtOnce) {
      const Real* rows[kRowsAtOnce];
      double share[kRowsAtOnce];
      for (std::size_t lane = 0; lane < kRowsAtOnce; ++lane) {
        const bool some = k + lane < end;
        const Index t = active[some ? k + lane : k];
        rows[lane] = returns + t * columns;
        share[lane] = some ? q[t] : 0.0;
      }
      subtractRows(rows, share, block.data(), columns);
    }
    for (Index i = 0; i < columns; ++i) slope[i] += block[i];
  }
  return slope;
}

}  // namespace

void projectDensity(const std::vector<double>& probability, double confidence, double lambda, std::vector<double>& q) {
  const double perProbability = lambda / (1.0 - confidence);
  q.resize(probability.size(), 0.0);
  Sum total, spare;
  for (std::size_t t = 0; t < q.size(); ++t) {
    const double cap = perProbability * probability[t];
    q[t] = std::isfinite(q[t]) ? std::clamp(q[t], 0.0, cap) : 0.0;
    total.add(q[t]);
    spare.add(cap - q[t]);
  }
  const double sum = total.value(), room = spare.value();
  if (sum > lambda) {
    for (double& value : q) value *= lambda / sum;
  } else if (sum < lambda && room > 0.0) {
    const double share = std::min((lambda - sum) / room, 1.0);
    for (std::size_t t = 0; t < q.size(); ++t) q[t] += share * (perProbability * probability[t] - q[t]);
  }
}

std::vector<double> tailSlope(const Scenarios& scenarios, const std::vector<double>& q, const Stop* stop) {
  if (scenarios.isSingle()) return slopeOver(scenarios.single.data(), scenarios.columns, q, stop);
  return slopeOver(scenarios.returns.data(), scenarios.columns, q, stop);
}

}  // namespace ballast::certificate
