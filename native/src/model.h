#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "ballast/problem.h"
#include "stop.h"

namespace ballast {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Which limit of the Problem a model row stands for.
enum class RowKind {
  Budget, BudgetSpend, BudgetInvest, Group, Buys, Sells, Traded, Leverage, MinimumReturn, MaximumCvar
};

/// lower <= A'w + sigma'x + constant <= upper, scaled so that the largest coefficient is 1.
struct ModelRow {
  RowKind kind = RowKind::Budget;
  Index group = -1;            // index into Problem::groups for RowKind::Group
  double scale = 1.0;          // model row = problem row / scale
  std::vector<double> asset;   // [N] coefficient on w
  std::vector<double> segment; // [E] coefficient on x, empty when the row has no piecewise part
  double constant = 0.0;       // piecewise part at w = lower
  double lower = -kInfinity;
  double upper = kInfinity;

  [[nodiscard]] bool equality() const { return lower == upper; }
};

/// The problem as a linear programme over segments, design optimiser.md section 3.
///
/// Each instrument's range [l, u] is cut where a cost, a turnover or a leverage limit bends. Segment e of instrument a
/// has length width[e] and w_a = l_a + sum of its x_e, 0 <= x_e <= width[e]. Slopes rise from one segment to the next, so
/// a minimiser fills them in order and the cut is exact.
/// Returns are scaled by 1 / returnScale and the objective by 1 / objectiveScale, so every coefficient is at most 1.
struct Model {
  const Problem* problem = nullptr;
  Index assets = 0;
  Index segments = 0;
  double lambda = 0.0;          // scaled weight of CVaR in the objective
  std::optional<double> tailLimit;  // scaled limit of CVaR; absent without a tail term
  bool hasTail = false;         // CVaR of the scenarios enters; else it is nothing, or linear and folded into cost or rows
  double returnScale = 1.0;     // max |R|
  double objectiveScale = 1.0;  // objective = objectiveScale * model objective
  double constant = 0.0;        // cost of trading to the lower bounds, scaled
  std::vector<double> cost;     // [N] linear cost of w, scaled
  std::vector<double> lower;    // [N] of the narrowed box
  std::vector<double> upper;    // [N]
  std::vector<Index> first;     // [N + 1] segments of instrument a are first[a] .. first[a + 1] - 1
  std::vector<Index> owner;     // [E]
  std::vector<double> start;    // [E] weight where the segment begins
  std::vector<double> width;    // [E] > 0
  std::vector<double> segmentCost;  // [E] scaled
  std::vector<ModelRow> rows;
};

/// Builds the model of a valid problem whose largest |R| is `largestReturn`. Scenarios are read only where confidence is
/// so small that CVaR is the mean loss.
[[nodiscard]] Model buildModel(const Problem& problem, double largestReturn, const Stop& stop);

}  // namespace ballast
