#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "sample.h"

namespace ballast::test {

using Real = long double;

/// A problem that owns its arrays. Fill them, then call problem().
struct Instance {
  Index rows = 0, columns = 0;
  std::vector<double> returns, probabilities, mean, lower, upper, funding, held, buy, sell, smallest;
  std::vector<std::vector<double>> stepArrays, groupArrays;  // three arrays a step; one a group
  std::vector<double> anchor;                                // weights that keep every limit
  Problem base;

  Problem problem() const {
    Problem problem = base;
    problem.scenarios.rows = rows;
    problem.scenarios.columns = columns;
    problem.scenarios.returns = returns;
    if (!probabilities.empty()) problem.scenarios.probabilities = probabilities;
    if (!mean.empty()) problem.mean = mean;
    if (!funding.empty()) problem.funding = funding;
    if (!held.empty()) problem.held = held;
    problem.lower = lower;
    problem.upper = upper;
    if (!buy.empty()) {
      problem.cost->buy = buy;
      problem.cost->sell = sell;
      for (std::size_t k = 0; 3 * k < stepArrays.size(); ++k) {
        problem.cost->steps.push_back({stepArrays[3 * k], stepArrays[3 * k + 1], stepArrays[3 * k + 2]});
      }
    }
    for (std::size_t g = 0; g < groupArrays.size(); ++g) problem.groups[g].coefficients = groupArrays[g];
    if (!smallest.empty()) problem.cardinality->smallest = smallest;
    return problem;
  }
};

/// The sums that limits speak of, each from its definition.
struct NaiveSums {
  Real funded = 0, cost = 0, buys = 0, sells = 0, size = 0, gained = 0;
};

inline Real naiveCost(const Problem& p, Index i, Real weight) {
  if (!p.cost) return 0;
  const Real bought = std::max<Real>(weight - heldOf(p, i), 0), sold = std::max<Real>(heldOf(p, i) - weight, 0);
  Real cost = p.cost->buy[i] * bought + p.cost->sell[i] * sold;
  for (const CostStep& step : p.cost->steps) {
    cost += step.buy[i] * std::max<Real>(bought - step.beyond[i], 0);
    cost += step.sell[i] * std::max<Real>(sold - step.beyond[i], 0);
  }
  return cost;
}

inline NaiveSums naiveSums(const Problem& p, const std::vector<double>& w) {
  NaiveSums sums;
  for (Index i = 0; i < p.scenarios.columns; ++i) {
    const Real weight = w[i], trade = weight - heldOf(p, i);
    sums.funded += fundingOf(p, i) * weight;
    sums.cost += naiveCost(p, i, weight);
    (trade > 0 ? sums.buys : sums.sells) += std::fabs(trade);
    sums.size += std::fabs(weight);
    if (p.mean) sums.gained += (*p.mean)[i] * weight;
  }
  return sums;
}

inline Real naiveMaxCost(const Problem& p) {
  Real buys = 0, sells = 0, steepBuy = 0, steepSell = 0;
  for (Index i = 0; p.cost && i < p.scenarios.columns; ++i) {
    if (p.upper[i] > heldOf(p, i)) buys += naiveCost(p, i, p.upper[i]);
    if (p.lower[i] < heldOf(p, i)) sells += naiveCost(p, i, p.lower[i]);
    Real slopeBuy = p.cost->buy[i], slopeSell = p.cost->sell[i];
    for (const CostStep& step : p.cost->steps) {
      slopeBuy += step.buy[i];
      slopeSell += step.sell[i];
    }
    steepBuy = std::max(steepBuy, slopeBuy);
    steepSell = std::max(steepSell, slopeSell);
  }
  if (!p.turnover) return buys + sells;
  return std::min(buys, *p.turnover * steepBuy) + std::min(sells, *p.turnover * steepSell);
}

inline std::vector<Real> naiveProbabilities(const Problem& p) {
  std::vector<Real> result(p.scenarios.rows, Real(1) / p.scenarios.rows);
  if (!p.scenarios.probabilities) return result;
  Real sum = 0;
  for (double value : *p.scenarios.probabilities) sum += value;
  for (Index t = 0; t < p.scenarios.rows; ++t) result[t] = (*p.scenarios.probabilities)[t] / sum;
  return result;
}

inline std::vector<Real> naiveLosses(const Problem& p, const std::vector<double>& w) {
  std::vector<Real> losses(p.scenarios.rows, 0);
  for (Index t = 0; t < p.scenarios.rows; ++t) {
    for (Index i = 0; i < p.scenarios.columns; ++i) {
      p.scenarios.row(t, [&](const auto* row) { losses[t] -= static_cast<Real>(row[i]) * w[i]; });
    }
  }
  return losses;
}

struct NaiveTail {
  Real var = 0, cvar = 0;
  std::vector<Real> density;  // the share of each scenario in the tail, sums to 1
};

/// Sorts all losses and fills the mass 1 - alpha from the worst down.
inline NaiveTail naiveTail(const Problem& p, const std::vector<double>& w) {
  const std::vector<Real> losses = naiveLosses(p, w), probability = naiveProbabilities(p);
  std::vector<Index> order(losses.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return losses[a] > losses[b]; });
  const Real mass = Real(1) - p.confidence;
  NaiveTail tail;
  tail.density.assign(losses.size(), 0);
  Real taken = 0;
  bool passed = false;
  for (const Index t : order) {
    if (probability[t] == 0) continue;
    const Real part = std::max<Real>(std::min(probability[t], mass - taken), 0);
    tail.density[t] = part / mass;
    tail.cvar += part * losses[t] / mass;
    // The loss at which the cumulative probability passes the mass, where 1e-15 of probability is rounding of alpha.
    if (!passed) tail.var = losses[t];
    passed = passed || taken + probability[t] > mass + 1e-15L;
    taken += probability[t];
  }
  return tail;
}

inline Real naiveObjective(const Problem& p, const std::vector<double>& w) {
  const NaiveSums sums = naiveSums(p, w);
  return p.riskAversion * naiveTail(p, w).cvar - sums.gained + (p.cost ? sums.cost / p.cost->holdingPeriods : Real(0));
}

inline Real naiveViolation(const Problem& p, const std::vector<double>& w) {
  const NaiveSums sums = naiveSums(p, w);
  std::vector<Real> found = {0, sums.funded + sums.cost - (1 - static_cast<Real>(p.cashLower)),
                             1 - static_cast<Real>(p.cashUpper) - naiveMaxCost(p) - sums.funded};
  if (p.turnover) found.push_back(sums.buys - *p.turnover);
  if (p.turnover) found.push_back(sums.sells - *p.turnover);
  if (p.traded) found.push_back(sums.buys + sums.sells - *p.traded);
  if (p.leverage) found.push_back(sums.size - *p.leverage);
  const auto largest = [](View values) {
    Real most = 0;
    for (double value : values) most = std::max(most, std::fabs(static_cast<Real>(value)));
    return most > 0 ? most : 1;
  };
  if (p.minimumReturn) found.push_back((*p.minimumReturn - sums.gained) / largest(*p.mean));
  if (p.maximumCvar) found.push_back((naiveTail(p, w).cvar - *p.maximumCvar) / largest(p.scenarios.returns));
  Index names = 0;
  for (Index i = 0; i < p.scenarios.columns; ++i) {
    found.push_back(static_cast<Real>(p.lower[i]) - w[i]);
    found.push_back(static_cast<Real>(w[i]) - p.upper[i]);
    if (!p.cardinality || !(std::fabs(w[i]) > 1e-9)) continue;
    ++names;
    found.push_back(static_cast<Real>(p.cardinality->smallest[i]) - w[i]);
  }
  if (p.cardinality) found.push_back(names - p.cardinality->most);
  for (const GroupRow& group : p.groups) {
    Real value = 0;
    for (Index i = 0; i < p.scenarios.columns; ++i) value += static_cast<Real>(group.coefficients[i]) * w[i];
    if (group.lower) found.push_back(*group.lower - value);
    if (group.upper) found.push_back(value - *group.upper);
  }
  return *std::max_element(found.begin(), found.end());
}

/// sum_r y_r (limit_r - row_r(w)) over all rows but maximumCvar; the duals have their proper signs.
inline Real naiveRows(const Problem& p, const Duals& y, const std::vector<double>& w) {
  const NaiveSums sums = naiveSums(p, w);
  Real value = y.budget > 0 ? y.budget * (1 - static_cast<Real>(p.cashUpper) - naiveMaxCost(p) - sums.funded)
                            : y.budget * (1 - static_cast<Real>(p.cashLower) - sums.funded - sums.cost);
  if (p.turnover) value += y.buys * (*p.turnover - sums.buys) + y.sells * (*p.turnover - sums.sells);
  if (p.traded) value += y.traded * (*p.traded - (sums.buys + sums.sells));
  if (p.leverage) value += y.leverage * (*p.leverage - sums.size);
  if (p.minimumReturn) value += y.minimumReturn * (*p.minimumReturn - sums.gained);
  for (std::size_t g = 0; g < p.groups.size(); ++g) {
    Real row = 0;
    for (Index i = 0; i < p.scenarios.columns; ++i) row += static_cast<Real>(p.groups[g].coefficients[i]) * w[i];
    if (y.groups[g] != 0) value += y.groups[g] * ((y.groups[g] > 0 ? *p.groups[g].lower : *p.groups[g].upper) - row);
  }
  return value;
}

/// The Lagrangian at density y.scenario and the row duals.
inline Real naiveLagrangian(const Problem& p, const Duals& y, const std::vector<double>& w) {
  const NaiveSums sums = naiveSums(p, w);
  const std::vector<Real> losses = naiveLosses(p, w);
  Real value = naiveRows(p, y, w) - sums.gained + (p.cost ? sums.cost / p.cost->holdingPeriods : Real(0));
  for (std::size_t t = 0; t < losses.size(); ++t) value += y.scenario[t] * losses[t];
  return p.maximumCvar ? value - static_cast<Real>(y.maximumCvar) * *p.maximumCvar : value;
}

}  // namespace ballast::test
