#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "backend/matrix.h"
#include "interior/polyhedron.h"
#include "parallel/pool.h"
#include "stop.h"

namespace ballast {

/// A Mean-CVaR problem over few scenarios, held single or as probability-weighted means of many:
///   minimise  polyhedron + lambda CVaR,   subject to  CVaR <= tailLimit,
///   CVaR = min over t of  t + sum_j cap_j (L_j - t)+,   L_j = -(panel_j'w + offset_j).
struct Master {
  Index count = 0;             // J
  std::span<const double> panel;  // [J x assets] returns, row-major, owned by the caller
  std::vector<double> cap;     // [J] probability / tail mass
  std::vector<double> offset;  // [J] return of the instruments that are left out; empty: none
  double lambda = 0.0;         // >= 0
  std::optional<double> tailLimit;

  // Where the panel was cut from, for a backend that can cut it itself: its first rows are rows of the matrix, at these
  // columns (all when empty); what follows are means. None: the panel alone.
  Matrix* matrix = nullptr;
  std::span<const Index> rows;     // [<= J]
  std::span<const Index> columns;  // [assets]
};

/// Multipliers of a master's rows and of its tail limit.
struct Multipliers {
  std::vector<double> row;  // [rows]
  double tail = 0.0;        // >= 0, 0 without a tail limit
};

/// Where an interior point run begins.
struct InteriorStart {
  const std::vector<double>* weights = nullptr;   // [assets]; none: the middle of the box
  const Multipliers* multipliers = nullptr;       // with weights: a warm start
  const std::vector<double>* density = nullptr;   // [J], warm and near: the start hardly leaves the point given
  double distance = 0.0;                          // warm: how far objective and bound may still be apart
};

enum class InteriorEnd { Converged, Infeasible, Stalled };

/// Where a run ended. `bound` holds for the master whatever the end.
struct InteriorResult {
  InteriorEnd end = InteriorEnd::Stalled;
  std::vector<double> weights;  // [assets]
  std::vector<double> density;  // [J] q, sum lambda + multipliers.tail
  Multipliers multipliers;
  double bound = -kInfinity;
  double mu = 0.0;  // mean complementarity at the end
  Index iterations = 0;
};

/// When it ends, and how it multiplies.
struct InteriorOptions {
  double tolerance = 1e-8;     // relative gap of the master
  double ceiling = kInfinity;  // no point of the box scores more: a bound above it proves that the rows conflict
  double floor = 1e-5;         // least scale of the gap
  double singleAbove = kInfinity;  // gap above which Gram matrices are multiplied in float32
  Index iterations = 100;
  std::function<bool(const InteriorResult&)> enough;  // asked at gaps ever smaller; true ends the run as converged
};

/// Primal-dual interior point method with Mehrotra's corrector (Mehrotra, SIAM J. Optim. 2(4), 1992), whose normal
/// equations have one row per instrument, one for VaR and one per row: scenarios are eliminated in closed form.
/// Cost: J n^2 + n^3 / 3 multiply-adds an iteration. Design optimiser.md section 3.
[[nodiscard]] InteriorResult solveMaster(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                                         const InteriorOptions& options, Pool& pool, const Stop& stop);

}  // namespace ballast
