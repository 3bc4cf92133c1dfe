#pragma once

#include <vector>

#include "ballast/solve.h"

namespace ballast {

/// Portfolios of least CVaR for rising expected returns.
struct Frontier {
  Status status = Status::Numerical;  // Optimal when every point is; else that of the first point that is not
  std::string field;                  // InvalidInput: path of the offending value
  std::string message;
  std::vector<std::string> conflict;  // Infeasible: as in Answer
  std::vector<double> floors;         // [points] least mean'w of each point, rising
  std::vector<Answer> points;         // answers to pointProblem(); figures.expectedReturn is mean'w
};

/// The problem whose answer is the frontier's point at `floor`: minimise CVaR + cost / holdingPeriods under all limits of
/// `problem` and mean'w >= floor. The return leaves the objective and becomes a last group row named `floor`, so that
/// certify() judges it as any other; a minimumReturn becomes a group row of that name before it. `problem` needs mean.
[[nodiscard]] Problem pointProblem(const Problem& problem, double floor);

/// The efficient frontier in `points` >= 2 steps of equal return, from the portfolio of least CVaR to that of the largest
/// return. Each point starts where the one before ended and uses its scenarios. Never throws.
[[nodiscard]] Frontier frontier(const Problem& problem, Index points, const Options& options, const CancelToken& cancel);

}  // namespace ballast
