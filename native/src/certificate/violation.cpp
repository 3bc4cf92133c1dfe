// How far weights are from every limit.
#include <algorithm>
#include <cmath>
#include <limits>

#include "certificate/parts.h"

namespace ballast::certificate {
namespace {

/// A weight of at most this size counts as not held.
constexpr double kHeld = 1e-9;

double ofGroups(const Problem& problem, const std::vector<double>& w) {
  double worst = 0.0;
  for (const GroupRow& group : problem.groups) {
    Sum value;
    for (std::size_t i = 0; i < w.size(); ++i) value.add(group.coefficients[i] * w[i]);
    if (group.lower) worst = std::max(worst, *group.lower - value.value());
    if (group.upper) worst = std::max(worst, value.value() - *group.upper);
  }
  return worst;
}

/// Names beyond the most allowed, 1 each, and how far a held one is below its smallest size.
double ofCardinality(const Cardinality& cardinality, const std::vector<double>& w) {
  double worst = 0.0;
  Index names = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!(std::fabs(w[i]) > kHeld)) continue;
    ++names;
    worst = std::max(worst, cardinality.smallest[i] - w[i]);
  }
  return std::max(worst, static_cast<double>(names - cardinality.most));
}

double largest(const std::optional<View>& values) {
  double most = 0.0;
  for (double value : values.value_or(View{})) most = std::max(most, std::fabs(value));
  return most > 0.0 ? most : 1.0;
}

}  // namespace

double violationAt(const Problem& problem, const std::vector<double>& w, double cost, double cvar, double largestReturn) {
  double worst = 0.0;
  Sum funded, buys, sells, size, gained;
  for (std::size_t i = 0; i < w.size(); ++i) {
    // A comparison with NaN is false and would find nothing wrong.
    if (!std::isfinite(w[i])) return std::numeric_limits<double>::infinity();
    const Index at = static_cast<Index>(i);
    worst = std::max({worst, problem.lower[i] - w[i], w[i] - problem.upper[i]});
    funded.add(fundingOf(problem, at) * w[i]);
    buys.add(std::max(w[i] - heldOf(problem, at), 0.0));
    sells.add(std::max(heldOf(problem, at) - w[i], 0.0));
    size.add(std::fabs(w[i]));
    if (problem.mean) gained.add((*problem.mean)[i] * w[i]);
  }
  const auto atMost = [&](double value, const std::optional<double>& limit) {
    if (limit) worst = std::max(worst, value - *limit);
  };
  atMost(funded.value() + cost, 1.0 - problem.cashLower);
  atMost(-funded.value(), -(1.0 - problem.cashUpper - maxCost(problem)));
  atMost(buys.value(), problem.turnover);
  atMost(sells.value(), problem.turnover);
  atMost(buys.value() + sells.value(), problem.traded);
  atMost(size.value(), problem.leverage);
  // Measured by the weight that would set them right.
  const double perWeight = largestReturn > 0.0 ? largestReturn : 1.0;
  if (problem.maximumCvar) worst = std::max(worst, (cvar - *problem.maximumCvar) / perWeight);
  if (problem.minimumReturn) worst = std::max(worst, (*problem.minimumReturn - gained.value()) / largest(problem.mean));
  worst = std::max(worst, ofGroups(problem, w));
  return problem.cardinality ? std::max(worst, ofCardinality(*problem.cardinality, w)) : worst;
}

}  // namespace ballast::certificate
