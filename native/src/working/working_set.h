#pragma once

#include <functional>
#include <vector>

#include "interior/interior.h"
#include "working/tail.h"

namespace ballast {

/// A point carried from one solve to the next: over scenarios thinned, over limits moved, or over time.
struct Carry {
  std::vector<double> weights;  // [N]
  Multipliers multipliers;      // of the model's rows; empty: none
  std::vector<char> fixed;      // [N] instruments that stood at a bend; empty: none
  double distance = 0.0;        // how far objective and bound may be apart, model units
};

enum class WorkingEnd { Solved, Infeasible, Unsolved };

/// What a run found, in model units. `weights` is empty when no feasible point was met.
struct WorkingResult {
  WorkingEnd end = WorkingEnd::Unsolved;
  std::vector<double> weights;    // [N] best feasible point
  std::vector<double> density;    // [T] q of the best bound
  Multipliers multipliers;        // of the best bound
  double objective = kInfinity;
  double bound = -kInfinity;
  Index iterations = 0;
  Index passes = 0;
  Carry carry;
};

/// Limits of a run.
struct WorkingOptions {
  double tolerance = 1e-8;
  std::function<void(double gap, Index iterations, Index passes)> progress;
};

/// Working-set interior point method: scenarios near VaR are held single, the others enter as two probability-weighted
/// means (a relaxation, so every bound is valid), and instruments that stand at a bend are left out of later masters.
/// Ends when the best point and the best bound are within the tolerance. Design optimiser.md section 3.
[[nodiscard]] WorkingResult solveWorkingSet(const Model& model, const Scenarios& scenarios, const WorkingOptions& options,
                                            const Carry* carry, Pool& pool, const Stop& stop);

/// The same for a model without a tail term; `scenarios` is the length of its density, all 0.
[[nodiscard]] WorkingResult solveLinear(const Model& model, Index scenarios, const WorkingOptions& options, Pool& pool,
                                        const Stop& stop);

}  // namespace ballast
