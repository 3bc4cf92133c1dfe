#include "ballast/problem.h"

#include <algorithm>

namespace ballast {

double fundingOf(const Problem& problem, Index i) { return problem.funding ? (*problem.funding)[i] : 1.0; }

double heldOf(const Problem& problem, Index i) { return problem.held ? (*problem.held)[i] : 0.0; }

double maxCost(const Problem& problem) {
  if (!problem.cost) return 0.0;
  double buys = 0.0, sells = 0.0, steepestBuy = 0.0, steepestSell = 0.0;
  for (Index i = 0; i < problem.scenarios.columns; ++i) {
    const double held = heldOf(problem, i);
    buys += problem.cost->buy[i] * std::max(problem.upper[i] - held, 0.0);
    sells += problem.cost->sell[i] * std::max(held - problem.lower[i], 0.0);
    steepestBuy = std::max(steepestBuy, problem.cost->buy[i]);
    steepestSell = std::max(steepestSell, problem.cost->sell[i]);
  }
  if (problem.turnover) {
    buys = std::min(buys, *problem.turnover * steepestBuy);
    sells = std::min(sells, *problem.turnover * steepestSell);
  }
  return buys + sells;
}

Box narrowedBox(const Problem& problem) {
  constexpr double kWide = 1e3;
  const Index n = problem.scenarios.columns;
  Box box{{problem.lower.begin(), problem.lower.end()}, {problem.upper.begin(), problem.upper.end()}};
  // Turnover first: it bounds each weight on its own.
  for (Index i = 0; i < n && problem.turnover; ++i) {
    const double held = heldOf(problem, i);
    const double low = std::max(box.lower[i], held - *problem.turnover);
    const double high = std::min(box.upper[i], held + *problem.turnover);
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
  const auto positive = [](double slope) { return slope > 0.0; };
  return std::any_of(problem.cost->buy.begin(), problem.cost->buy.end(), positive) ||
         std::any_of(problem.cost->sell.begin(), problem.cost->sell.end(), positive);
}

}  // namespace ballast
