#pragma once

#include <vector>

#include "interior/interior.h"

namespace ballast {

/// A primal-dual point of a master.
struct FacePoint {
  std::vector<double> weights;  // [assets]
  std::vector<double> density;  // [J]
  Multipliers multipliers;
};

/// What a settled point is worth to its master.
struct Settled {
  double objective = kInfinity;
  double bound = -kInfinity;
  double missed = kInfinity;  // worst violation of a row or of the tail limit
};

/// Moves a nearly optimal point onto the face of the optimum it is close to, as far as that makes it no worse:
/// instruments at a bend stand exactly there, limits that bind hold to rounding, scenarios at VaR share one loss, and the
/// multipliers meet the equations of the rest. An interior point ends near that face but never on it.
Settled settle(const Polyhedron& poly, const Master& master, FacePoint& point);

/// What rounding may take from a bound with these row multipliers: nothing worth counting while they are of ordinary size.
double boundRounding(const std::vector<double>& multipliers);

}  // namespace ballast
