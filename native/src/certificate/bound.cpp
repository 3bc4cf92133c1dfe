// The Lagrangian box bound: a convex, piecewise linear function of each weight on its own.
#include <algorithm>

#include "certificate/parts.h"

namespace ballast::certificate {
namespace {

constexpr double kEpsilon = 2.3e-16;

/// The dual of a row without the needed side bounds nothing: it counts as zero.
double usable(double dual, bool hasLower, bool hasUpper) {
  if (!std::isfinite(dual)) return 0.0;
  return (dual > 0.0 && !hasLower) || (dual < 0.0 && !hasUpper) ? 0.0 : dual;
}

/// The part of the Lagrangian that one weight decides.
class InstrumentTerm {
 public:
  InstrumentTerm(const Problem& problem, Index i, double slope, double charged, const Duals& duals)
      : problem_(problem), duals_(duals), i_(i), held_(heldOf(problem, i)),
        // Only the upper budget row carries the cost.
        costs_(charged - std::min(duals.budget, 0.0)) {
    addLinear(slope);
    addLinear(-duals.budget * fundingOf(problem, i));
    if (problem.mean) addLinear(-duals.minimumReturn * (*problem.mean)[i]);
    for (std::size_t g = 0; g < problem.groups.size(); ++g) {
      addLinear(-duals.groups[g] * problem.groups[g].coefficients[i]);
    }
    linear_ = sum_.value();
  }

  [[nodiscard]] double at(double weight) const {
    const double bought = std::max(weight - held_, 0.0), sold = std::max(held_ - weight, 0.0);
    return linear_ * weight + costs_ * costAt(problem_, i_, weight) - duals_.buys * bought - duals_.sells * sold -
           duals_.traded * (bought + sold) - duals_.leverage * std::fabs(weight);
  }

  /// Slope just above (side > 0) or just below (side < 0) a weight.
  [[nodiscard]] double slopeBeside(double weight, double side) const {
    const bool buying = weight > held_ || (weight == held_ && side > 0.0);
    const bool isLong = weight > 0.0 || (weight == 0.0 && side > 0.0);
    const double tradeSign = buying ? 1.0 : -1.0;
    const double trade = costs_ * costSlope(weight, side, buying) - (buying ? duals_.buys : duals_.sells) -
                         duals_.traded;
    return linear_ + tradeSign * trade - (isLong ? 1.0 : -1.0) * duals_.leverage;
  }

  /// Its least value between two weights: at an end or at a bend.
  [[nodiscard]] double least(double low, double high) const {
    double value = std::min(at(low), at(high));
    const auto bend = [&](double weight) { value = std::min(value, at(std::clamp(weight, low, high))); };
    bend(held_);
    if (problem_.leverage) bend(0.0);
    if (!problem_.cost) return value;
    for (const CostStep& step : problem_.cost->steps) {
      bend(held_ + step.beyond[i_]);
      bend(held_ - step.beyond[i_]);
    }
    return value;
  }

  /// Bound on the rounding error of least(), from the sizes of what is added up.
  [[nodiscard]] double rounding(double low, double high) const {
    const double farthest = std::max(std::fabs(low), std::fabs(high)), reach = farthest + std::fabs(held_);
    const double trading = costs_ * std::max(costAt(problem_, i_, low), costAt(problem_, i_, high)) -
                           (duals_.buys + duals_.sells + duals_.traded) * reach;
    const double steps = problem_.cost ? static_cast<double>(problem_.cost->steps.size()) : 0.0;
    return kEpsilon * (8.0 + 2.0 * steps) * (size_ * farthest + trading - duals_.leverage * farthest);
  }

 private:
  void addLinear(double term) {
    sum_.add(term);
    size_ += std::fabs(term);
  }

  /// d cost / d |trade|, undivided.
  [[nodiscard]] double costSlope(double weight, double side, bool buying) const {
    if (!problem_.cost) return 0.0;
    const Costs& cost = *problem_.cost;
    double slope = buying ? cost.buy[i_] : cost.sell[i_];
    for (const CostStep& step : cost.steps) {
      const double bend = buying ? held_ + step.beyond[i_] : held_ - step.beyond[i_];
      const double past = buying ? weight - bend : bend - weight;
      const bool outward = buying == (side > 0.0);
      if (past > 0.0 || (past == 0.0 && outward)) slope += buying ? step.buy[i_] : step.sell[i_];
    }
    return slope;
  }

  const Problem& problem_;
  const Duals& duals_;
  Index i_;
  double held_;
  double costs_;
  Sum sum_;
  double linear_ = 0.0;
  double size_ = 0.0;  // sum of the sizes of what linear_ is made of
};

}  // namespace

void cleanDuals(const Problem& problem, Duals& duals) {
  duals.budget = usable(duals.budget, true, true);
  duals.buys = usable(duals.buys, false, problem.turnover.has_value());
  duals.sells = usable(duals.sells, false, problem.turnover.has_value());
  duals.traded = usable(duals.traded, false, problem.traded.has_value());
  duals.leverage = usable(duals.leverage, false, problem.leverage.has_value());
  duals.minimumReturn = usable(duals.minimumReturn, problem.minimumReturn.has_value(), false);
  duals.maximumCvar = usable(duals.maximumCvar, problem.maximumCvar.has_value(), false);
  duals.groups.resize(problem.groups.size(), 0.0);
  for (std::size_t g = 0; g < problem.groups.size(); ++g) {
    duals.groups[g] = usable(duals.groups[g], problem.groups[g].lower.has_value(), problem.groups[g].upper.has_value());
  }
}

Bound boxBound(const Problem& problem, const std::vector<double>& slope, double charged, const Duals& duals) {
  Sum value;
  Bound bound;
  const auto add = [&](double term) {
    value.add(term);
    bound.rounding += 4.0 * kEpsilon * std::fabs(term);
  };
  if (duals.budget > 0.0) {
    const double cost = maxCost(problem);
    add(duals.budget * (1.0 - problem.cashUpper - cost));
    bound.rounding += kEpsilon * static_cast<double>(problem.scenarios.columns) * duals.budget * cost;
  } else {
    add(duals.budget * (1.0 - problem.cashLower));
  }
  if (problem.turnover) add((duals.buys + duals.sells) * *problem.turnover);
  if (problem.traded) add(duals.traded * *problem.traded);
  if (problem.leverage) add(duals.leverage * *problem.leverage);
  if (problem.minimumReturn) add(duals.minimumReturn * *problem.minimumReturn);
  for (std::size_t g = 0; g < problem.groups.size(); ++g) {
    const double y = duals.groups[g];
    if (y != 0.0) add(y * (y > 0.0 ? *problem.groups[g].lower : *problem.groups[g].upper));
  }
  const Box box = narrowedBox(problem);
  for (Index i = 0; i < problem.scenarios.columns; ++i) {
    const InstrumentTerm term(problem, i, slope[i], charged, duals);
    add(term.least(box.lower[i], box.upper[i]));
    bound.rounding += term.rounding(box.lower[i], box.upper[i]);
  }
  bound.value = value.value();
  return bound;
}

std::vector<double> reducedCosts(const Problem& problem, const std::vector<double>& slope, double charged,
                                 const Duals& duals, const std::vector<double>& w) {
  std::vector<double> costs(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const InstrumentTerm term(problem, static_cast<Index>(i), slope[i], charged, duals);
    const double left = term.slopeBeside(w[i], -1.0), right = term.slopeBeside(w[i], 1.0);
    costs[i] = left > 0.0 ? left : std::min(right, 0.0);
  }
  return costs;
}

}  // namespace ballast::certificate
