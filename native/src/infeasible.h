#pragma once

#include <string>
#include <vector>

#include "model.h"
#include "stop.h"

namespace ballast {

/// A proven conflict between limits.
struct Conflict {
  std::vector<std::string> names;  // 'budget', 'turnover', 'group:<name>' rows first, then 'bound:<index>'
  double margin = 0.0;             // farkasMargin() of the proof, > 0
};

/// Worst violation a point may have and still count as feasible, in problem units.
inline constexpr double kFeasible = 1e-9;

/// Duals of the problem from scaled duals of the model; an empty q leaves the density to certify().
[[nodiscard]] Duals unscaledDuals(const Model& model, const std::vector<double>& q,
                                  const std::vector<double>& y);

/// Shrinks a Farkas ray over the model rows to a conflict: rows are dropped one by one while the rest still conflicts
/// (a deletion filter over at most 64 rows), then the bounds that the last ray leans on are named.
/// Cost: one feasibility phase per row of the ray.
[[nodiscard]] Conflict findConflict(const Model& model, const std::vector<double>& ray, const Stop& stop);

}  // namespace ballast
