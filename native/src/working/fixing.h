#pragma once

#include <vector>

#include "interior/polyhedron.h"

namespace ballast {

/// Which instruments a master leaves out because they stand at a bend, and where.
struct Fixing {
  std::vector<char> fixed;      // [N]
  std::vector<double> weights;  // [N] the bend a fixed instrument stands at

  [[nodiscard]] bool any() const;
};

/// After a master over all instruments: those every segment of which is full or empty with a strictly signed slope
/// that outweighs the mean complementarity mu.
[[nodiscard]] Fixing fixAtBends(const Polyhedron& whole, const std::vector<double>& weights, const double* g,
                                const std::vector<double>& y, double mu);

/// After a master without the fixed instruments: those stay fixed whose slopes still have the sign that holds them.
/// Only released, never fixed again, so the sets cannot cycle; those that gain most first, when many would. False when
/// none was released.
bool release(const Polyhedron& whole, const double* g, const std::vector<double>& y, Fixing& fixing);

/// Fixes carried instruments that still stand within 1e-5 of a bend of this model.
[[nodiscard]] Fixing carriedFixing(const Polyhedron& whole, const std::vector<char>& fixed, const std::vector<double>& weights);

}  // namespace ballast
