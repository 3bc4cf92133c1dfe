#pragma once

#include <vector>

#include "branch/relaxation.h"

namespace ballast {

/// Lagrangian bounds of a node that keep the names whole, model units.
struct NamesBound {
  double value = -kInfinity;
  std::vector<double> whenIn, whenOut;  // [N] of the child in which a free instrument is in, or out
  std::vector<double> price;            // [N] linear slope of each instrument's Lagrangian
};

/// Prices every limit but the names at a run's multipliers, g = R'q. What is left splits by instrument: with phi_i its
/// Lagrangian, psi_i = min over [least_i, u_i] of phi_i - phi_i(0) is what holding a free instrument is worth, and the
/// best names are the most - |in| of the least psi_i < 0. Never below the bound of the relaxation at the same prices, and
/// moving one instrument shifts it in closed form.  Cost O(rows * segments + N log N).
[[nodiscard]] NamesBound namesBound(const Model& model, const Names& names, const WorkingResult& found,
                                    const std::vector<double>& g, const Relaxations& relaxations);

}  // namespace ballast
