// The Lagrangian bound and all that is made of it, beside every corner of small problems.
#include <string>

#include "check.h"
#include "instance.h"

using namespace ballast;
using namespace ballast::test;

TEST("the bound is the least Lagrangian over all corners, and no feasible weights score below it") {
  Instances chance(12);
  Index feasible = 0;
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    Duals duals = chance.duals(one);
    // Half of the time a good density, so that the bound is near what it bounds.
    if (chance.coin()) {
      const NaiveTail tail = naiveTail(p, one.anchor);
      for (Index t = 0; t < one.rows; ++t) duals.scenario[t] = rounded(tail.density[t]) * p.riskAversion;
    }
    std::vector<double> far(one.columns, 1e6);  // its objective does not cap the bound
    const Figures figures = certify(p, far, duals);
    const Real objective = naiveObjective(p, far);
    Real least = std::numeric_limits<Real>::infinity();
    const auto visit = [&](const std::vector<double>& w) {
      if (naiveViolation(p, w) > 1e-14L) return;
      ++feasible;
      check(figures.lowerBound <= naiveObjective(p, w) + 1e-13L, named(k, "bound above a feasible point"));
    };
    for (const std::vector<double>& w : corners(p)) {
      least = std::min(least, naiveLagrangian(p, duals, w));
      visit(w);
    }
    if (objective > least) near(figures.lowerBound, rounded(least), 1e-14, named(k, "bound"));
    for (int point = 0; point < 40; ++point) visit(around(one, chance));
  }
  check(feasible > 4000, "feasible points tried: " + std::to_string(feasible));
}

TEST("multipliers are cleaned: what bounds nothing becomes 0, all else stays") {
  Instances chance(13);
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    const Duals before = chance.duals(one);
    Duals after = before;
    (void)certify(p, one.anchor, after);
    const auto kept = [&](double was, double is, bool lowerSide, bool upperSide, const char* what) {
      const bool counts = (was > 0.0 && lowerSide) || (was < 0.0 && upperSide);
      near(is, counts ? was : 0.0, 0.0, named(k, what));
    };
    kept(before.budget, after.budget, true, true, "budget");
    kept(before.buys, after.buys, false, p.turnover.has_value(), "buys");
    kept(before.sells, after.sells, false, p.turnover.has_value(), "sells");
    kept(before.traded, after.traded, false, p.traded.has_value(), "traded");
    kept(before.leverage, after.leverage, false, p.leverage.has_value(), "leverage");
    kept(before.minimumReturn, after.minimumReturn, p.minimumReturn.has_value(), false, "minimumReturn");
    kept(before.maximumCvar, after.maximumCvar, p.maximumCvar.has_value(), false, "maximumCvar");
    for (std::size_t g = 0; g < p.groups.size(); ++g) {
      kept(before.groups[g], after.groups[g], p.groups[g].lower.has_value(), p.groups[g].upper.has_value(), "group");
    }
    const double lambda = p.riskAversion + after.maximumCvar;
    const std::vector<Real> probability = naiveProbabilities(p);
    Real sum = 0;
    for (Index t = 0; t < one.rows; ++t) {
      const Real cap = lambda * probability[t] / (1 - static_cast<Real>(p.confidence));
      check(after.scenario[t] >= 0.0 && after.scenario[t] <= cap * (1 + 1e-14L), named(k, "density within its cap"));
      sum += after.scenario[t];
    }
    near(rounded(sum), lambda, 1e-14, named(k, "density sums to lambda"));
  }
}

TEST("a density that is already the tail stays as it is") {
  Instances chance(14);
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    const NaiveTail tail = naiveTail(p, one.anchor);
    Duals duals;
    for (const Real q : tail.density) duals.scenario.push_back(rounded(q) * p.riskAversion);
    (void)certify(p, one.anchor, duals);
    for (Index t = 0; t < one.rows; ++t) {
      near(duals.scenario[t], rounded(tail.density[t]) * p.riskAversion, 1e-14, named(k, "q"));
    }
  }
}

TEST("reduced costs are the slope nearest 0 between the one-sided slopes of the Lagrangian") {
  Instances chance(15);
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    std::vector<double> w = around(one, chance);
    const std::vector<std::vector<double>> places = corners(p);
    if (chance.coin(0.6)) w = places[chance.whole(static_cast<Index>(places.size()))];
    Duals duals = chance.duals(one);
    (void)certify(p, w, duals);
    for (Index i = 0; i < one.columns; ++i) {
      std::vector<double> below = w, above = w;
      below[i] -= 1e-7;
      above[i] += 1e-7;
      const Real here = naiveLagrangian(p, duals, w);
      const Real left = (here - naiveLagrangian(p, duals, below)) / (static_cast<Real>(w[i]) - below[i]);
      const Real right = (naiveLagrangian(p, duals, above) - here) / (static_cast<Real>(above[i]) - w[i]);
      const Real nearest = left > 0 ? left : std::min<Real>(right, 0);
      near(duals.reducedCost[i], rounded(nearest), 1e-9, named(k, "reduced cost"));
    }
  }
}

TEST("the Farkas margin is the least sum of row terms over all corners, less its rounding") {
  Instances chance(16);
  for (int k = 0; k < kInstances; ++k) {
    const Instance one = chance.next();
    const Problem p = one.problem();
    Duals duals = chance.duals(one);
    const double margin = farkasMargin(p, duals);
    (void)certify(p, one.anchor, duals);  // cleans
    Real least = std::numeric_limits<Real>::infinity();
    for (const std::vector<double>& w : corners(p)) least = std::min(least, naiveRows(p, duals, w));
    check(margin <= least, named(k, "margin above what it claims"));
    near(margin, rounded(least), 1e-13, named(k, "margin"));
    check(margin <= 1e-14, named(k, "a feasible problem was proven infeasible"));
  }
}

TEST("bounds that mean none are narrowed by leverage, traded and turnover, and cut off nothing feasible") {
  const std::vector<double> lower = {-1e20, -1.0}, upper = {1e20, 1e20}, returns = {0.01, -0.02}, held = {0.5, -3.0};
  Problem p;
  p.scenarios = {1, 2, returns, {}, {}};
  p.lower = lower;
  p.upper = upper;
  p.held = held;
  p.leverage = 1.5;
  Box box = narrowedBox(p);
  check(box.lower[0] == -1.5 && box.upper[0] == 1.5 && box.lower[1] == -1.0 && box.upper[1] == 1.5, "leverage");
  p.leverage = 100.0;
  p.traded = 2.75;
  box = narrowedBox(p);
  check(box.lower[0] == -2.25 && box.upper[0] == 3.25 && box.lower[1] == -1.0, "traded");
  check(box.upper[1] == -0.25, "a narrowed bound keeps its side");
  p.turnover = 1.0;
  box = narrowedBox(p);
  check(box.lower[0] == -0.5 && box.upper[0] == 1.5, "turnover is the shorter reach");
  Duals duals;
  duals.traded = -0.05;
  check(certify(p, held, duals).lowerBound > -1.0, "the bound stays of the size of the problem");
}
