#include "answering.h"

#include <algorithm>
#include <cmath>

#include "branch/answer_names.h"
#include "checked.h"
#include "infeasible.h"

namespace ballast {
namespace {

/// Worst violation an answer may have, weight units.
constexpr double kViolation = 1e-8;

void refuse(const Conflict& conflict, Answer& answer) {
  answer.status = Status::Infeasible;
  answer.conflict = conflict.names;
  answer.message = "no weights satisfy these limits together:";
  for (std::size_t i = 0; i < conflict.names.size() && i < 8; ++i) answer.message += " " + conflict.names[i];
  if (conflict.names.size() > 8) answer.message += " and " + std::to_string(conflict.names.size() - 8) + " more";
}

/// Multipliers of a warm start beyond this, in units where every coefficient is at most 1, come from no like problem.
constexpr double kPlausible = 1e4;

/// Names the conflict behind a run without a feasible point.
void explainFailure(const Model& model, const Problem& problem, Pool& pool, const Stop& stop, Answer& answer) {
  Conflict conflict = findConflict(model, pool, stop);
  if (conflict.names.empty() && model.hasTail) conflict = findTailConflict(model, problem.scenarios, pool, stop);
  if (!conflict.names.empty() && conflict.margin > 0.0) return refuse(conflict, answer);
  answer.status = Status::Numerical;
  answer.message = conflict.names.empty()
                       ? "rounding kept every method from a feasible point of this problem"
                       : "no weights satisfy the limits within rounding, but no proof of a conflict was found";
}

/// True when every feasible point is optimal: then no limit has a price.
bool nothingToMinimise(const Model& model) {
  const auto zero = [](double value) { return value == 0.0; };
  return model.lambda == 0.0 && std::all_of(model.cost.begin(), model.cost.end(), zero) &&
         std::all_of(model.segmentCost.begin(), model.segmentCost.end(), zero);
}

}  // namespace

WorkingOptions workingOptions(const Options& options, const Stop& stop) {
  WorkingOptions working;
  working.tolerance = 0.9 * options.tolerance;  // the certificate is computed anew and rounds in its own way
  if (options.progress) {
    working.progress = [&options, &stop](double gap, Index iterations, Index passes) {
      options.progress({stop.elapsedMs(), gap, iterations, passes});
    };
  }
  return working;
}

void answerFrom(const Model& model, const Problem& problem, WorkingResult found, double largestReturn,
                const Options& options, Pool& pool, const Stop& stop, Answer& answer) {
  answer.iterations = found.iterations;
  answer.passes = found.passes;
  if (found.weights.empty()) return explainFailure(model, problem, pool, stop, answer);
  if (nothingToMinimise(model)) {
    found.multipliers = {std::vector<double>(model.rows.size(), 0.0), 0.0};
    std::fill(found.density.begin(), found.density.end(), 0.0);
  }
  if (problem.cardinality) {
    return answerNames(model, problem, std::move(found), largestReturn, options, pool, stop, answer);
  }
  answer.weights = std::move(found.weights);
  answer.duals = unscaledDuals(model, std::move(found.density), found.multipliers.row, found.multipliers.tail);
  answer.figures = certify(problem, answer.weights, answer.duals, &stop, largestReturn, pool);
  answer.passes += 1;
  if (!(answer.figures.violation <= kViolation)) {
    answer.status = Status::Numerical;
    answer.message = "the best weights found miss a limit by more than rounding";
    return;
  }
  answer.status = answer.figures.gap <= options.tolerance ? Status::Optimal : Status::Feasible;
}

std::optional<Carry> carryOf(const Model& model, const Warm* warm) {
  if (warm == nullptr || static_cast<Index>(warm->weights.size()) != model.assets) return std::nullopt;
  Carry carry;
  carry.weights = warm->weights;
  carry.distance = 1e-2;
  for (double weight : carry.weights) {
    if (!std::isfinite(weight)) return std::nullopt;
  }
  const double perLoss = model.objectiveScale / model.returnScale;
  carry.multipliers.tail = model.tailLimit ? std::max(warm->duals.maximumCvar / perLoss, 0.0) : 0.0;
  bool plausible = std::fabs(carry.multipliers.tail) < kPlausible;
  for (const ModelRow& row : model.rows) {
    const Duals& duals = warm->duals;
    double dual = 0.0;
    switch (row.kind) {
      case RowKind::Group: dual = row.group < static_cast<Index>(duals.groups.size()) ? duals.groups[row.group] : 0.0; break;
      case RowKind::Buys: dual = duals.buys; break;
      case RowKind::Sells: dual = duals.sells; break;
      case RowKind::Traded: dual = duals.traded; break;
      case RowKind::Leverage: dual = duals.leverage; break;
      case RowKind::MinimumReturn: dual = duals.minimumReturn; break;
      case RowKind::MaximumCvar: dual = -duals.maximumCvar; break;
      case RowKind::Budget: dual = duals.budget; break;
      case RowKind::BudgetSpend: dual = std::min(duals.budget, 0.0); break;
      case RowKind::BudgetInvest: dual = std::max(duals.budget, 0.0); break;
    }
    carry.multipliers.row.push_back(dual * row.scale / model.objectiveScale);
    plausible = plausible && std::fabs(carry.multipliers.row.back()) < kPlausible;
  }
  if (!plausible) carry.multipliers = {};  // the weights alone
  return carry;
}

}  // namespace ballast
