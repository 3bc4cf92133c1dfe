#pragma once

#include <vector>

#include "model.h"

namespace ballast {

/// The linear part of a model over some of its instruments, in flat arrays. Instruments left out count with a fixed
/// weight in every constant.
///   minimise  constant + cost'w + slope'x + tail term,   w_a = lower_a + sum of its x_e,   0 <= x_e <= width_e
///   subject to  rowLower <= rowConstant + asset w + segment x <= rowUpper
struct Polyhedron {
  Index assets = 0;
  Index segments = 0;
  Index rows = 0;
  double constant = 0.0;
  std::vector<double> cost;     // [assets]
  std::vector<double> lower;    // [assets]
  std::vector<Index> first;     // [assets + 1] segments of an asset
  std::vector<Index> owner;     // [segments]
  std::vector<double> width;    // [segments] > 0
  std::vector<double> slope;    // [segments] rising within an asset
  std::vector<double> asset;    // [rows x assets]
  std::vector<double> segment;  // [rows x segments], zeros where a row has no piecewise part
  std::vector<char> bent;       // [rows] the row has a piecewise part
  std::vector<double> rowConstant, rowLower, rowUpper;  // [rows]

  [[nodiscard]] bool hasLower(Index r) const { return rowLower[r] > -kInfinity; }
  [[nodiscard]] bool hasUpper(Index r) const { return rowUpper[r] < kInfinity; }
  [[nodiscard]] bool equality(Index r) const { return rowUpper[r] - rowLower[r] < 1e-12; }
};

/// The polyhedron over the instruments `kept` (ascending); every other one stands at its weight in `weights` [N].
[[nodiscard]] Polyhedron polyhedronOf(const Model& model, const std::vector<Index>& kept,
                                      const std::vector<double>& weights);

/// x of weights: each instrument's segments filled in order.
[[nodiscard]] std::vector<double> fill(const Polyhedron& poly, const std::vector<double>& weights);

/// constant + cost'w + slope'x at weights inside the box: the objective without the tail term.
[[nodiscard]] double linearObjective(const Polyhedron& poly, const std::vector<double>& weights);

/// Worst violation of a row at weights inside the box, in row units.
[[nodiscard]] double rowViolation(const Polyhedron& poly, const std::vector<double>& weights);

/// Slope each instrument is left with by the tail gradient g = R'q and row multipliers y: cost - g - asset'y.
[[nodiscard]] std::vector<double> reducedCosts(const Polyhedron& poly, const double* g, const std::vector<double>& y);

/// Slope of segment e after rc of its instrument and the piecewise parts of the rows.
[[nodiscard]] double segmentSlope(const Polyhedron& poly, Index e, double rc, const std::vector<double>& y);

/// Multipliers with those of absent sides set to 0.
[[nodiscard]] std::vector<double> usableDuals(const Polyhedron& poly, std::vector<double> y);

/// Lagrangian box bound at g = R'q and usable multipliers y (design optimiser.md section 3).
[[nodiscard]] double boxBound(const Polyhedron& poly, const double* g, const std::vector<double>& y);

}  // namespace ballast
