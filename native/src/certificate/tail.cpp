// The pass over the scenarios and the figures of the tail.
#include <algorithm>
#include <limits>

#include "certificate/parts.h"
#include "stop.h"

namespace ballast::certificate {
namespace {

constexpr Index kLanes = 8;  // independent running values; without them each step would wait for the one before
constexpr Index kPiece = Index{1} << 19;  // elements read between two looks at the stop

/// One row's return at w; widens `largest` (kLanes running maxima) by the row when Measure.
template <bool Measure, class Real>
double returnOf(const Real* row, const double* w, Index columns, double* largest) {
  double sum[kLanes] = {};
  Index i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    for (Index lane = 0; lane < kLanes; ++lane) {
      const double r = row[i + lane];
      sum[lane] += r * w[i + lane];
      if (Measure) largest[lane] = largest[lane] < std::fabs(r) ? std::fabs(r) : largest[lane];
    }
  }
  for (Index lane = 0; i < columns; ++i, ++lane) {
    const double r = row[i];
    sum[lane] += r * w[i];
    if (Measure) largest[lane] = std::max(largest[lane], std::fabs(r));
  }
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

template <bool Measure>
void passOver(const Scenarios& scenarios, const std::vector<double>& w, const Stop* stop, Pool& pool, Distribution& out) {
  const Index each = std::max<Index>(kPiece / scenarios.columns, 1), pieces = (scenarios.rows + each - 1) / each;
  std::vector<double> most(pieces, 0.0);
  pool.each(pieces, [&](Index k) {
    if (stop != nullptr) stop->check();
    double largest[kLanes] = {};
    for (Index t = k * each; t < std::min(scenarios.rows, (k + 1) * each); ++t) {
      out.loss[t] = -scenarios.row(
          t, [&](const auto* row) { return returnOf<Measure>(row, w.data(), scenarios.columns, largest); });
    }
    most[k] = *std::max_element(largest, largest + kLanes);
  });
  out.largestReturn = *std::max_element(most.begin(), most.end());
}

struct Atom {
  double loss;
  double probability;
};

/// The loss at which the descending cumulative probability first passes `mass`: halves the candidates down to one.
double selectLoss(std::vector<Atom>& atoms, double mass) {
  // (1 - alpha) T is often whole; which neighbour is VaR must then not hang on the last bit of 1 - alpha.
  const double reach = mass + std::min(1e-15, 1e-9 * mass);
  const auto worse = [](const Atom& a, const Atom& b) { return a.loss > b.loss; };
  Sum above;
  auto first = atoms.begin(), last = atoms.end();
  while (last - first > 1) {
    const auto middle = first + (last - first) / 2;
    std::nth_element(first, middle, last, worse);
    Sum withUpper = above;
    for (auto atom = first; atom != middle; ++atom) withUpper.add(atom->probability);
    if (withUpper.value() > reach) {
      last = middle;
    } else {
      first = middle;
      above = withUpper;
    }
  }
  return first->loss;
}

}  // namespace

Distribution distributionAt(const Problem& problem, const std::vector<double>& w, const Stop* stop, bool measure, Pool& pool) {
  const Scenarios& scenarios = problem.scenarios;
  Distribution out;
  out.probability.assign(scenarios.rows, 1.0 / static_cast<double>(scenarios.rows));
  if (scenarios.probabilities) {
    Sum sum;
    for (double p : *scenarios.probabilities) sum.add(p);
    for (Index t = 0; t < scenarios.rows; ++t) out.probability[t] = (*scenarios.probabilities)[t] / sum.value();
  }
  out.loss.resize(scenarios.rows);
  if (measure) {
    passOver<true>(scenarios, w, stop, pool, out);
  } else {
    passOver<false>(scenarios, w, stop, pool, out);
  }
  return out;
}

Tail tailOf(const Distribution& losses, double confidence) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const double mass = 1.0 - confidence;
  const std::size_t count = losses.loss.size();
  std::vector<Atom> atoms;
  atoms.reserve(count);
  for (std::size_t t = 0; t < count; ++t) {
    if (!std::isfinite(losses.loss[t])) return {kNone, kNone};
    if (losses.probability[t] > 0.0) atoms.push_back({losses.loss[t], losses.probability[t]});
  }
  if (atoms.empty()) return {kNone, kNone};
  Tail tail;
  tail.var = selectLoss(atoms, mass);
  // In scenario order, so that the sum does not depend on how the selection moved the atoms about.
  Sum above, weighted;
  for (std::size_t t = 0; t < count; ++t) {
    if (!(losses.loss[t] > tail.var)) continue;
    above.add(losses.probability[t]);
    weighted.add(losses.probability[t] * losses.loss[t]);
  }
  weighted.add((mass - above.value()) * tail.var);
  tail.cvar = weighted.value() / mass;
  return tail;
}

}  // namespace ballast::certificate
