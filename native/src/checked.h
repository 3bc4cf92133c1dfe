#pragma once

#include <optional>
#include <vector>

#include "ballast/solve.h"
#include "parallel/pool.h"

namespace ballast {

/// What the one pass of validation learns.
struct Checked {
  std::optional<InvalidInput> fault;
  double largestReturn = 0.0;  // max |R|, simple return per period; meaningful without a fault only
};

/// The scenarios alone, and everything but them; both together are checkProblem().
[[nodiscard]] Checked checkScenarioSet(const Scenarios& scenarios, const Stop* stop, Pool& pool);
[[nodiscard]] std::optional<InvalidInput> checkTerms(const Problem& problem);

/// validate(), and the size of the returns it passed over on the way.
[[nodiscard]] Checked checkProblem(const Problem& problem, const Stop* stop, Pool& pool);

/// certify() for a caller that already knows max |R| from checkProblem(): the pass over the scenarios skips it.
/// The figures are the same to the bit.
[[nodiscard]] Figures certify(const Problem& problem, const std::vector<double>& weights, Duals& duals,
                              const Stop* stop, double largestReturn, Pool& pool);

}  // namespace ballast
