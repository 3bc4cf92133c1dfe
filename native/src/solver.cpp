#include "ballast/solve.h"

#include "answering.h"
#include "checked.h"
#include "placement.h"

namespace ballast {
namespace {

void solveModel(const Problem& problem, double largestReturn, const Options& options, const Warm* warm,
                const Stop& stop, Pool& pool, Answer& answer) {
  const Model model = buildModel(problem, largestReturn, stop);
  const std::optional<Carry> carry = carryOf(model, warm);
  WorkingResult found = solveWorkingSet(model, problem.scenarios, workingOptions(options, stop),
                                        carry ? &*carry : nullptr, pool, stop);
  answerFrom(model, problem, std::move(found), largestReturn, options, pool, stop, answer);
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
  guarded(answer, [&] {
    Pool pool(options.threads);
    const Checked checked = checkProblem(problem, &stop, pool);
    if (checked.fault) {
      answer.status = Status::InvalidInput;
      answer.field = checked.fault->field;
      answer.message = checked.fault->message;
      return;
    }
    stop.check();
    Placement placement(problem.scenarios, options.backend, stop);
    placement.run([&](const Scenarios& scenarios, const Place& place) {
      Problem placed = problem;
      placed.scenarios = scenarios;
      answer.backend = place.backend;
      answer.fallback = place.fallback;
      solveModel(placed, checked.largestReturn, options, warm, stop, pool, answer);
    });
  });
  if (answer.status != Status::Optimal && answer.status != Status::Feasible) forget(answer);
  answer.elapsedMs = stop.elapsedMs();
  return answer;
}

}  // namespace ballast
