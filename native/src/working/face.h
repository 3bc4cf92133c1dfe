#pragma once

#include <vector>

#include "interior/interior.h"

namespace ballast {

/// A primal-dual point of a master over all instruments.
struct FacePoint {
  std::vector<double> weights;  // [N]
  std::vector<double> density;  // [J]
  Multipliers multipliers;
};

/// Moves a nearly optimal point onto the face of the optimum it is close to, as far as that makes it no worse, and
/// returns its bound: instruments at a bend stand exactly there, limits that bind hold to rounding, scenarios at VaR share
/// one loss, and the multipliers meet the equations of the rest. An interior point ends near that face but never on it.
/// `master.panel` is [J x N] without offsets.
double settle(const Polyhedron& whole, const Master& master, FacePoint& point);

}  // namespace ballast
