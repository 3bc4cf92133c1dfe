// A limit on names, beside every choice of names solved on its own.
#include <algorithm>
#include <optional>
#include <string>

#include "branch/relaxation.h"
#include "check.h"
#include "instance.h"

using namespace ballast;
using namespace ballast::test;

namespace {

/// A long-only problem with few names, and by chance turnover, groups, costs, smallest sizes and lower bounds.
Instance fewNames(Instances& chance) {
  Instance one;
  one.columns = 2 + chance.whole(7);
  one.rows = 2 + chance.whole(59);
  one.returns = chance.array(one.rows * one.columns, -0.05, 0.055);
  one.base.confidence = chance.coin() ? 0.9 : 0.75;
  one.base.riskAversion = chance.coin(0.1) ? 0.0 : chance.stream().between(0.3, 3.0);
  if (chance.coin(0.7)) one.mean = chance.array(one.columns, -0.002, 0.004);
  one.lower.assign(one.columns, 0.0);
  one.upper = chance.array(one.columns, 0.3, 1.0);
  one.held.assign(one.columns, 0.0);
  for (Index k = 0; k < 3; ++k) one.held[chance.whole(one.columns)] = chance.stream().between(0.0, 0.4);
  if (chance.coin(0.2)) one.lower[chance.whole(one.columns)] = 0.05;
  one.base.cardinality = Cardinality{1 + chance.whole(one.columns), {}};
  one.smallest.assign(one.columns, 0.0);
  if (chance.coin(0.6)) one.smallest = chance.array(one.columns, 0.0, 0.25);
  one.base.cashUpper = chance.coin() ? 0.6 : 0.2;
  if (chance.coin(0.4)) one.base.turnover = chance.stream().between(0.3, 0.8);
  if (chance.coin(0.6)) {
    one.base.cost = Costs{{}, {}, chance.coin() ? 1.0 : 12.0, {}};
    one.buy = chance.array(one.columns, 0.0, 0.01);
    one.sell = chance.array(one.columns, 0.0, 0.01);
  }
  if (chance.coin(0.4)) {
    one.groupArrays.push_back(chance.array(one.columns, 0.0, 1.0));
    one.base.groups.push_back({"G", {}, std::nullopt, chance.stream().between(0.2, 0.6)});
  }
  return one;
}

/// The best objective over all choices of names with those of `in` and none of `out` (bits), each solved without the
/// limit; nothing when none is feasible.
std::optional<double> bruteForce(const Problem& problem, unsigned in = 0, unsigned out = 0) {
  const CancelToken never;
  const Index n = problem.scenarios.columns;
  std::optional<double> best;
  for (unsigned mask = 0; mask < (1u << n); ++mask) {
    if (__builtin_popcount(mask) > problem.cardinality->most || (mask & in) != in || (mask & out) != 0) continue;
    std::vector<double> lower(problem.lower.begin(), problem.lower.end()), upper(problem.upper.begin(), problem.upper.end());
    bool possible = true;
    for (Index i = 0; i < n; ++i) {
      if (mask >> i & 1u) {
        lower[i] = std::max(lower[i], problem.cardinality->smallest[i]);
      } else {
        possible = possible && lower[i] == 0.0;
        upper[i] = 0.0;
      }
    }
    if (!possible) continue;
    Problem some = problem;
    some.cardinality.reset();
    some.lower = lower;
    some.upper = upper;
    some.cashUpper += maxCost(problem) - maxCost(some);
    const Answer answer = solve(some, {}, never);
    if (answer.status == Status::Optimal && (!best || answer.figures.objective < *best)) best = answer.figures.objective;
  }
  return best;
}

}  // namespace

TEST("with few names the answer is the best of all choices of names, and none is found where there is none") {
  Instances chance(7);
  const CancelToken never;
  int solved = 0, infeasible = 0;
  for (int k = 0; k < 200; ++k) {
    const Instance one = fewNames(chance);
    const Problem problem = one.problem();
    const Answer answer = solve(problem, {}, never);
    const std::optional<double> best = bruteForce(problem);
    if (!best) {
      ++infeasible;
      check(answer.status == Status::Infeasible, named(k, statusName(answer.status)) + ", not infeasible");
      continue;
    }
    ++solved;
    check(answer.status == Status::Optimal, named(k, statusName(answer.status)) + " " + answer.message);
    const double scale = std::max(answer.figures.gapScale, std::fabs(*best));
    near(answer.figures.objective, *best, 2e-8 * scale, named(k, "objective"));
    check(answer.figures.lowerBound <= *best + 1e-8 * scale, named(k, "the bound is above the optimum"));
    check(answer.figures.violation <= 1e-8, named(k, "violation"));
    Index names = 0;
    for (Index i = 0; i < one.columns && !answer.weights.empty(); ++i) {
      names += answer.weights[i] != 0.0 ? 1 : 0;
      check(answer.weights[i] == 0.0 || answer.weights[i] >= one.smallest[i] - 1e-9, named(k, "a weight below its least"));
    }
    check(names <= problem.cardinality->most, named(k, "too many names"));
  }
  check(solved > 120 && infeasible > 3, "instances of both kinds: " + std::to_string(solved) + " and " + std::to_string(infeasible));
}

TEST("no choice of names scores below the bound of a node, nor below that of the child it is in") {
  Instances chance(19);
  const CancelToken never;
  const Stop stop(never, 1e9);
  Pool pool(1);
  for (int k = 0; k < 40; ++k) {
    const Instance one = fewNames(chance);
    const Problem problem = one.problem();
    const std::optional<double> best = bruteForce(problem);
    if (!best || one.columns > 6) continue;
    Relaxations relaxations(problem, 0.055, pool, stop);
    const RelaxationResult found = relaxations.solve(relaxations.root(), {1e-8, false}, nullptr);
    const auto below = [&](double bound, unsigned in, unsigned out, const char* what) {
      const std::optional<double> least = bruteForce(problem, in, out);
      check(!least || bound <= *least + 1e-9, named(k, what));
    };
    check(found.end == RelaxationEnd::Solved, named(k, "the root is feasible"));
    check(found.bound <= *best + 1e-9, named(k, "bound of the node"));
    for (Index i = 0; i < one.columns; ++i) {
      if (relaxations.root()[i] != Name::Free) continue;
      below(found.whenIn[i], 1u << i, 0, "bound of a name in");
      below(found.whenOut[i], 0, 1u << i, "bound of a name out");
    }
  }
}

TEST("a conflict that only the number of names makes starts with it") {
  Sample sample(20, 4);
  sample.upper.assign(4, 0.4);
  const std::vector<double> smallest(4, 0.0);
  Problem problem = sample.problem();
  problem.cardinality = Cardinality{2, smallest};
  const CancelToken never;
  Answer answer = solve(problem, {}, never);
  check(answer.status == Status::Infeasible, statusName(answer.status));
  check(answer.conflict == std::vector<std::string>{"cardinality", "budget"}, "cardinality and budget");
  problem.cardinality->most = 3;
  check(solve(problem, {}, never).status == Status::Optimal, "three are enough");
  sample.lower.assign(4, 0.1);
  problem.lower = sample.lower;
  answer = solve(problem, {}, never);
  check(answer.conflict == std::vector<std::string>{"cardinality", "bound:0", "bound:1", "bound:2", "bound:3"}, "the bounds");
}

TEST("a limit on names that does not bind changes nothing, and one thread is as good as four") {
  Sample sample(300, 12, 3);
  const CancelToken never;
  const std::vector<double> smallest(12, 0.0);
  Problem problem = sample.problem();
  const Answer free = solve(problem, {}, never);
  problem.cardinality = Cardinality{12, smallest};
  near(solve(problem, {}, never).figures.objective, free.figures.objective, 1e-10, "objective");
  problem.cardinality->most = 3;
  Options options;
  const Answer alone = solve(problem, options, never);
  options.threads = 4;
  const Answer together = solve(problem, options, never);
  check(alone.status == Status::Optimal, statusName(alone.status));
  check(alone.weights == together.weights && alone.figures.lowerBound == together.figures.lowerBound, "the same bits");
}

TEST("a time limit leaves the best portfolio found and the gap that is still open") {
  Sample sample(1500, 60, 5);
  const std::vector<double> smallest(60, 0.02);
  Problem problem = sample.problem();
  problem.cardinality = Cardinality{8, smallest};
  const CancelToken never;
  Options options;
  options.timeLimitMs = 1000.0;
#ifdef BALLAST_SANITIZE
  options.timeLimitMs = 20000.0;
#endif
  const Answer answer = solve(problem, options, never);
  check(answer.status == Status::Feasible, statusName(answer.status));
  check(answer.weights.size() == 60 && answer.figures.violation <= 1e-8, "weights within the limits");
  check(answer.figures.gap > options.tolerance && answer.figures.gap < 1.0, "a gap");
  check(answer.elapsedMs < 2.0 * options.timeLimitMs, "in time");
}
