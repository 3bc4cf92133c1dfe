#pragma once

#include "interior/point.h"

namespace ballast {

/// What the complementarity of each pair should change by, and the residuals of the rest.
struct Target {
  Vector cv, cu;  // [J] of v q and u h
  Vector cl, cr;  // [E] of x zl and (width - x) zu
  Vector c1, c2;  // [m] of (s - rowLower) sl and (rowUpper - s) su
  double cs = 0.0;  // of room lambda1
};

/// A step of every part of a Point.
struct Direction {
  Vector w, x, zl, zu, nu, s, sl, su, y, q, v, u, loss;
  double t = 0.0, lambda1 = 0.0, room = 0.0;
};

/// How far a point is from satisfying its equations.
struct Residuals {
  Vector row;      // [m] s - row value
  Vector dual;     // [n] -(cost - g - asset'y - nu)
  Vector segment;  // [E] -(slope + nu - zl + zu - segment'y)
  Vector slack;    // [m] -(y - sl + su), 0 for equalities
  double density = 0.0;  // lambda - sum q
  double tail = 0.0;     // tailLimit - (t + cap'u + room)
  double worstRow = 0.0;
};

[[nodiscard]] Residuals residualsOf(const Polyhedron& poly, const Master& master, const Point& point);

/// The Newton system of one point: factored once, solved for predictor and corrector.
///   K = [panel 1]' D [panel 1],  D = 1 / (v/q + u/h);  Phi = 1 / sum_e Theta_e;
///   (K + Phi) d - At dy - b dlambda1 = f,   At' d + M0 dy = h,   b' d + m0 dlambda1 = h1.
class Newton {
 public:
  Newton(const Polyhedron& poly, const Master& master, Panel& panel);

  /// Builds and factors the system at `point`; false when it is numerically singular.
  [[nodiscard]] bool factor(const Point& point, bool single);

  /// Solves for one target. Residuals and target are those of the factored point.
  void solve(const Point& point, const Residuals& residuals, const Target& target, Direction& direction);

 private:
  void weighScenarios(const Point& point);
  void weighSegments(const Point& point);
  void buildColumns();
  [[nodiscard]] bool factorRows(const Point& point);
  void rightSide(const Point& point, const Residuals& residuals, const Target& target, Vector& f, Vector& h);
  void recover(const Point& point, const Target& target, const Vector& d, const Vector& dy, Direction& direction);

  [[nodiscard]] double h(const Point& point, Index j) const { return lambda_ * master_.cap[j] - point.q[j]; }

  const Polyhedron& poly_;
  const Master& master_;
  Panel& panel_;
  Index n_, m_, columns_;  // columns_ counts the tail limit's border
  double lambda_ = 0.0;
  Vector weight_;          // [J] D
  Vector border_;          // [J] u cap / h, with a tail limit
  Vector theta_, phi_;     // [E], [n]
  Vector bend_;            // [m x n] sum over an asset's segments of theta sigma
  Vector rowTheta_;        // [m] 0 for equalities
  Vector left_;            // [columns x (n + 1)] At and b
  Vector solved_;          // [columns x (n + 1)] inverse(L) of each
  Vector rows_;            // [columns x columns] Cholesky factor of the row system
  Vector slope_, gathered_, slackSlope_, error_;  // of the last right side: [E], [n], [m], [J]
};

}  // namespace ballast
