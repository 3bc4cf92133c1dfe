#pragma once

#include <span>
#include <vector>

#include "ballast/solve.h"

namespace ballast {

/// Solves many problems over one scenario set: `problems` share the memory, size and probabilities of their scenarios
/// (InvalidInput `scenarios` for one that does not), and may differ in everything else. The scenarios are checked and
/// summed once, and each thread starts its next problem where its last one ended.
/// Answers are in the order of the problems; options.timeLimitMs is that of the whole call. Same input, same bits, on any
/// number of threads: which problem starts from which does not depend on it.
[[nodiscard]] std::vector<Answer> solveMany(std::span<const Problem> problems, const Options& options,
                                            const CancelToken& cancel);

}  // namespace ballast
