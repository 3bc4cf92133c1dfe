#include "vertex.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

constexpr Index kRefreshEvery = 20;    // pivots between exact recomputations
constexpr Index kStalled = 40;         // zero steps, beyond the size of the basis, before ties are broken by force
constexpr Index kPerturbations = 4;    // times ties are broken in one search

/// A start this close outside a row is inside it: far below the 1e-8 an answer may violate.
constexpr double kRowSlack = 1e-10;

}  // namespace

VertexMethod::VertexMethod(const Model& model, const Stop& stop, const VertexTolerances& tolerances)
    : model_(model), stop_(stop), tolerances_(tolerances) {}

/// Pivots to optimality. A result is believed only straight after a recomputation.
bool VertexMethod::run(Index maxPivots) {
  refresh();
  bool fresh = true;
  for (;;) {
    stop_.check();
    price();
    const Candidate candidate = choose();
    if (candidate.id < 0) {
      if (fresh && shift_.empty()) return true;
      perturb(false);
      fresh = true;
      continue;
    }
    if (pivots_ >= maxPivots || !move(candidate)) return false;
    ++pivots_;
    fresh = false;
    if (scenarios_ > 0 && shift_.empty() && perturbations_ < kPerturbations &&
        stalled_ > kStalled + static_cast<Index>(basic_.size())) {
      perturb(true);
      continue;
    }
    if (pivots_ % kRefreshEvery == 0 || !factor()) {
      refresh();
      fresh = true;
    }
  }
}

VertexResult VertexMethod::result(bool converged) const {
  VertexResult result;
  result.converged = converged;
  result.pivots = pivots_;
  result.passes = passes_;
  for (const Index form : active_) {
    if (isScenario(form)) result.kinks.push_back(form);
  }
  result.x.assign(x_.begin(), x_.begin() + model_.segments);
  for (Index e = 0; e < model_.segments; ++e) result.x[e] = std::clamp(result.x[e], 0.0, model_.width[e]);
  result.q.assign(scenarios_, 0.0);
  for (Index j = 0; j < scenarios_; ++j) {
    result.q[j] = seat_[j] >= 0 ? multiplier_[seat_[j]] : regionSlope(j);
  }
  result.y.assign(model_.rows.size(), 0.0);
  for (std::size_t r = 0; r < model_.rows.size(); ++r) {
    const Index form = scenarios_ + static_cast<Index>(r);
    if (disabled_[r]) continue;
    result.y[r] = -(seat_[form] >= 0 ? multiplier_[seat_[form]] : regionSlope(form));
    result.infeasibility += std::max({0.0, low_[r] - value_[form], value_[form] - high_[r]});
  }
  return result;
}

VertexResult VertexMethod::reachRows(std::vector<double> x, const std::vector<bool>& disabled) {
  mode_ = Mode::Feasibility;
  scenarios_ = 0;
  columns_ = model_.segments;
  disabled_ = disabled;
  low_.clear();
  high_.clear();
  for (const ModelRow& row : model_.rows) {
    low_.push_back(row.lower);
    high_.push_back(row.upper);
  }
  pivots_ = 0;
  perturbations_ = 0;
  shift_.clear();
  passes_ = 0;
  stalled_ = 0;
  place(VertexStart{std::move(x), {}});
  const bool converged = run(2000 + 40 * (model_.segments + static_cast<Index>(model_.rows.size())));
  return result(converged);
}

VertexResult VertexMethod::minimise(const VertexStart& start, Index maxPivots) {
  mode_ = Mode::Optimality;
  scenarios_ = model_.scenarios();
  columns_ = model_.segments + (scenarios_ > 0 ? 1 : 0);
  disabled_.assign(model_.rows.size(), false);
  low_.clear();
  high_.clear();
  std::vector<double> w = model_.lower;
  for (Index e = 0; e < model_.segments; ++e) w[model_.owner[e]] += start.x[e];
  for (const ModelRow& row : model_.rows) {
    // A row missed by rounding is widened to where the point stands, so that the walls hold it from the start.
    const double value = rowValue(row, w, start.x);
    const bool near = value > row.lower - kRowSlack && value < row.upper + kRowSlack;
    low_.push_back(!near ? row.lower : row.equality() ? value : std::min(row.lower, value));
    high_.push_back(!near ? row.upper : row.equality() ? value : std::max(row.upper, value));
  }
  pivots_ = 0;
  perturbations_ = 0;
  shift_.clear();
  passes_ = 0;
  stalled_ = 0;
  place(start);
  const bool converged = run(maxPivots);
  return result(converged);
}

}  // namespace ballast
