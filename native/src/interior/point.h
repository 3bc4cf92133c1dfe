#pragma once

#include <vector>

#include "backend/panel.h"
#include "interior/interior.h"

namespace ballast {

using Vector = std::vector<double>;

/// A primal-dual point of a master. Pairs that multiply to mu: (v, q), (u, h = lambda cap - q) over scenarios,
/// (x, zl), (width - x, zu) over segments, (s - rowLower, sl), (rowUpper - s, su) over rows, (room, lambda1) of the
/// tail limit. v - u = t - L holds exactly, so the scenarios' feasibility never drifts.
struct Point {
  Vector w, x, zl, zu, nu;  // [n], [E], [E], [E], [n]; w = lower + sum of x
  Vector s, sl, su, y;      // [m] row values, their multipliers, y = sl - su at convergence
  Vector q, v, u, loss;     // [J]
  Vector g;                 // [n] panel' q
  double t = 0.0;           // VaR
  double lambda1 = 0.0;     // multiplier of the tail limit
  double room = 0.0;        // slack of the tail limit
  double mu = 0.0;
};

/// The starting point (design optimiser.md section 3, "start").
[[nodiscard]] Point startingPoint(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                                  Panel& panel);

/// Value of a row at a point.
[[nodiscard]] double rowAt(const Polyhedron& poly, Index r, const Vector& w, const Vector& x);

}  // namespace ballast
