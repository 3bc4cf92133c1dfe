#pragma once

#include <string>
#include <vector>

#include "model.h"
#include "parallel/pool.h"
#include "stop.h"

namespace ballast {

/// A proven conflict between limits.
struct Conflict {
  std::vector<std::string> names;  // names of rows first, then 'bound:<index>'; empty: no conflict found
  double margin = 0.0;             // by how much the proof excludes every point, > 0: see farkasMargin()
};

/// Duals of the problem from multipliers of the model; an empty density leaves it to certify().
[[nodiscard]] Duals unscaledDuals(const Model& model, std::vector<double> density, const std::vector<double>& y,
                                  double tail);

/// A minimal conflict between the rows of a model, if they conflict: the rows' violations are minimised, and rows are
/// dropped one by one while the rest still conflicts (a deletion filter); then the bounds that the proof leans on are
/// named.  Cost: one linear programme per row of the proof.
[[nodiscard]] Conflict findConflict(const Model& model, Pool& pool, const Stop& stop);

/// The same when CVaR cannot be brought under its limit: `maximumCvar` and the rows without which it could.
[[nodiscard]] Conflict findTailConflict(const Model& model, const Scenarios& scenarios, Pool& pool, const Stop& stop);

}  // namespace ballast
