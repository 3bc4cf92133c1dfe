// Everything here is recomputed from the Problem alone: no model, no segments, no scaling, so that a fault in the
// solver cannot hide in its own certificate.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ballast/solve.h"
#include "stop.h"

namespace ballast {
namespace {

constexpr double kEpsilon = 2.3e-16;

struct Tail {
  std::vector<double> probability;  // [T], sums to 1
  std::vector<double> loss;         // [T]
};

void pulse(const Stop* stop, Index t) {
  if (stop != nullptr && (t & 1023) == 1023) stop->check();
}

Tail lossesAt(const Problem& problem, const std::vector<double>& w, const Stop* stop) {
  const Scenarios& scenarios = problem.scenarios;
  Tail tail;
  tail.probability.assign(scenarios.rows, 1.0 / static_cast<double>(scenarios.rows));
  if (scenarios.probabilities) {
    double sum = 0.0;
    for (double p : *scenarios.probabilities) sum += p;
    for (Index t = 0; t < scenarios.rows; ++t) tail.probability[t] = (*scenarios.probabilities)[t] / sum;
  }
  tail.loss.resize(scenarios.rows);
  for (Index t = 0; t < scenarios.rows; ++t) {
    pulse(stop, t);
    const double* r = scenarios.row(t);
    double loss = 0.0;
    for (Index i = 0; i < scenarios.columns; ++i) loss -= r[i] * w[i];
    tail.loss[t] = loss;
  }
  return tail;
}

/// VaR = min{z : P(L <= z) >= alpha}; CVaR = (sum over L > VaR of p L + (1 - alpha - P(L > VaR)) VaR) / (1 - alpha).
/// Rockafellar & Uryasev, J. Banking & Finance 26 (2002), Proposition 8: the atom at VaR counts in part.
void tailFigures(const Tail& tail, double confidence, Figures& figures) {
  std::vector<Index> order(tail.loss.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return tail.loss[a] > tail.loss[b]; });
  const double mass = 1.0 - confidence;
  double taken = 0.0, sum = 0.0;
  for (const Index t : order) {
    const double p = tail.probability[t];
    if (p == 0.0) continue;
    const double part = std::min(p, mass - taken);
    if (part <= 0.0) break;
    sum += part * tail.loss[t];
    taken += part;
    figures.var = tail.loss[t];
  }
  figures.cvar = sum / std::max(taken, 1e-300);
}

double violationAt(const Problem& problem, const std::vector<double>& w, double cost) {
  const Index n = problem.scenarios.columns;
  double worst = 0.0, funded = 0.0, buys = 0.0, sells = 0.0;
  for (Index i = 0; i < n; ++i) {
    worst = std::max({worst, problem.lower[i] - w[i], w[i] - problem.upper[i]});
    funded += fundingOf(problem, i) * w[i];
    buys += std::max(w[i] - heldOf(problem, i), 0.0);
    sells += std::max(heldOf(problem, i) - w[i], 0.0);
  }
  worst = std::max({worst, funded + cost - (1.0 - problem.cashLower),
                    1.0 - problem.cashUpper - maxCost(problem) - funded});
  if (problem.turnover) worst = std::max({worst, buys - *problem.turnover, sells - *problem.turnover});
  for (const GroupRow& group : problem.groups) {
    double value = 0.0;
    for (Index i = 0; i < n; ++i) value += group.coefficients[i] * w[i];
    if (group.lower) worst = std::max(worst, *group.lower - value);
    if (group.upper) worst = std::max(worst, value - *group.upper);
  }
  return worst;
}

/// Moves q into 0 <= q <= pi, sum q = lambda: clip, then take from or give to all in proportion to their room.
void projectDensity(const Problem& problem, const Tail& tail, std::vector<double>& q) {
  const double lambda = problem.riskAversion, mass = 1.0 - problem.confidence;
  q.resize(tail.probability.size(), 0.0);
  double sum = 0.0, room = 0.0;
  for (std::size_t t = 0; t < q.size(); ++t) {
    const double cap = lambda * tail.probability[t] / mass;
    q[t] = std::isfinite(q[t]) ? std::clamp(q[t], 0.0, cap) : 0.0;
    sum += q[t];
    room += cap - q[t];
  }
  if (sum > lambda) {
    for (double& value : q) value *= lambda / sum;
  } else if (sum < lambda && room > 0.0) {
    const double share = std::min((lambda - sum) / room, 1.0);
    for (std::size_t t = 0; t < q.size(); ++t) q[t] += share * (lambda * tail.probability[t] / mass - q[t]);
  }
}

/// The dual of a row without the needed side bounds nothing: it counts as zero.
double usable(double dual, bool hasLower, bool hasUpper) {
  if (!std::isfinite(dual)) return 0.0;
  return (dual > 0.0 && !hasLower) || (dual < 0.0 && !hasUpper) ? 0.0 : dual;
}

void cleanDuals(const Problem& problem, Duals& duals) {
  duals.budget = usable(duals.budget, true, true);
  duals.buys = problem.turnover ? usable(duals.buys, false, true) : 0.0;
  duals.sells = problem.turnover ? usable(duals.sells, false, true) : 0.0;
  duals.groups.resize(problem.groups.size(), 0.0);
  for (std::size_t g = 0; g < problem.groups.size(); ++g) {
    duals.groups[g] = usable(duals.groups[g], problem.groups[g].lower.has_value(), problem.groups[g].upper.has_value());
  }
}

struct BoxBound {
  double value = 0.0;
  double rounding = 0.0;  // bound on the rounding error of value
};

/// min over the box of slope'w + charge(w) + sum_r y_r (limit_r - row_r(w)); fills the slope each instrument is left
/// with at `w` as its reduced cost. `charged` is 1 / holding periods, or 0 for a Farkas ray.
BoxBound boxBound(const Problem& problem, View slope, double charged, Duals& duals,
                  const std::vector<double>* w) {
  const Index n = problem.scenarios.columns;
  BoxBound bound;
  const auto add = [&](double term) {
    bound.value += term;
    bound.rounding += kEpsilon * std::fabs(term);
  };
  const double spend = std::min(duals.budget, 0.0);  // only the upper budget row carries the cost
  add(duals.budget > 0.0 ? duals.budget * (1.0 - problem.cashUpper - maxCost(problem))
                         : duals.budget * (1.0 - problem.cashLower));
  if (problem.turnover) add((duals.buys + duals.sells) * *problem.turnover);
  for (std::size_t g = 0; g < problem.groups.size(); ++g) {
    const double y = duals.groups[g];
    if (y != 0.0) add(y * (y > 0.0 ? *problem.groups[g].lower : *problem.groups[g].upper));
  }
  const Box box = narrowedBox(problem);
  duals.reducedCost.assign(n, 0.0);
  for (Index i = 0; i < n; ++i) {
    double rc = slope[i] - duals.budget * fundingOf(problem, i), size = std::fabs(slope[i]) + std::fabs(duals.budget);
    for (std::size_t g = 0; g < problem.groups.size(); ++g) {
      rc -= duals.groups[g] * problem.groups[g].coefficients[i];
      size += std::fabs(duals.groups[g] * problem.groups[g].coefficients[i]);
    }
    const double buy = problem.cost ? problem.cost->buy[i] * (charged - spend) : 0.0;
    const double sell = problem.cost ? problem.cost->sell[i] * (charged - spend) : 0.0;
    const double held = heldOf(problem, i), low = box.lower[i], high = box.upper[i];
    const auto at = [&](double weight) {
      return rc * weight + (buy - duals.buys) * std::max(weight - held, 0.0) +
             (sell - duals.sells) * std::max(held - weight, 0.0);
    };
    add(std::min({at(low), at(high), at(std::clamp(held, low, high))}));
    bound.rounding += kEpsilon * size * std::max(std::fabs(low), std::fabs(high)) * 4.0;
    const bool buying = w != nullptr ? (*w)[i] > held || ((*w)[i] == held && rc < 0.0) : rc < 0.0;
    duals.reducedCost[i] = buying ? rc + buy - duals.buys : rc - sell + duals.sells;
    // At the held weight neither slope pulls unless it overcomes the bend there.
    if (w != nullptr && (*w)[i] == held && (buying ? duals.reducedCost[i] > 0.0 : duals.reducedCost[i] < 0.0)) {
      duals.reducedCost[i] = 0.0;
    }
  }
  bound.rounding *= 4.0;
  return bound;
}

double largestSlope(const Problem& problem) {
  double returns = 0.0, rest = 0.0;
  for (double r : problem.scenarios.returns) returns = std::max(returns, std::fabs(r));
  if (problem.mean) {
    for (double m : *problem.mean) rest = std::max(rest, std::fabs(m));
  }
  if (problem.cost) {
    for (double c : problem.cost->buy) rest = std::max(rest, c / problem.cost->holdingPeriods);
    for (double c : problem.cost->sell) rest = std::max(rest, c / problem.cost->holdingPeriods);
  }
  return std::max(problem.riskAversion * returns, rest);
}

}  // namespace

Figures certify(const Problem& problem, const std::vector<double>& weights, Duals& duals, const Stop* stop) {
  const Index n = problem.scenarios.columns;
  Figures figures;
  const Tail tail = lossesAt(problem, weights, stop);
  tailFigures(tail, problem.confidence, figures);
  double funded = 0.0, meanLoss = 0.0;
  for (Index i = 0; i < n; ++i) {
    if (problem.mean) figures.expectedReturn += (*problem.mean)[i] * weights[i];
    funded += fundingOf(problem, i) * weights[i];
    const double trade = weights[i] - heldOf(problem, i);
    if (problem.cost) figures.cost += trade > 0.0 ? problem.cost->buy[i] * trade : -problem.cost->sell[i] * trade;
  }
  for (std::size_t t = 0; t < tail.loss.size(); ++t) meanLoss += tail.probability[t] * std::fabs(tail.loss[t]);
  const double charged = problem.cost ? 1.0 / problem.cost->holdingPeriods : 0.0;
  figures.cash = 1.0 - funded - figures.cost;
  figures.objective = problem.riskAversion * figures.cvar - figures.expectedReturn + figures.cost * charged;
  figures.violation = violationAt(problem, weights, figures.cost);

  projectDensity(problem, tail, duals.scenario);
  cleanDuals(problem, duals);
  std::vector<double> slope(n, 0.0);
  for (Index t = 0; t < problem.scenarios.rows; ++t) {
    pulse(stop, t);
    const double q = duals.scenario[t];
    if (q == 0.0) continue;
    const double* r = problem.scenarios.row(t);
    for (Index i = 0; i < n; ++i) slope[i] -= q * r[i];
  }
  if (problem.mean) {
    for (Index i = 0; i < n; ++i) slope[i] -= (*problem.mean)[i];
  }
  const double bound = boxBound(problem, slope, charged, duals, &weights).value;
  figures.lowerBound = std::min(bound, figures.objective);
  figures.gapScale = std::max({std::fabs(figures.objective), 1e-3 * problem.riskAversion * meanLoss,
                               1e-5 * largestSlope(problem)});
  const double distance = figures.objective - figures.lowerBound;
  figures.gap = distance > 0.0 ? distance / figures.gapScale : 0.0;
  return figures;
}

double farkasMargin(const Problem& problem, const Duals& ray) {
  Duals clean = ray;
  cleanDuals(problem, clean);
  const std::vector<double> none(problem.scenarios.columns, 0.0);
  const BoxBound bound = boxBound(problem, none, 0.0, clean, nullptr);
  return bound.value - bound.rounding;
}

}  // namespace ballast
