// The basis of the vertex method: which forms are tied, which columns they determine, values and multipliers.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "vertex.h"

namespace ballast {
namespace {

constexpr double kTied = 1e-13;     // a row this close to its limit starts out tied there
constexpr double kShift = 2e-10;    // largest perturbation of a scaled loss: moves the bound by as much, relatively
constexpr double kSide = 1e-13;      // a scaled loss this close to VaR may stay on either side

}  // namespace

double VertexMethod::coefficient(Index form, Index column) const {
  if (isScenario(form)) {
    if (column == model_.segments) return -1.0;
    return -model_.returns(form)[model_.owner[column]] / model_.returnScale;
  }
  if (column == model_.segments) return 0.0;
  const ModelRow& row = model_.rows[form - scenarios_];
  return row.asset[model_.owner[column]] + (row.segment.empty() ? 0.0 : row.segment[column]);
}

double VertexMethod::kink(Index form) const {
  if (isScenario(form)) return 0.0;
  return upper_[form] != 0 ? high_[form - scenarios_] : low_[form - scenarios_];
}

double VertexMethod::leftSlope(Index form) const {
  if (isScenario(form)) return 0.0;
  const bool equality = low_[form - scenarios_] == high_[form - scenarios_];
  if (upper_[form] != 0 && !equality) return 0.0;
  return mode_ == Mode::Feasibility ? -1.0 : -kInfinity;
}

double VertexMethod::rightSlope(Index form) const {
  if (isScenario(form)) return model_.tail[form];
  const bool equality = low_[form - scenarios_] == high_[form - scenarios_];
  if (upper_[form] == 0 && !equality) return 0.0;
  return mode_ == Mode::Feasibility ? 1.0 : kInfinity;
}

/// Slope of an inactive form in its region.
double VertexMethod::regionSlope(Index form) const {
  if (isScenario(form)) return region_[form] == 2 ? model_.tail[form] : 0.0;
  if (mode_ == Mode::Optimality) return 0.0;
  return static_cast<double>(region_[form]) - 1.0;
}

void VertexMethod::addScenario(Index j, double multiple) {
  const double* r = model_.returns(j);
  const double factor = -multiple / model_.returnScale;
  for (Index a = 0; a < model_.assets; ++a) pull_[a] += factor * r[a];
  pullTime_ -= multiple;
}

/// Puts the point, then picks a basis from what lies strictly inside its segment and what lies at a kink.
void VertexMethod::place(const VertexStart& start) {
  const Index rows = static_cast<Index>(model_.rows.size()), forms = scenarios_ + rows;
  x_ = start.x;
  x_.resize(columns_, 0.0);
  value_.assign(forms, 0.0);
  region_.assign(forms, 1);
  upper_.assign(forms, 0);
  std::vector<Index> columns, tied;
  if (scenarios_ > 0) columns.push_back(model_.segments);
  for (Index e = 0; e < model_.segments; ++e) {
    x_[e] = std::clamp(x_[e], 0.0, model_.width[e]);
    if (x_[e] > 0.0 && x_[e] < model_.width[e]) columns.push_back(e);
  }
  settle();
  if (scenarios_ > 0) {
    std::vector<Index> order(scenarios_);
    std::iota(order.begin(), order.end(), Index{0});
    std::sort(order.begin(), order.end(), [&](Index a, Index b) {
      return value_[a] != value_[b] ? value_[a] > value_[b] : a < b;
    });
    double mass = 0.0;
    Index atVar = -1;
    for (const Index j : order) {
      region_[j] = atVar < 0 ? 2 : 0;
      mass += model_.tail[j];
      if (atVar < 0 && mass >= model_.lambda) atVar = j;
    }
    if (atVar < 0) atVar = order.back();
    const double var = value_[start.kinks.empty() ? atVar : start.kinks.front()];
    x_[model_.segments] = var;
    for (Index j = 0; j < scenarios_; ++j) value_[j] -= var;
    if (start.kinks.empty()) tied.push_back(atVar);
  }
  for (Index r = 0; r < rows; ++r) {
    const Index form = scenarios_ + r;
    if (std::fabs(value_[form] - high_[r]) <= kTied) upper_[form] = 1;
    const bool near = std::fabs(value_[form] - kink(form)) <= kTied;
    if (near && !disabled_[r]) tied.push_back(form);
  }
  tied.insert(tied.end(), start.kinks.begin(), start.kinks.end());
  chooseBasis(columns, tied);
}

/// Gaussian elimination of the candidate forms over the candidate columns: independent ones form the basis, columns
/// left over keep their value outside it, forms left over are inactive.
void VertexMethod::chooseBasis(const std::vector<Index>& columns, const std::vector<Index>& forms) {
  const Index width = static_cast<Index>(columns.size());
  place_.assign(columns_, -1);
  seat_.assign(value_.size(), -1);
  basic_.clear();
  active_.clear();
  std::vector<std::vector<double>> pivots;
  std::vector<Index> pivotColumn;
  std::vector<bool> used(width, false);
  for (const Index form : forms) {
    if (static_cast<Index>(active_.size()) == width) break;
    std::vector<double> row(width);
    for (Index c = 0; c < width; ++c) row[c] = coefficient(form, columns[c]);
    for (std::size_t p = 0; p < pivots.size(); ++p) {
      const double factor = row[pivotColumn[p]] / pivots[p][pivotColumn[p]];
      if (factor == 0.0) continue;
      for (Index c = 0; c < width; ++c) row[c] -= factor * pivots[p][c];
      row[pivotColumn[p]] = 0.0;
    }
    Index best = -1;
    for (Index c = 0; c < width; ++c) {
      if (!used[c] && std::fabs(row[c]) > (best < 0 ? tolerances_.dependent : std::fabs(row[best]))) best = c;
    }
    if (best < 0) continue;
    used[best] = true;
    place_[columns[best]] = static_cast<Index>(basic_.size());
    seat_[form] = static_cast<Index>(active_.size());
    basic_.push_back(columns[best]);
    active_.push_back(form);
    pivots.push_back(std::move(row));
    pivotColumn.push_back(best);
  }
}

bool VertexMethod::factor() {
  const Index k = static_cast<Index>(basic_.size());
  std::vector<double> matrix(k * k);
  for (Index r = 0; r < k; ++r) {
    for (Index c = 0; c < k; ++c) matrix[r * k + c] = coefficient(active_[r], basic_[c]);
  }
  return lu_.factor(std::move(matrix), k, tolerances_.pivot, stop_);
}

/// Scaled losses of one instrument over all scenarios, gathered once: an edge then reads memory in order.
const std::vector<double>& VertexMethod::columnOf(Index asset) {
  if (column_.empty()) column_.resize(model_.assets);
  std::vector<double>& column = column_[asset];
  if (column.empty()) {
    stop_.check();
    column.resize(scenarios_);
    for (Index j = 0; j < scenarios_; ++j) column[j] = -model_.returns(j)[asset] / model_.returnScale;
  }
  return column;
}

/// Weights and form values from the columns.
void VertexMethod::settle() {
  w_ = model_.lower;
  for (Index e = 0; e < model_.segments; ++e) w_[model_.owner[e]] += x_[e];
  const std::vector<double> segments(x_.begin(), x_.begin() + model_.segments);
  if (scenarios_ > 0) ++passes_;
  for (Index j = 0; j < scenarios_; ++j) {
    if ((j & 1023) == 0) stop_.check();
    const double* r = model_.returns(j);
    double sum = 0.0;
    for (Index a = 0; a < model_.assets; ++a) sum += r[a] * w_[a];
    value_[j] = -sum / model_.returnScale - x_[model_.segments] + (shift_.empty() ? 0.0 : shift_[j]);
  }
  for (std::size_t r = 0; r < model_.rows.size(); ++r) {
    value_[scenarios_ + static_cast<Index>(r)] = rowValue(model_.rows[r], w_, segments);
  }
}

/// Puts every inactive form into the region its value says, and sums the scenarios above VaR afresh.
void VertexMethod::sortRegions() {
  pull_.assign(model_.assets, 0.0);
  pullTime_ = 0.0;
  for (Index j = 0; j < scenarios_; ++j) {
    if (seat_[j] >= 0) continue;
    if (value_[j] > kSide) region_[j] = 2;
    if (value_[j] < -kSide) region_[j] = 0;
    if (region_[j] == 1) region_[j] = 0;
    if (region_[j] == 2) addScenario(j, model_.tail[j]);
  }
  for (std::size_t r = 0; r < model_.rows.size(); ++r) {
    const Index form = scenarios_ + static_cast<Index>(r);
    if (seat_[form] >= 0) continue;
    region_[form] = 1;
    if (mode_ == Mode::Optimality || disabled_[r]) continue;
    if (value_[form] > high_[r] + 1e-12) region_[form] = 2;
    if (value_[form] < low_[r] - 1e-12) region_[form] = 0;
  }
}

/// Moves every loss by its own tiny amount, so that no two kinks coincide, or takes that back.
void VertexMethod::perturb(bool on) {
  shift_.clear();
  if (on) {
    for (Index j = 0; j < scenarios_; ++j) shift_.push_back(kShift * (2.0 * random() - 1.0));
    ++perturbations_;
  }
  stalled_ = 0;
  refresh();
}

/// Recomputes everything from the basis, so that rounding does not build up; repairs a dependent basis.
void VertexMethod::refresh() {
  if (!factor()) {
    const std::vector<Index> columns = basic_, forms = active_;
    chooseBasis(columns, forms);
    factor();
  }
  settle();
  std::vector<double> rest(active_.size());
  for (std::size_t i = 0; i < active_.size(); ++i) rest[i] = kink(active_[i]) - value_[active_[i]];
  lu_.solve(rest);
  for (std::size_t i = 0; i < basic_.size(); ++i) x_[basic_[i]] += rest[i];
  settle();
  sortRegions();
}

/// Multipliers of the active forms, then the reduced cost of every column.
void VertexMethod::price() {
  const bool optimality = mode_ == Mode::Optimality;
  std::vector<double> gradient = pull_;
  if (optimality) {
    for (Index a = 0; a < model_.assets; ++a) gradient[a] += model_.cost[a];
  }
  std::vector<double> rowMultiplier(model_.rows.size(), 0.0);
  for (std::size_t r = 0; r < model_.rows.size(); ++r) {
    const Index form = scenarios_ + static_cast<Index>(r);
    if (seat_[form] < 0 && !disabled_[r]) rowMultiplier[r] = regionSlope(form);
  }
  const auto columnGradient = [&](Index column) {
    if (column == model_.segments) return model_.lambda + pullTime_;
    double g = gradient[model_.owner[column]] + (optimality ? model_.segmentCost[column] : 0.0);
    for (std::size_t r = 0; r < model_.rows.size(); ++r) {
      if (rowMultiplier[r] != 0.0) g += rowMultiplier[r] * coefficient(scenarios_ + static_cast<Index>(r), column);
    }
    return g;
  };
  multiplier_.resize(basic_.size());
  for (std::size_t i = 0; i < basic_.size(); ++i) multiplier_[i] = -columnGradient(basic_[i]);
  lu_.solveTransposed(multiplier_);
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const Index form = active_[i];
    if (!isScenario(form)) {
      rowMultiplier[form - scenarios_] = multiplier_[i];
      continue;
    }
    const double* r = model_.returns(form);
    const double factor = -multiplier_[i] / model_.returnScale;
    for (Index a = 0; a < model_.assets; ++a) gradient[a] += factor * r[a];
  }
  reduced_.assign(columns_, 0.0);
  for (Index e = 0; e < model_.segments; ++e) {
    if (place_[e] < 0) reduced_[e] = columnGradient(e);
  }
}

}  // namespace ballast
