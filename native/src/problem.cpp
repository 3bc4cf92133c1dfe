#include "ballast/problem.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ballast {

double fundingOf(const Problem& problem, Index i) { return problem.funding ? (*problem.funding)[i] : 1.0; }

double heldOf(const Problem& problem, Index i) { return problem.held ? (*problem.held)[i] : 0.0; }

namespace {

/// Slopes of one instrument where its dearest step counts.
double steepestBuy(const Costs& cost, Index i) {
  double slope = cost.buy[i];
  for (const CostStep& step : cost.steps) slope += step.buy[i];
  return slope;
}

double steepestSell(const Costs& cost, Index i) {
  double slope = cost.sell[i];
  for (const CostStep& step : cost.steps) slope += step.sell[i];
  return slope;
}

bool anyPositive(View slopes) {
  return std::any_of(slopes.begin(), slopes.end(), [](double slope) { return slope > 0.0; });
}

}  // namespace

double costAt(const Problem& problem, Index i, double weight) {
  if (!problem.cost) return 0.0;
  const double trade = weight - heldOf(problem, i), size = std::fabs(trade);
  double cost = (trade > 0.0 ? problem.cost->buy[i] : problem.cost->sell[i]) * size;
  for (const CostStep& step : problem.cost->steps) {
    cost += (trade > 0.0 ? step.buy[i] : step.sell[i]) * std::max(size - step.beyond[i], 0.0);
  }
  return cost;
}

double maxCost(const Problem& problem) {
  if (!problem.cost) return 0.0;
  double buys = 0.0, sells = 0.0, buySlope = 0.0, sellSlope = 0.0;
  for (Index i = 0; i < problem.scenarios.columns; ++i) {
    const double held = heldOf(problem, i);
    buys += costAt(problem, i, std::max(problem.upper[i], held));
    sells += costAt(problem, i, std::min(problem.lower[i], held));
    buySlope = std::max(buySlope, steepestBuy(*problem.cost, i));
    sellSlope = std::max(sellSlope, steepestSell(*problem.cost, i));
  }
  if (problem.turnover) {
    buys = std::min(buys, *problem.turnover * buySlope);
    sells = std::min(sells, *problem.turnover * sellSlope);
  }
  return buys + sells;
}

Box narrowedBox(const Problem& problem) {
  constexpr double kWide = 1e3;
  const Index n = problem.scenarios.columns;
  Box box{{problem.lower.begin(), problem.lower.end()}, {problem.upper.begin(), problem.upper.end()}};
  // Trading and leverage limits first: they bound each weight on its own.
  double reach = std::numeric_limits<double>::infinity();
  if (problem.turnover) reach = *problem.turnover;
  if (problem.traded) reach = std::min(reach, *problem.traded);
  const double size = problem.leverage.value_or(std::numeric_limits<double>::infinity());
  for (Index i = 0; i < n; ++i) {
    const double held = heldOf(problem, i);
    const double low = std::max({box.lower[i], held - reach, -size});
    const double high = std::min({box.upper[i], held + reach, size});
    if (low > high) continue;
    if (box.lower[i] < -kWide) box.lower[i] = low;
    if (box.upper[i] > kWide) box.upper[i] = high;
  }
  double least = 0.0;  // smallest funding'w over the box
  for (Index i = 0; i < n; ++i) {
    least += std::min(fundingOf(problem, i) * box.lower[i], fundingOf(problem, i) * box.upper[i]);
  }
  const double room = 1.0 - problem.cashLower - least;
  if (!(room >= 0.0)) return box;
  for (Index i = 0; i < n; ++i) {
    const double funding = fundingOf(problem, i);
    if (funding > 0.0 && box.upper[i] > kWide) {
      box.upper[i] = std::min(box.upper[i], box.lower[i] + room / funding * (1.0 + 1e-9));
    }
    if (funding < 0.0 && box.lower[i] < -kWide) {
      box.lower[i] = std::max(box.lower[i], box.upper[i] + room / funding * (1.0 + 1e-9));
    }
  }
  return box;
}

bool hasCost(const Problem& problem) {
  if (!problem.cost) return false;
  if (anyPositive(problem.cost->buy) || anyPositive(problem.cost->sell)) return true;
  return std::any_of(problem.cost->steps.begin(), problem.cost->steps.end(),
                     [](const CostStep& step) { return anyPositive(step.buy) || anyPositive(step.sell); });
}

}  // namespace ballast
