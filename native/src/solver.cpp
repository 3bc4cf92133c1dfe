#include <algorithm>
#include <cmath>
#include <exception>

#include "ballast/solve.h"
#include "checked.h"
#include "infeasible.h"
#include "model.h"
#include "parallel/pool.h"
#include "stop.h"
#include "working/working_set.h"

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

std::optional<Carry> carryOf(const Model& model, const Warm* warm);

/// True when every feasible point is optimal: then no limit has a price.
bool nothingToMinimise(const Model& model) {
  const auto zero = [](double value) { return value == 0.0; };
  return model.lambda == 0.0 && std::all_of(model.cost.begin(), model.cost.end(), zero) &&
         std::all_of(model.segmentCost.begin(), model.segmentCost.end(), zero);
}

void solveModel(const Problem& problem, double largestReturn, const Options& options, const Warm* warm,
                const Stop& stop, Answer& answer) {
  Pool pool(options.threads);
  const Model model = buildModel(problem, largestReturn, stop);
  WorkingOptions working;
  working.tolerance = 0.9 * options.tolerance;  // the certificate is computed anew and rounds in its own way
  if (options.progress) {
    working.progress = [&](double gap, Index iterations, Index passes) {
      options.progress({stop.elapsedMs(), gap, iterations, passes});
    };
  }
  const std::optional<Carry> carry = carryOf(model, warm);
  WorkingResult found = solveWorkingSet(model, problem.scenarios, working, carry ? &*carry : nullptr, pool, stop);
  answer.iterations = found.iterations;
  answer.passes = found.passes;
  if (found.weights.empty()) return explainFailure(model, problem, pool, stop, answer);
  if (nothingToMinimise(model)) {
    found.multipliers = {std::vector<double>(model.rows.size(), 0.0), 0.0};
    std::fill(found.density.begin(), found.density.end(), 0.0);
  }
  answer.weights = std::move(found.weights);
  answer.duals = unscaledDuals(model, std::move(found.density), found.multipliers.row, found.multipliers.tail);
  answer.figures = certify(problem, answer.weights, answer.duals, &stop, largestReturn);
  answer.passes += 1;
  if (!(answer.figures.violation <= kViolation)) {
    answer.status = Status::Numerical;
    answer.message = "the best weights found miss a limit by more than rounding";
    return;
  }
  answer.status = answer.figures.gap <= options.tolerance ? Status::Optimal : Status::Feasible;
}

/// A warm start in the model's units; nothing when it does not fit the problem.
std::optional<Carry> carryOf(const Model& model, const Warm* warm) {
  if (warm == nullptr || static_cast<Index>(warm->weights.size()) != model.assets) return std::nullopt;
  Carry carry;
  carry.weights = warm->weights;
  const double perLoss = model.objectiveScale / model.returnScale;
  carry.multipliers.tail = model.tailLimit ? std::max(warm->duals.maximumCvar / perLoss, 0.0) : 0.0;
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
    if (!std::isfinite(dual)) return std::nullopt;
    carry.multipliers.row.push_back(dual * row.scale / model.objectiveScale);
  }
  carry.distance = 1e-2;
  return carry;
}

}  // namespace

const char* statusName(Status status) {
  switch (status) {
    case Status::Optimal: return "OPTIMAL";
    case Status::Feasible: return "FEASIBLE";
    case Status::Infeasible: return "INFEASIBLE";
    case Status::InvalidInput: return "INVALID_INPUT";
    case Status::Cancelled: return "CANCELLED";
    case Status::TimeLimit: return "TIME_LIMIT";
    case Status::Numerical: break;
  }
  return "NUMERICAL";
}

const char* version() { return "0.1.0"; }

Answer solve(const Problem& problem, const Options& options, const CancelToken& cancel, const Warm* warm) {
  Answer answer;
  answer.backend = "cpu";
  const Stop stop(cancel, options.timeLimitMs);
  try {
    const Checked checked = checkProblem(problem, &stop);
    if (checked.fault) {
      answer.status = Status::InvalidInput;
      answer.field = checked.fault->field;
      answer.message = checked.fault->message;
    } else {
      stop.check();
      solveModel(problem, checked.largestReturn, options, warm, stop, answer);
    }
  } catch (const Interrupted& interrupted) {
    answer.status = interrupted.status;
    answer.message = interrupted.status == Status::Cancelled ? "the solve was cancelled" : "the time limit was reached";
  } catch (const std::exception& error) {
    answer.status = Status::Numerical;
    answer.message = std::string("the solver failed: ") + error.what();
  }
  answer.elapsedMs = stop.elapsedMs();
  return answer;
}

}  // namespace ballast
