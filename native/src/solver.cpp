#include <algorithm>
#include <cmath>
#include <exception>
#include <new>

#include "ballast/solve.h"
#include "infeasible.h"
#include "model.h"
#include "stop.h"
#include "vertex.h"

namespace ballast {
namespace {

/// Worst violation an answer may have, weight units.
constexpr double kViolation = 1e-8;

/// Best weights and best duals seen so far, each judged by certify() alone.
class Incumbent {
 public:
  Incumbent(const Problem& problem, const Stop& stop) : problem_(problem), stop_(stop) {}

  void offer(const Model& model, const std::vector<double>& x, const std::vector<double>& q,
             const std::vector<double>& y) {
    const std::vector<double> weights = weightsOf(model, x);
    Duals duals = unscaledDuals(model, q, y);
    const Figures figures = certify(problem_, weights, duals, &stop_);
    if (!std::isfinite(figures.objective) || !std::isfinite(figures.lowerBound)) return;
    const bool feasible = figures.violation <= kFeasible;
    if (!any_ || (feasible && (!feasible_ || figures.objective < objective_))) {
      weights_ = weights;
      objective_ = figures.objective;
      feasible_ = feasible;
    }
    if (!any_ || figures.lowerBound > bound_) {
      duals_ = duals;
      bound_ = figures.lowerBound;
    }
    any_ = true;
  }

  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }
  [[nodiscard]] const Duals& duals() const { return duals_; }

 private:
  const Problem& problem_;
  const Stop& stop_;
  bool any_ = false;
  bool feasible_ = false;
  std::vector<double> weights_;
  Duals duals_;
  double objective_ = 0.0;
  double bound_ = 0.0;
};

/// Where the search begins: the weights held, where the segments are cut there, else the lower bounds.
std::vector<double> startingPoint(const Model& model) {
  std::vector<double> x(model.segments, 0.0);
  for (Index e = 0; e < model.segments; ++e) {
    const double held = heldOf(*model.problem, model.owner[e]);
    if (model.start[e] + model.width[e] <= held) x[e] = model.width[e];
  }
  return x;
}

/// Settles the answer from the incumbent; true when it is certified to the tolerance.
bool settled(const Problem& problem, const Options& options, const Stop& stop, const Incumbent& incumbent,
             Answer& answer) {
  if (!incumbent.any()) return false;
  answer.weights = incumbent.weights();
  answer.duals = incumbent.duals();
  answer.figures = certify(problem, answer.weights, answer.duals, &stop);
  if (!(answer.figures.violation <= kViolation)) return false;
  answer.status = answer.figures.gap <= options.tolerance ? Status::Optimal : Status::Feasible;
  return answer.status == Status::Optimal;
}

void refuseInfeasible(const Model& model, const VertexResult& result, const Stop& stop, Answer& answer) {
  const Conflict conflict = findConflict(model, result.y, stop);
  if (!(conflict.margin > 0.0)) {
    answer.status = Status::Numerical;
    answer.message = "no weights satisfy the limits within rounding, but no proof of a conflict was found";
    return;
  }
  answer.status = Status::Infeasible;
  answer.conflict = conflict.names;
  answer.message = "no weights satisfy these limits together:";
  for (std::size_t i = 0; i < conflict.names.size() && i < 8; ++i) answer.message += " " + conflict.names[i];
  if (conflict.names.size() > 8) answer.message += " and " + std::to_string(conflict.names.size() - 8) + " more";
}

/// True when the point misses some row by more than rounding, in problem units.
bool misses(const Model& model, const VertexResult& result) {
  const std::vector<double> w = weightsOf(model, result.x);
  for (const ModelRow& row : model.rows) {
    const double value = rowValue(row, w, result.x);
    if (std::max(row.lower - value, value - row.upper) * row.scale > kFeasible) return true;
  }
  return false;
}

void solveModel(const Problem& problem, const Options& options, const Stop& stop, Answer& answer) {
  const Model model = buildModel(problem, stop);
  VertexMethod feasibility(model, stop);
  const VertexResult reached =
      feasibility.reachRows(startingPoint(model), std::vector<bool>(model.rows.size(), false));
  answer.iterations += reached.pivots;
  if (misses(model, reached)) {
    refuseInfeasible(model, reached, stop, answer);
    return;
  }
  Incumbent incumbent(problem, stop);
  const Index usual = 5000 + 50 * (model.segments + static_cast<Index>(model.rows.size()));
  // Nearly dependent columns can stall the search: ever coarser ideas of zero step over them.
  for (const double zero : {0.0, 1e-10, 1e-9, 1e-8}) {
    const VertexTolerances tolerances = zero == 0.0 ? VertexTolerances{} : VertexTolerances{zero, 10.0 * zero, zero, 1e-11};
    VertexMethod method(model, stop, tolerances);
    const VertexResult best = method.minimise(VertexStart{reached.x, {}}, usual);
    answer.iterations += best.pivots;
    answer.passes += best.passes;
    incumbent.offer(model, best.x, best.q, best.y);
    if (settled(problem, options, stop, incumbent, answer)) return;
  }
  if (answer.status != Status::Feasible) {
    answer.status = Status::Numerical;
    answer.message = "rounding kept every method from a feasible point of this problem";
  }
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

Answer solve(const Problem& problem, const Options& options, const CancelToken& cancel) {
  Answer answer;
  answer.backend = "cpu";
  const Stop stop(cancel, options.timeLimitMs);
  try {
    if (const std::optional<InvalidInput> fault = validate(problem, &stop)) {
      answer.status = Status::InvalidInput;
      answer.field = fault->field;
      answer.message = fault->message;
    } else {
      stop.check();
      solveModel(problem, options, stop, answer);
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
