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

void addScenarios(const Problem& problem, Model& model, const Stop& stop) {
  const Scenarios& scenarios = problem.scenarios;
  const double aversion = problem.riskAversion;
  model.returnScale = 0.0;
  for (Index t = 0; t < scenarios.rows; ++t) {
    if ((t & 1023) == 1023) stop.check();
    model.returnScale = std::max(model.returnScale, largest({scenarios.row(t), static_cast<std::size_t>(model.assets)}));
  }
  if (aversion == 0.0 || model.returnScale == 0.0) {
    model.returnScale = 1.0;
    model.foldedMean = true;
    return;
  }
  double sum = static_cast<double>(scenarios.rows);
  if (scenarios.probabilities) {
    sum = 0.0;
    for (double p : *scenarios.probabilities) sum += p;
  }
  const double mass = 1.0 - problem.confidence;
  const auto probability = [&](Index t) { return (scenarios.probabilities ? (*scenarios.probabilities)[t] : 1.0) / sum; };
  if (1.0 / mass <= kSinglePoint) {
    model.foldedMean = true;
    for (Index t = 0; t < scenarios.rows; ++t) {
      const double* r = scenarios.row(t);
      const double q = aversion * probability(t);
      for (Index i = 0; i < model.assets; ++i) model.cost[i] -= q * r[i];
    }
    return;
  }
  model.lambda = aversion;
  for (Index t = 0; t < scenarios.rows; ++t) {
    const double p = probability(t);
    if (p <= 0.0) continue;
    model.scenario.push_back(t);
    // q <= lambda holds anyway, so a cap at 2 lambda changes nothing but the conditioning of alpha near 1.
    model.tail.push_back(aversion * std::min(p / mass, 2.0));
  }
}

void addSegments(const Problem& problem, Model& model) {
  const bool bends = hasCost(problem) || problem.turnover.has_value();
  const double periods = problem.cost ? problem.cost->holdingPeriods : 1.0;
  for (Index i = 0; i < model.assets; ++i) {
    model.first.push_back(static_cast<Index>(model.owner.size()));
    const double held = heldOf(problem, i), low = model.lower[i], high = model.upper[i];
    const double cut = bends && held > low && held < high ? held : high;
    const auto add = [&](double from, double to) {
      if (!(to - from > kShortest * std::max({1.0, std::fabs(from), std::fabs(to)}))) return;
      const bool buying = from >= held;
      double slope = 0.0;
      if (problem.cost) slope = (buying ? problem.cost->buy[i] : -problem.cost->sell[i]) / periods;
      model.owner.push_back(i);
      model.start.push_back(from);
      model.width.push_back(to - from);
      model.segmentCost.push_back(slope);
    };
    add(low, cut);
    add(cut, high);
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
    const double trade = model.lower[i] - heldOf(problem, i);
    spend.constant += trade > 0.0 ? problem.cost->buy[i] * trade : -problem.cost->sell[i] * trade;
    for (Index e = model.first[i]; e < model.first[i + 1]; ++e) {
      spend.segment[e] = model.start[e] >= heldOf(problem, i) ? problem.cost->buy[i] : -problem.cost->sell[i];
    }
  }
  addRow(model, std::move(row));
  addRow(model, std::move(spend));
}

void addTurnover(const Problem& problem, Model& model) {
  if (!problem.turnover) return;
  for (const RowKind kind : {RowKind::Buys, RowKind::Sells}) {
    ModelRow row = linearRow(model, kind);
    row.segment.assign(model.segments, 0.0);
    row.upper = *problem.turnover;
    for (Index i = 0; i < model.assets; ++i) {
      const double held = heldOf(problem, i), trade = model.lower[i] - held;
      row.constant += std::max(kind == RowKind::Buys ? trade : -trade, 0.0);
      for (Index e = model.first[i]; e < model.first[i + 1]; ++e) {
        const bool buying = model.start[e] >= held;
        if (buying == (kind == RowKind::Buys)) row.segment[e] = buying ? 1.0 : -1.0;
      }
    }
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
  double most = std::max({model.lambda * model.returnScale, largest(model.cost), largest(model.segmentCost)});
  if (most == 0.0) most = 1.0;
  model.objectiveScale = most;
  for (double& value : model.cost) value /= most;
  for (double& value : model.segmentCost) value /= most;
  const double tailFactor = model.returnScale / most;
  for (double& value : model.tail) value *= tailFactor;
  model.lambda *= tailFactor;
}

}  // namespace

Model buildModel(const Problem& problem, const Stop& stop) {
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
  addScenarios(problem, model, stop);
  addSegments(problem, model);
  addBudget(problem, model);
  addTurnover(problem, model);
  addGroups(problem, model);
  scaleObjective(model);
  return model;
}

std::vector<double> weightsOf(const Model& model, const std::vector<double>& x) {
  std::vector<double> w(model.assets);
  for (Index a = 0; a < model.assets; ++a) {
    const double high = model.upper[a];
    double weight = model.lower[a];
    bool filled = true;
    for (Index e = model.first[a]; e < model.first[a + 1]; ++e) {
      if (x[e] >= model.width[e]) {
        const bool last = e + 1 == model.first[a + 1];
        weight = filled ? (last ? high : model.start[e + 1]) : weight + x[e];
      } else {
        weight = filled ? model.start[e] + x[e] : weight + x[e];
        filled = false;
      }
    }
    w[a] = std::clamp(weight, model.lower[a], high);
  }
  return w;
}

double rowValue(const ModelRow& row, const std::vector<double>& w, const std::vector<double>& x) {
  double value = row.constant;
  for (std::size_t i = 0; i < w.size(); ++i) value += row.asset[i] * w[i];
  for (std::size_t e = 0; e < row.segment.size(); ++e) value += row.segment[e] * x[e];
  return value;
}

}  // namespace ballast
