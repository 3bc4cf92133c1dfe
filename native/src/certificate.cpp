// Everything here and in certificate/ is recomputed from the Problem alone: no model, no segments, no scaling, so that
// a fault in the solver cannot hide in its own certificate.
#include <algorithm>
#include <limits>
#include <optional>

#include "certificate/parts.h"
#include "checked.h"

namespace ballast {
namespace {

using namespace certificate;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Figures of weights that are not even as many as there are instruments: nothing is proven.
Figures worthless() {
  Figures figures;
  figures.objective = kInfinity;
  figures.lowerBound = -kInfinity;
  figures.gap = figures.violation = kInfinity;
  return figures;
}

/// The steepest slope a unit of weight can meet in the objective.
double largestSlope(const Problem& problem, double largestReturn) {
  double steepest = problem.riskAversion * largestReturn;
  for (Index i = 0; i < problem.scenarios.columns; ++i) {
    if (problem.mean) steepest = std::max(steepest, std::fabs((*problem.mean)[i]));
    if (!problem.cost) continue;
    double buy = problem.cost->buy[i], sell = problem.cost->sell[i];
    for (const CostStep& step : problem.cost->steps) {
      buy += step.buy[i];
      sell += step.sell[i];
    }
    steepest = std::max(steepest, std::max(buy, sell) / problem.cost->holdingPeriods);
  }
  return steepest;
}

double meanSize(const Distribution& losses) {
  Sum sum;
  for (std::size_t t = 0; t < losses.loss.size(); ++t) sum.add(losses.probability[t] * std::fabs(losses.loss[t]));
  return sum.value();
}

/// Figures that need no multipliers.
Figures figuresAt(const Problem& problem, const std::vector<double>& weights, const Distribution& losses,
                  double charged, double largestReturn) {
  Figures figures;
  const Tail tail = tailOf(losses, problem.confidence);
  figures.var = tail.var;
  figures.cvar = tail.cvar;
  Sum funded, gained, cost;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Index at = static_cast<Index>(i);
    if (problem.mean) gained.add((*problem.mean)[i] * weights[i]);
    funded.add(fundingOf(problem, at) * weights[i]);
    cost.add(costAt(problem, at, weights[i]));
  }
  figures.expectedReturn = gained.value();
  figures.cost = cost.value();
  figures.cash = 1.0 - funded.value() - figures.cost;
  figures.objective = problem.riskAversion * figures.cvar - figures.expectedReturn + figures.cost * charged;
  figures.violation = violationAt(problem, weights, figures.cost, figures.cvar, largestReturn);
  return figures;
}

/// The Lagrangian bound at the duals, less what rounding may have added to it: multipliers of rows that all but coincide
/// can be so large that they prove less than they seem to. The duals are cleaned and their reduced costs filled on the way.
double boundAt(const Problem& problem, const std::vector<double>& weights, const Distribution& losses, double charged,
               Duals& duals, const Stop* stop) {
  cleanDuals(problem, duals);
  const double lambda = problem.riskAversion + duals.maximumCvar;
  projectDensity(losses.probability, problem.confidence, lambda, duals.scenario);
  std::vector<double> slope = tailSlope(problem.scenarios, duals.scenario, stop);
  if (problem.mean) {
    for (std::size_t i = 0; i < slope.size(); ++i) slope[i] -= (*problem.mean)[i];
  }
  duals.reducedCost = reducedCosts(problem, slope, charged, duals, weights);
  const Bound bound = boxBound(problem, slope, charged, duals);
  return bound.value - bound.rounding - duals.maximumCvar * problem.maximumCvar.value_or(0.0);
}

Figures judge(const Problem& problem, const std::vector<double>& weights, Duals& duals, const Stop* stop,
              const std::optional<double>& largestReturn, Pool& pool) {
  if (static_cast<Index>(weights.size()) != problem.scenarios.columns) return worthless();
  const double charged = problem.cost ? 1.0 / problem.cost->holdingPeriods : 0.0;
  const Distribution losses = distributionAt(problem, weights, stop, !largestReturn, pool);
  const double largest = largestReturn.value_or(losses.largestReturn);
  Figures figures = figuresAt(problem, weights, losses, charged, largest);
  const double bound = boundAt(problem, weights, losses, charged, duals, stop);
  figures.lowerBound = std::isfinite(bound) ? std::min(bound, figures.objective) : -kInfinity;
  const double steepest = largestSlope(problem, largest);
  // By riskAversion alone: a multiplier must not widen the scale by which its own gap is measured.
  figures.gapScale =
      std::max({std::fabs(figures.objective), 1e-3 * problem.riskAversion * meanSize(losses), 1e-5 * steepest});
  const double distance = figures.objective - figures.lowerBound;
  // An objective of 0 everywhere has scale 0 and distance 0; a distance that is no number proves nothing.
  figures.gap = distance == 0.0 ? 0.0 : distance / figures.gapScale;
  if (std::isnan(figures.gap)) figures.gap = kInfinity;
  return figures;
}

}  // namespace

Figures certify(const Problem& problem, const std::vector<double>& weights, Duals& duals, const Stop* stop) {
  Pool alone(1);
  return judge(problem, weights, duals, stop, std::nullopt, alone);
}

Figures certify(const Problem& problem, const std::vector<double>& weights, Duals& duals, const Stop* stop,
                double largestReturn, Pool& pool) {
  return judge(problem, weights, duals, stop, largestReturn, pool);
}

double farkasMargin(const Problem& problem, const Duals& ray) {
  Duals clean = ray;
  cleanDuals(problem, clean);
  const std::vector<double> none(problem.scenarios.columns, 0.0);
  const Bound bound = boxBound(problem, none, 0.0, clean);
  const double margin = bound.value - bound.rounding;
  return std::isfinite(margin) ? margin : -kInfinity;
}

}  // namespace ballast
