// Scenarios held single or as means: whatever is moved between them, a master stands for the whole distribution.
#include <cmath>

#include "check.h"
#include "market.h"
#include "working/scenarios.h"

using namespace ballast;
using namespace ballast::test;

namespace {

constexpr Index kAssets = 12, kRows = 400;

/// A run's scenarios with everything they refer to.
struct Bench {
  Instance one;
  Problem problem;
  CancelToken never;
  Stop stop{never, 1e9};
  Pool pool{1};
  Model model;
  Tail tail;
  WorkingScenarios scenarios;
  std::vector<double> loss;
  Tail::Cut cut;

  explicit Bench(Kind kind)
      : one(market(kAssets, kRows, kind, 77)), problem(one.problem()), model(buildModel(problem, 1.0, stop)),
        tail(problem.scenarios, problem.confidence, 1.0, pool, stop), scenarios(tail, pool) {
    tail.losses(std::vector<double>(kAssets, 1.0 / kAssets), loss);
    tail.cut(loss, cut);
  }
};

/// Total probability of a master's rows is 1 and their mean is that of all scenarios.
void standsForAll(Bench& bench, const Master& master, const std::string& name) {
  std::vector<double> mean(kAssets, 0.0);
  double total = 0.0;
  const WorkingScenarios::Layout layout = bench.scenarios.layout();
  const Index singles = static_cast<Index>(layout.singles);
  for (Index j = 0; j < master.count; ++j) {
    const double p = j < singles ? master.cap[j] * bench.tail.mass() : layout.aggregates[j - singles].probability;
    total += p;
    for (Index i = 0; i < kAssets; ++i) mean[i] += p * master.panel[j * kAssets + i];
  }
  near(total, 1.0, 1e-12, name + ": probability");
  for (Index i = 0; i < kAssets; ++i) near(mean[i], bench.tail.mean()[i], 1e-13, name + ": mean");
}

double sumOf(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace

TEST("a master stands for every scenario, after single ones joined and after they were dropped") {
  for (const Kind kind : {Kind::Plain, Kind::Weighted}) {
    Bench bench(kind);
    WorkingScenarios& scenarios = bench.scenarios;
    scenarios.widen(bench.loss, bench.cut, 8, 8);
    standsForAll(bench, scenarios.master(bench.model), "few single");
    scenarios.widen(bench.loss, bench.cut, 15, 60);
    const Index most = scenarios.singles();
    standsForAll(bench, scenarios.master(bench.model), "more single");
    bench.tail.cut(bench.loss, bench.cut);
    scenarios.narrow(bench.loss, bench.cut, 5, 5);
    check(scenarios.singles() < most && scenarios.singles() >= 10, "those far from VaR were dropped, the others kept");
    standsForAll(bench, scenarios.master(bench.model), "dropped again");
    check(scenarios.mistaken(bench.loss, bench.cut.var) == 0, "what is dropped stands on its own side of VaR");
  }
}

TEST("a density is carried to a later master without loss, and to none once scenarios were dropped") {
  Bench bench(Kind::Weighted);
  WorkingScenarios& scenarios = bench.scenarios;
  scenarios.widen(bench.loss, bench.cut, 8, 8);
  const Master first = scenarios.master(bench.model);
  std::vector<double> density;
  for (Index j = 0; j < first.count; ++j) density.push_back(0.1 + 0.01 * static_cast<double>(j));
  const WorkingScenarios::Layout layout = scenarios.layout();
  const std::vector<double> before = scenarios.spread(density);
  scenarios.widen(bench.loss, bench.cut, 15, 60);
  const Master second = scenarios.master(bench.model);
  const std::vector<double> carried = scenarios.carried(density, layout);
  check(static_cast<Index>(carried.size()) == second.count, "one value a row");
  near(sumOf(carried), sumOf(density), 1e-12, "sum");
  const std::vector<double> after = scenarios.spread(carried);
  for (Index t = 0; t < kRows; ++t) near(after[t], before[t], 1e-14, "scenario " + std::to_string(t));
  bench.tail.cut(bench.loss, bench.cut);
  scenarios.narrow(bench.loss, bench.cut, 5, 5);
  check(scenarios.carried(density, layout).empty(), "rows have moved: nothing is carried");
}
