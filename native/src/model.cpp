#include "model.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

/// Above this total tail mass Q is a single point (q = lambda p) to rounding: CVaR is the mean loss.
constexpr double kSinglePoint = 1.0 + 1e-13;

/// Segments shorter than this, relative to the weight, are rounding: the instrument stays at their start.
constexpr double kShortest = 1e-14;

double largest(View values) {
  double most = 0.0;
  for (double value : values) most = std::max(most, std::fabs(value));
  return most;
}

/// sum_t p_t r_t over all scenarios.
std::vector<double> meanReturns(const Problem& problem, const Stop& stop) {
  const Scenarios& scenarios = problem.scenarios;
  double sum = static_cast<double>(scenarios.rows);
  if (scenarios.probabilities) {
    sum = 0.0;
    for (double p : *scenarios.probabilities) sum += p;
  }
  std::vector<double> mean(scenarios.columns, 0.0);
  for (Index t = 0; t < scenarios.rows; ++t) {
    if ((t & 1023) == 1023) stop.check();
    const double p = (scenarios.probabilities ? (*scenarios.probabilities)[t] : 1.0) / sum;
    scenarios.row(t, [&](const auto* r) {
      for (Index i = 0; i < scenarios.columns; ++i) mean[i] += p * r[i];
    });
  }
  return mean;
}

/// Slope of the undivided cost at a weight that is no bend.
double costSlope(const Problem& problem, Index i, double weight) {
  if (!problem.cost) return 0.0;
  const Costs& cost = *problem.cost;
  const double trade = weight - heldOf(problem, i), size = std::fabs(trade);
  double slope = trade > 0.0 ? cost.buy[i] : -cost.sell[i];
  for (const CostStep& step : cost.steps) {
    if (size > step.beyond[i]) slope += trade > 0.0 ? step.buy[i] : -step.sell[i];
  }
  return slope;
}

/// Weights where something bends for instrument i, in any order.
std::vector<double> bends(const Problem& problem, Index i) {
  std::vector<double> cuts;
  const double held = heldOf(problem, i);
  if (hasCost(problem) || problem.turnover || problem.traded) cuts.push_back(held);
  if (problem.leverage) cuts.push_back(0.0);
  if (problem.cost) {
    for (const CostStep& step : problem.cost->steps) {
      cuts.push_back(held - step.beyond[i]);
      cuts.push_back(held + step.beyond[i]);
    }
  }
  return cuts;
}

void addSegments(const Problem& problem, Model& model) {
  const double periods = problem.cost ? problem.cost->holdingPeriods : 1.0;
  for (Index i = 0; i < model.assets; ++i) {
    model.first.push_back(static_cast<Index>(model.owner.size()));
    const double low = model.lower[i], high = model.upper[i];
    model.constant += costAt(problem, i, low) / periods;
    std::vector<double> cuts = bends(problem, i);
    std::erase_if(cuts, [&](double cut) { return !(cut > low && cut < high); });
    cuts.push_back(high);
    std::sort(cuts.begin(), cuts.end());
    double from = low;
    for (const double to : cuts) {
      if (!(to - from > kShortest * std::max({1.0, std::fabs(from), std::fabs(to)}))) continue;
      model.owner.push_back(i);
      model.start.push_back(from);
      model.width.push_back(to - from);
      model.segmentCost.push_back(costSlope(problem, i, 0.5 * (from + to)) / periods);
      from = to;
    }
  }
  model.segments = static_cast<Index>(model.owner.size());
  model.first.push_back(model.segments);
}

/// Divides a row by its largest coefficient; a row without any is dropped when its constant satisfies it.
void addRow(Model& model, ModelRow row) {
  const double most = std::max(largest(row.asset), largest(row.segment));
  if (most == 0.0) {
    if (row.constant < row.lower || row.constant > row.upper) model.rows.push_back(std::move(row));
    return;
  }
  row.scale = most;
  for (double& value : row.asset) value /= most;
  for (double& value : row.segment) value /= most;
  row.constant /= most;
  row.lower /= most;
  row.upper /= most;
  model.rows.push_back(std::move(row));
}

ModelRow linearRow(const Model& model, RowKind kind) {
  ModelRow row;
  row.kind = kind;
  row.asset.assign(model.assets, 0.0);
  return row;
}

/// Decides what becomes of the tail term.
void addTail(const Problem& problem, double largestReturn, Model& model, const Stop& stop) {
  if (largestReturn > 0.0) model.returnScale = largestReturn;
  double loss = 0.0;  // no portfolio of the box can lose more, in units of max |R|
  for (Index i = 0; i < model.assets; ++i) loss += std::max(std::fabs(model.lower[i]), std::fabs(model.upper[i]));
  const bool limited = problem.maximumCvar && *problem.maximumCvar < loss * largestReturn;
  const bool impossible = largestReturn == 0.0 && problem.maximumCvar && *problem.maximumCvar < 0.0;
  if (problem.riskAversion == 0.0 && !limited && !impossible) return;
  model.hasTail = largestReturn > 0.0 && 1.0 / (1.0 - problem.confidence) > kSinglePoint;
  if (model.hasTail) {
    model.lambda = problem.riskAversion * model.returnScale;
    if (limited) model.tailLimit = *problem.maximumCvar / model.returnScale;
    return;
  }
  const std::vector<double> mean = meanReturns(problem, stop);
  for (Index i = 0; i < model.assets; ++i) model.cost[i] -= problem.riskAversion * mean[i];
  if (!limited && !impossible) return;
  ModelRow row;
  row.kind = RowKind::MaximumCvar;
  for (double value : mean) row.asset.push_back(-value);
  row.upper = *problem.maximumCvar;
  addRow(model, std::move(row));
}

void addBudget(const Problem& problem, Model& model) {
  const bool paid = hasCost(problem);
  ModelRow row = linearRow(model, paid ? RowKind::BudgetInvest : RowKind::Budget);
  for (Index i = 0; i < model.assets; ++i) row.asset[i] = fundingOf(problem, i);
  row.lower = 1.0 - problem.cashUpper - maxCost(problem);
  if (!paid) {
    row.upper = 1.0 - problem.cashLower;
    addRow(model, std::move(row));
    return;
  }
  ModelRow spend = row;
  spend.kind = RowKind::BudgetSpend;
  spend.lower = -kInfinity;
  spend.upper = 1.0 - problem.cashLower;
  spend.segment.assign(model.segments, 0.0);
  for (Index i = 0; i < model.assets; ++i) {
    spend.constant += costAt(problem, i, model.lower[i]);
    for (Index e = model.first[i]; e < model.first[i + 1]; ++e) {
      spend.segment[e] = costSlope(problem, i, model.start[e] + 0.5 * model.width[e]);
    }
  }
  addRow(model, std::move(row));
  addRow(model, std::move(spend));
}

/// sum_i bent(w_i - origin_i) <= limit, with bent(d) = up d above 0 and -down d below.
void addBent(const Problem& problem, Model& model, RowKind kind, bool fromHeld, double up, double down, double limit) {
  ModelRow row = linearRow(model, kind);
  row.segment.assign(model.segments, 0.0);
  row.upper = limit;
  for (Index i = 0; i < model.assets; ++i) {
    const double origin = fromHeld ? heldOf(problem, i) : 0.0, distance = model.lower[i] - origin;
    row.constant += distance > 0.0 ? up * distance : -down * distance;
    for (Index e = model.first[i]; e < model.first[i + 1]; ++e) {
      row.segment[e] = model.start[e] + 0.5 * model.width[e] > origin ? up : -down;
    }
  }
  addRow(model, std::move(row));
}

void addLimits(const Problem& problem, Model& model) {
  if (problem.turnover) {
    addBent(problem, model, RowKind::Buys, true, 1.0, 0.0, *problem.turnover);
    addBent(problem, model, RowKind::Sells, true, 0.0, 1.0, *problem.turnover);
  }
  if (problem.traded) addBent(problem, model, RowKind::Traded, true, 1.0, 1.0, *problem.traded);
  if (problem.leverage) addBent(problem, model, RowKind::Leverage, false, 1.0, 1.0, *problem.leverage);
  if (problem.minimumReturn) {
    ModelRow row = linearRow(model, RowKind::MinimumReturn);
    row.asset.assign(problem.mean->begin(), problem.mean->end());
    row.lower = *problem.minimumReturn;
    addRow(model, std::move(row));
  }
}

void addGroups(const Problem& problem, Model& model) {
  for (std::size_t g = 0; g < problem.groups.size(); ++g) {
    const GroupRow& group = problem.groups[g];
    if (!group.lower && !group.upper) continue;
    ModelRow row = linearRow(model, RowKind::Group);
    row.group = static_cast<Index>(g);
    row.asset.assign(group.coefficients.begin(), group.coefficients.end());
    if (group.lower) row.lower = *group.lower;
    if (group.upper) row.upper = *group.upper;
    addRow(model, std::move(row));
  }
}

void scaleObjective(Model& model) {
  double most = std::max({model.lambda, largest(model.cost), largest(model.segmentCost)});
  if (most == 0.0) most = 1.0;
  model.objectiveScale = most;
  for (double& value : model.cost) value /= most;
  for (double& value : model.segmentCost) value /= most;
  model.lambda /= most;
  model.constant /= most;
}

}  // namespace

Model buildModel(const Problem& problem, double largestReturn, const Stop& stop) {
  Model model;
  model.problem = &problem;
  model.assets = problem.scenarios.columns;
  model.cost.assign(model.assets, 0.0);
  if (problem.mean) {
    for (Index i = 0; i < model.assets; ++i) model.cost[i] = -(*problem.mean)[i];
  }
  Box box = narrowedBox(problem);
  model.lower = std::move(box.lower);
  model.upper = std::move(box.upper);
  addSegments(problem, model);
  addTail(problem, largestReturn, model, stop);
  addBudget(problem, model);
  addLimits(problem, model);
  addGroups(problem, model);
  scaleObjective(model);
  return model;
}

}  // namespace ballast
