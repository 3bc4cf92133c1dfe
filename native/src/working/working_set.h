#pragma once

#include <functional>
#include <vector>

#include "interior/interior.h"
#include "working/steps.h"

namespace ballast {

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

/// Scenarios gathered by one run and of use to the next over the same ones.
struct WorkingMemory {
  Tail tail;
  WorkingScenarios scenarios;

  WorkingMemory(const Model& model, const Scenarios& set, Pool& pool, const Stop& stop)
      : tail(set, model.problem->confidence, model.returnScale, pool, stop), scenarios(tail, pool) {}
  WorkingMemory(const WorkingMemory&) = delete;
};

/// Limits of a run.
struct WorkingOptions {
  double tolerance = 1e-8;
  std::function<void(double gap, Index iterations, Index passes)> progress;
};

/// Working-set interior point method: scenarios near VaR are held single, the others enter as two probability-weighted
/// means (a relaxation, so every bound is valid), and instruments that stand at a bend are left out of later masters.
/// Ends when the best point and the best bound are within the tolerance. Design optimiser.md section 3.
/// `memory`, of a model with the same scenarios, confidence and return scale, spares a second look at what it holds.
[[nodiscard]] WorkingResult solveWorkingSet(const Model& model, const Scenarios& scenarios, const WorkingOptions& options,
                                            const Carry* carry, Pool& pool, const Stop& stop,
                                            WorkingMemory* memory = nullptr);

/// The same for a model without a tail term; `scenarios` is the length of its density, all 0.
[[nodiscard]] WorkingResult solveLinear(const Model& model, Index scenarios, const WorkingOptions& options, Pool& pool,
                                        const Stop& stop);

}  // namespace ballast
