#pragma once

#include <exception>
#include <optional>
#include <string>

#include "ballast/solve.h"
#include "model.h"
#include "working/working_set.h"

namespace ballast {

/// Runs `work`; what ends it early becomes the status and message of `result` (an Answer or a Frontier).
template <class Result, class Work>
void guarded(Result& result, Work&& work) noexcept {
  try {
    work();
  } catch (const Interrupted& interrupted) {
    const bool cancelled = interrupted.status == Status::Cancelled;
    result.status = interrupted.status;
    result.message = cancelled ? "the solve was cancelled" : "the time limit was reached";
  } catch (const std::exception& error) {
    result.status = Status::Numerical;
    result.message = std::string("the solver failed: ") + error.what();
  } catch (...) {
    result.status = Status::Numerical;
    result.message = "the solver failed: a listener threw what is no std::exception";
  }
}

/// The working set's options for a solve's. `options` and `stop` outlive the result.
[[nodiscard]] WorkingOptions workingOptions(const Options& options, const Stop& stop);

/// A warm start in the model's units; nothing when it does not fit the problem.
[[nodiscard]] std::optional<Carry> carryOf(const Model& model, const Warm* warm);

/// Drops what an unsolved answer may hold: whoever was interrupted has no weights.
inline void forget(Answer& answer) {
  answer.weights.clear();
  answer.duals = {};
  answer.figures = {};
}

/// A run's result as the answer to `problem`, judged by certify(); a run without a feasible point is explained.
void answerFrom(const Model& model, const Problem& problem, WorkingResult found, double largestReturn,
                const Options& options, Pool& pool, const Stop& stop, Answer& answer);

}  // namespace ballast
