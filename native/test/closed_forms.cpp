// Problems whose optimum can be worked out by hand.
#include <algorithm>

#include "check.h"
#include "sample.h"

using namespace ballast;
using namespace ballast::test;

TEST("one asset, one scenario: all in it, CVaR is its loss") {
  Sample sample(1, 1);
  sample.returns = {-0.02};
  const Answer answer = sample.solve();
  check(answer.status == Status::Optimal, "optimal");
  near(answer.weights.at(0), 1.0, 0.0, "weight");
  near(answer.figures.cvar, 0.02, 1e-17, "cvar");
  near(answer.figures.var, 0.02, 1e-17, "var");
}

TEST("two assets that lose in opposite states split in inverse proportion to their losses") {
  // Worst of (0.06 w, 0.03 (1 - w)) with alpha = 0.5 over two states is least at w = 1/3, where it is 0.02.
  Sample sample(2, 2);
  sample.returns = {-0.06, 0.0, 0.0, -0.03};
  sample.base.confidence = 0.5;
  const Answer answer = sample.solve();
  check(answer.status == Status::Optimal, "optimal");
  near(answer.weights.at(0), 1.0 / 3.0, 1e-14, "weight");
  near(answer.figures.objective, 0.02, 1e-16, "objective");
  near(answer.figures.lowerBound, 0.02, 3e-16, "bound");
  check(answer.figures.lowerBound < 0.02, "the bound allows for its own rounding");
}

TEST("the atom at VaR counts in part when alpha T is fractional") {
  // Losses .04 .03 .02 .01, mass 0.3 = 0.25 + 0.05: CVaR = (.25 x .04 + .05 x .03) / .3.
  Sample sample(4, 1);
  sample.returns = {-0.04, -0.03, -0.02, -0.01};
  sample.base.confidence = 0.7;
  const Answer answer = sample.solve();
  near(answer.figures.cvar, (0.25 * 0.04 + 0.05 * 0.03) / 0.3, 1e-16, "cvar");
  near(answer.figures.var, 0.03, 0.0, "var");
}

TEST("scenarios of probability zero do not count") {
  Sample sample(3, 1);
  sample.returns = {-0.01, -0.9, -0.02};
  const std::vector<double> p = {3.0, 0.0, 1.0};
  sample.base.confidence = 0.75;
  Problem problem = sample.problem();
  problem.scenarios.probabilities = p;
  const CancelToken never;
  const Answer answer = solve(problem, {}, never);
  near(answer.figures.cvar, 0.02, 1e-16, "cvar");
}

TEST("alpha near 1 is the worst loss, alpha near 0 the mean loss") {
  Sample sample(8, 1, 5);
  double worst = -1.0, mean = 0.0;
  for (double r : sample.returns) {
    worst = std::max(worst, -r);
    mean -= r / 8.0;
  }
  sample.base.confidence = 1.0 - 1e-12;
  near(sample.solve().figures.cvar, worst, 1e-12, "worst");
  sample.base.confidence = 1e-17;
  near(sample.solve().figures.cvar, mean, 1e-14, "mean");
}

TEST("a cost that exceeds its gain stops the trade exactly at the held weight") {
  Sample sample(1, 2);
  sample.returns = {0.0, 0.0};
  const std::vector<double> mean = {0.01, 0.02}, held = {0.6, 0.4}, fee = {0.02, 0.02};
  sample.base.cashUpper = 1.0;
  Problem problem = sample.problem();
  problem.mean = mean;
  problem.held = held;
  problem.cost = Costs{fee, fee, 1.0, {}};
  const CancelToken never;
  const Answer answer = solve(problem, {}, never);
  check(answer.status == Status::Optimal, "optimal");
  near(answer.weights.at(0), 0.6, 0.0, "first");
  near(answer.weights.at(1), 0.4, 0.0, "second");
  near(answer.figures.objective, -(0.01 * 0.6 + 0.02 * 0.4), 1e-16, "objective");
}

TEST("the budget pays the undivided cost while the objective charges its share") {
  // Buy from nothing: w (1 + 0.01) = 1, charge 0.01 w / 10, gain 0.05 w.
  Sample sample(1, 1);
  sample.returns = {0.0};
  const std::vector<double> mean = {0.05}, fee = {0.01};
  Problem problem = sample.problem();
  problem.mean = mean;
  problem.cost = Costs{fee, fee, 10.0, {}};
  const CancelToken never;
  const Answer answer = solve(problem, {}, never);
  check(answer.status == Status::Optimal, "optimal");
  near(answer.weights.at(0), 1.0 / 1.01, 1e-15, "weight");
  near(answer.figures.cash, 0.0, 1e-15, "cash");
  near(answer.figures.objective, (-0.05 + 0.001) / 1.01, 1e-16, "objective");
}

TEST("one-way turnover moves exactly its limit towards the better asset") {
  Sample sample(1, 2);
  sample.returns = {0.0, 0.0};
  const std::vector<double> mean = {0.01, 0.02}, held = {0.7, 0.3};
  Problem problem = sample.problem();
  problem.mean = mean;
  problem.held = held;
  problem.turnover = 0.125;
  const CancelToken never;
  const Answer answer = solve(problem, {}, never);
  near(answer.weights.at(0), 0.575, 1e-15, "first");
  near(answer.weights.at(1), 0.425, 1e-15, "second");
  check(answer.duals.buys < 0.0 || answer.duals.sells < 0.0, "a turnover dual is negative");
}
