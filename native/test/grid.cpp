// Problems of two and three instruments beside every point of a grid.
#include "check.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

/// The least objective over the grid points that keep every limit; infinite when none does.
Real bestOfGrid(const Problem& p, Index steps) {
  const Index n = p.scenarios.columns;
  Real best = std::numeric_limits<Real>::infinity();
  std::vector<Index> place(n, 0);
  std::vector<double> w(n);
  for (;;) {
    for (Index i = 0; i < n; ++i) {
      w[i] = p.lower[i] + (p.upper[i] - p.lower[i]) * static_cast<double>(place[i]) / static_cast<double>(steps);
    }
    if (naiveViolation(p, w) <= 1e-12L) best = std::min(best, naiveObjective(p, w));
    Index digit = 0;
    while (digit < n && ++place[digit] > steps) place[digit++] = 0;
    if (digit == n) return best;
  }
}

/// The grid's best point is never better than what is proven, and near it no worse than a few grid steps cost.
void besideGrid(const Instance& one, Index steps, const std::string& name) {
  const Problem p = one.problem();
  const Answer answer = solved(one);
  check(answer.status == Status::Optimal, name + ": " + statusName(answer.status) + " " + answer.message);
  if (answer.status != Status::Optimal) return;
  const Real best = bestOfGrid(p, steps);
  check(std::isfinite(best), name + ": no grid point keeps the limits");
  check(answer.figures.lowerBound <= best + 1e-12L, name + ": a grid point beats the bound");
  const Real step = 3.0L * static_cast<Real>(one.upper[0] - one.lower[0]) / static_cast<Real>(steps);
  check(best - answer.figures.objective <= 0.2L * step, name + ": the optimum is not where the grid has it");
}

}  // namespace

TEST("two and three instruments: no point of a grid beats the bound, and one comes near the optimum") {
  for (const Index n : {2, 3}) {
    const Index steps = n == 2 ? 60 : 20;
    for (const Kind kind : kKinds) {
      for (std::uint64_t seed = 61; seed <= 63; ++seed) {
        Instance one = market(n, 14, kind, seed);
        one.base.cashUpper = 0.5;
        one.base.maximumCvar.reset();
        besideGrid(one, steps, std::string(kindName(kind)) + " of " + std::to_string(n) + " seed " + std::to_string(seed));
      }
    }
  }
}

TEST("confidence near 1 is the worst loss and near 0 the mean loss, wherever the optimum is") {
  for (const Index n : {2, 3}) {
    for (const Kind kind : kKinds) {
      Instance one = market(n, 14, kind, 71);
      one.base.cashUpper = 0.5;
      one.base.maximumCvar.reset();
      for (const double confidence : {1.0 - 1e-12, 1e-17}) {
        one.base.confidence = confidence;
        const std::string name = std::string(kindName(kind)) + " of " + std::to_string(n) + " at " + std::to_string(confidence);
        besideGrid(one, n == 2 ? 60 : 20, name);
        const Answer answer = solved(one);
        if (answer.status != Status::Optimal) continue;
        const std::vector<Real> losses = naiveLosses(one.problem(), answer.weights), p = naiveProbabilities(one.problem());
        Real worst = -1, mean = 0;
        for (std::size_t t = 0; t < losses.size(); ++t) {
          if (p[t] > 0) worst = std::max(worst, losses[t]);
          mean += p[t] * losses[t];
        }
        near(answer.figures.cvar, static_cast<double>(confidence > 0.5 ? worst : mean), 1e-12, name + ": cvar");
      }
    }
  }
}
