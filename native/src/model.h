#pragma once

#include <limits>
#include <vector>

#include "ballast/problem.h"
#include "stop.h"

namespace ballast {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Which limit of the Problem a model row stands for.
enum class RowKind { Budget, BudgetSpend, BudgetInvest, Group, Buys, Sells };

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
/// Each instrument's range [l, u] is cut at its held weight where a cost or turnover bends there. Segment e of
/// instrument a has length width[e] and w_a = l_a + sum of its x_e, 0 <= x_e <= width[e]. Slopes rise from one
/// segment to the next, so a minimiser fills them in order and the cut is exact.
/// Returns are scaled by 1 / max|R| and the objective by objectiveScale, so every coefficient is at most 1.
struct Model {
  const Problem* problem = nullptr;
  Index assets = 0;
  Index segments = 0;
  std::vector<Index> scenario;  // [J] original rows with p > 0; empty when no tail term is left
  std::vector<double> tail;     // [J] pi_j = lambda p_j / (1 - alpha), scaled
  double lambda = 0.0;          // scaled; 0 when no tail term is left
  double returnScale = 1.0;     // max |R|
  double objectiveScale = 1.0;  // objective = objectiveScale * model objective
  std::vector<double> cost;     // [N] linear cost of w, scaled
  std::vector<double> lower;    // [N] of the narrowed box
  std::vector<double> upper;    // [N]
  std::vector<Index> first;     // [N + 1] segments of instrument a are first[a] .. first[a + 1] - 1
  std::vector<Index> owner;     // [E]
  std::vector<double> start;    // [E] weight where the segment begins
  std::vector<double> width;    // [E] > 0
  std::vector<double> segmentCost;  // [E] scaled
  std::vector<ModelRow> rows;
  bool foldedMean = false;      // CVaR equals -E[R w]: the tail term sits in `cost`, q = lambda p

  [[nodiscard]] Index scenarios() const { return static_cast<Index>(scenario.size()); }
  [[nodiscard]] const double* returns(Index j) const { return problem->scenarios.row(scenario[j]); }
};

/// Builds the model of a valid problem. Cost: one pass over the scenarios, which `stop` may interrupt.
[[nodiscard]] Model buildModel(const Problem& problem, const Stop& stop);

/// Weights of a segment point, exactly on a breakpoint where the segments say so.
[[nodiscard]] std::vector<double> weightsOf(const Model& model, const std::vector<double>& x);

/// Value of one row at a point.
[[nodiscard]] double rowValue(const ModelRow& row, const std::vector<double>& w, const std::vector<double>& x);

}  // namespace ballast
