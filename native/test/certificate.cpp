// certify() beside definitions written out in long double.
#include <string>

#include "check.h"
#include "checked.h"
#include "instance.h"
#include "stop.h"

using namespace ballast;
using namespace ballast::test;

namespace {

void compareFigures(const Problem& p, const std::vector<double>& w, const Figures& figures, int k) {
  const NaiveSums sums = naiveSums(p, w);
  const NaiveTail tail = naiveTail(p, w);
  near(figures.cvar, rounded(tail.cvar), 1e-15, named(k, "cvar"));
  near(figures.var, rounded(tail.var), 1e-15, named(k, "var"));
  near(figures.cost, rounded(sums.cost), 1e-16, named(k, "cost"));
  near(figures.cash, rounded(1 - sums.funded - sums.cost), 1e-15, named(k, "cash"));
  near(figures.expectedReturn, rounded(sums.gained), 1e-16, named(k, "expected return"));
  near(figures.objective, rounded(naiveObjective(p, w)), 2e-15, named(k, "objective"));
  near(figures.violation, rounded(naiveViolation(p, w)), 2e-15, named(k, "violation"));
}

}  // namespace

TEST("figures equal their definitions, sorted and summed in long double") {
  Instances chance(11);
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    Problem p = one.problem();
    for (int point = 0; point < 6; ++point) {
      if (p.cardinality) p.cardinality->most = 1 + chance.whole(one.columns);
      std::vector<double> w = around(one, chance);
      for (double& value : w) value = chance.coin(0.15) ? 0.0 : value;
      if (p.held && chance.coin(0.2)) w = one.held;
      Duals duals = chance.duals(one);
      compareFigures(p, w, certify(p, w, duals), k);
    }
  }
}

TEST("rows and columns beyond one block, in either precision, give the figures of the definition") {
  Instances chance(17);
  Instance one;
  one.rows = 3001;
  one.columns = 21;
  one.returns = chance.array(one.rows * one.columns, -0.05, 0.05);
  one.lower.assign(one.columns, -1.0);
  one.upper.assign(one.columns, 1.0);
  const std::vector<float> single(one.returns.begin(), one.returns.end());
  const std::vector<double> w = chance.array(one.columns, -0.2, 0.3);
  for (const bool weighted : {false, true}) {
    one.probabilities = weighted ? chance.array(one.rows, 0.0, 1.0) : std::vector<double>{};
    for (const bool isSingle : {false, true}) {
      Problem p = one.problem();
      if (isSingle) p.scenarios.returns = {};
      if (isSingle) p.scenarios.single = single;
      const NaiveTail tail = naiveTail(p, w);
      Duals duals;
      for (const Real q : tail.density) duals.scenario.push_back(rounded(q));
      Duals again = duals;
      const Figures figures = certify(p, w, duals);
      near(figures.cvar, rounded(tail.cvar), 1e-15, "cvar");
      near(figures.var, rounded(tail.var), 1e-15, "var");
      Real bound = p.cashLower;
      for (Index i = 0; i < one.columns; ++i) {
        Real slope = 0;
        for (Index t = 0; t < one.rows; ++t) {
          p.scenarios.row(t, [&](const auto* row) { slope -= tail.density[t] * row[i]; });
        }
        bound += std::min(slope * one.lower[i], slope * one.upper[i]);
      }
      near(figures.lowerBound, rounded(bound), 1e-14, "bound");
      Pool alone(1);
      const Checked checked = checkProblem(p, nullptr, alone);
      const Figures same = certify(p, w, again, nullptr, checked.largestReturn, alone);
      check(same.gapScale == figures.gapScale && same.gap == figures.gap, "max |R| from validation changes nothing");
    }
  }
}

TEST("a scenario that cannot happen is never VaR, not even below all others") {
  const std::vector<double> returns = {-0.03, 0.5, -0.01}, p = {1.0, 0.0, 1.0}, bounds = {1.0};
  Problem problem;
  problem.scenarios = {3, 1, returns, {}, p};
  problem.lower = problem.upper = bounds;
  problem.confidence = 1e-17;
  Duals duals;
  const Figures figures = certify(problem, {1.0}, duals);
  near(figures.var, 0.01, 0.0, "var");
  near(figures.cvar, 0.02, 1e-17, "cvar");
}

TEST("VaR is the loss just outside the tail when a whole number of scenarios fills it") {
  std::vector<double> returns(2000), bounds = {1.0};
  for (std::size_t t = 0; t < returns.size(); ++t) returns[t] = -1e-4 * static_cast<double>((t * 7) % 2000);
  for (const double confidence : {0.95, 0.9, 0.99, 0.7, 0.5}) {
    Problem problem;
    problem.scenarios = {2000, 1, returns, {}, {}};
    problem.lower = problem.upper = bounds;
    problem.confidence = confidence;
    Duals duals;
    const double inTail = std::round(2000.0 * (1.0 - confidence));
    near(certify(problem, {1.0}, duals).var, 1e-4 * (1999.0 - inTail), 1e-16, "var at " + std::to_string(confidence));
  }
}

TEST("the gap is measured against the objective, the mean loss and the steepest slope, whatever the multipliers") {
  Instances chance(18);
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    for (const bool zero : {false, true}) {
      const std::vector<double> w = zero ? std::vector<double>(one.columns, 0.0) : one.anchor;
      Duals duals = chance.duals(one);
      const Figures figures = certify(p, w, duals);
      Real mean = 0, steepest = 0;
      const std::vector<Real> losses = naiveLosses(p, w), probability = naiveProbabilities(p);
      for (Index t = 0; t < one.rows; ++t) mean += probability[t] * std::fabs(losses[t]);
      for (double r : one.returns) steepest = std::max(steepest, p.riskAversion * std::fabs(static_cast<Real>(r)));
      for (double m : one.mean) steepest = std::max(steepest, std::fabs(static_cast<Real>(m)));
      for (Index i = 0; p.cost && i < one.columns; ++i) {
        // Far out every step counts: the slope between two far trades is the steepest.
        const double held = heldOf(p, i);
        const Real buy = (naiveCost(p, i, held + 64) - naiveCost(p, i, held + 32)) / 32;
        const Real sell = (naiveCost(p, i, held - 64) - naiveCost(p, i, held - 32)) / 32;
        steepest = std::max(steepest, std::max(buy, sell) / p.cost->holdingPeriods);
      }
      const Real scale = std::max({std::fabs(naiveObjective(p, w)), 1e-3L * p.riskAversion * mean, 1e-5L * steepest});
      near(figures.gapScale, rounded(scale), 2e-15, named(k, "scale"));
      const double distance = figures.objective - figures.lowerBound;
      if (figures.gapScale > 0.0) near(figures.gap * figures.gapScale, distance, 1e-14, named(k, "gap"));
      // Nothing to minimise at all: any distance is infinitely far.
      const double without = distance > 0.0 ? std::numeric_limits<double>::infinity() : 0.0;
      if (figures.gapScale == 0.0) check(figures.gap == without, named(k, "gap without a scale"));
      check(figures.gap >= 0.0, named(k, "gap below 0"));
    }
  }
}

TEST("weights or multipliers that are no numbers prove nothing") {
  Instances chance(19);
  const double strange[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
  for (int k = 0; k < 40; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    for (const double value : strange) {
      std::vector<double> w = one.anchor;
      w.back() = value;
      Duals duals = chance.duals(one);
      const Figures figures = certify(p, w, duals);
      check(std::isinf(figures.gap) && std::isinf(figures.violation), named(k, "strange weights"));
    }
    Duals none;
    const Figures figures = certify(p, {}, none);
    check(std::isinf(figures.gap) && std::isinf(figures.violation), named(k, "missing weights"));
    Duals huge = chance.duals(one);
    huge.budget = 1e308;
    huge.groups.assign(p.groups.size(), -1e308);
    check(!(farkasMargin(p, huge) > 0.0), named(k, "a ray that overflows is no proof"));
  }
  const std::vector<double> one = {1.0}, nothing = {0.0};
  Problem p;
  p.scenarios = {1, 1, one, {}, {}};
  p.lower = p.upper = one;
  p.groups.push_back({"overflows", nothing, 10.0, std::nullopt});
  Duals infinite;
  infinite.groups = {1e308};
  check(std::isinf(certify(p, one, infinite).gap), "a bound that overflows closes no gap");
}

TEST("a cancelled certificate stops") {
  Instances chance(20);
  const Instance one = chance.next();
  CancelToken token;
  token.cancel();
  const Stop stop(token, 1e9);
  bool stopped = false;
  try {
    Duals duals;
    (void)certify(one.problem(), one.anchor, duals, &stop);
  } catch (const Interrupted& interrupted) {
    stopped = interrupted.status == Status::Cancelled;
  }
  check(stopped, "interrupted");
}
