#pragma once

#include <vector>

#include "interior/interior.h"
#include "linear/symmetric.h"

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

/// Products with a master's panel, cut over threads when large.
class PanelProducts {
 public:
  PanelProducts(const Master& master, Index assets, Pool& pool);

  /// y = panel w [J].
  void dots(const double* w, double* y) const;
  /// g = panel' q [n].
  void sums(const double* q, double* g) const;

 private:
  const Master& master_;
  Index assets_;
  Pool& pool_;
  Index pieces_;
  mutable Vector partial_;
};

/// The starting point (design optimiser.md section 3, "start").
[[nodiscard]] Point startingPoint(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                                  const PanelProducts& products);

/// Value of a row at a point.
[[nodiscard]] double rowAt(const Polyhedron& poly, Index r, const Vector& w, const Vector& x);

}  // namespace ballast
