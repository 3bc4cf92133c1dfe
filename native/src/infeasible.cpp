#include "infeasible.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "interior/interior.h"
#include "working/working_set.h"

namespace ballast {
namespace {

constexpr double kConflict = 1e-9;  // least total violation that is no rounding, row units
constexpr double kPresent = 1e-7;   // a multiplier below this share of the largest is not part of the proof

std::string nameOf(const Model& model, const ModelRow& row) {
  switch (row.kind) {
    case RowKind::Group: return "group:" + model.problem->groups[row.group].name;
    case RowKind::Buys:
    case RowKind::Sells: return "turnover";
    case RowKind::Traded: return "traded";
    case RowKind::Leverage: return "leverage";
    case RowKind::MinimumReturn: return "minimumReturn";
    case RowKind::MaximumCvar: return "maximumCvar";
    default: return "budget";
  }
}

void addName(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// The model with only some of its rows and nothing to minimise.
Model withRows(const Model& model, const std::vector<Index>& rows) {
  Model some = model;
  some.rows.clear();
  for (const Index r : rows) some.rows.push_back(model.rows[r]);
  return some;
}

/// Adds to each row what it may lack on either side, at a cost of 1 a unit: always feasible, and 0 when the rows agree.
Polyhedron elastic(const Model& model) {
  std::vector<Index> all(model.assets);
  std::iota(all.begin(), all.end(), Index{0});
  std::erase_if(all, [&](Index a) { return model.first[a] == model.first[a + 1]; });
  Polyhedron poly = polyhedronOf(model, all, model.lower);
  poly.constant = 0.0;
  std::fill(poly.cost.begin(), poly.cost.end(), 0.0);
  std::fill(poly.slope.begin(), poly.slope.end(), 0.0);
  struct Slack {
    Index row;
    double sign, width;
  };
  std::vector<Slack> slacks;
  for (Index r = 0; r < poly.rows; ++r) {
    double low = poly.rowConstant[r], high = low;
    for (Index a = 0; a < poly.assets; ++a) {
      low += poly.asset[r * poly.assets + a] * poly.lower[a];
      high = low;
    }
    for (Index e = 0; e < poly.segments; ++e) {
      const double reach = (poly.asset[r * poly.assets + poly.owner[e]] + poly.segment[r * poly.segments + e]) * poly.width[e];
      (reach < 0.0 ? low : high) += reach;
    }
    if (poly.hasLower(r)) slacks.push_back({r, 1.0, std::max(poly.rowLower[r] - low, 0.0) + 1.0});
    if (poly.hasUpper(r)) slacks.push_back({r, -1.0, std::max(high - poly.rowUpper[r], 0.0) + 1.0});
  }
  const Index n = poly.assets, E = poly.segments, more = static_cast<Index>(slacks.size());
  Polyhedron wide = poly;
  wide.assets = n + more;
  wide.segments = E + more;
  wide.asset.assign(poly.rows * wide.assets, 0.0);
  wide.segment.assign(poly.rows * wide.segments, 0.0);
  for (Index r = 0; r < poly.rows; ++r) {
    std::copy_n(poly.asset.begin() + r * n, n, wide.asset.begin() + r * wide.assets);
    std::copy_n(poly.segment.begin() + r * E, E, wide.segment.begin() + r * wide.segments);
  }
  for (Index k = 0; k < more; ++k) {
    wide.cost.push_back(1.0);
    wide.lower.push_back(0.0);
    wide.owner.push_back(n + k);
    wide.width.push_back(slacks[k].width);
    wide.slope.push_back(0.0);
    wide.first.push_back(E + k + 1);
    wide.asset[slacks[k].row * wide.assets + n + k] = slacks[k].sign;
  }
  return wide;
}

/// Multipliers that prove the rows of a model to conflict, and by how much; none when they do not.
struct Proof {
  std::vector<double> ray;
  double margin = 0.0;
};

Proof proof(const Model& model, Pool& pool, const Stop& stop) {
  const Polyhedron poly = elastic(model);
  InteriorOptions options;
  options.floor = 1.0;
  options.tolerance = 1e-11;
  const InteriorResult found = solveMaster(poly, Master{}, {}, options, pool, stop);
  if (!(found.bound > kConflict)) return {};
  return {usableDuals(poly, found.multipliers.row), found.bound};
}

std::vector<Index> support(const std::vector<double>& ray) {
  double most = 0.0;
  for (double y : ray) most = std::max(most, std::fabs(y));
  std::vector<Index> rows;
  for (std::size_t r = 0; r < ray.size(); ++r) {
    if (std::fabs(ray[r]) > kPresent * most) rows.push_back(static_cast<Index>(r));
  }
  return rows;
}

/// Bounds that the best answer of the box to a proof is pressed against.
void nameBounds(const Model& model, const std::vector<double>& ray, std::vector<std::string>& names) {
  const double tiny = 1e-7;
  for (Index a = 0; a < model.assets; ++a) {
    const auto slope = [&](Index e) {
      double sum = 0.0;
      for (std::size_t r = 0; r < model.rows.size(); ++r) {
        const ModelRow& row = model.rows[r];
        sum += ray[r] * (row.asset[a] + (e < 0 || row.segment.empty() ? 0.0 : row.segment[e]));
      }
      return sum;
    };
    const bool fixed = model.first[a] == model.first[a + 1];
    const double atLower = slope(fixed ? -1 : model.first[a]);
    const double atUpper = slope(fixed ? -1 : model.first[a + 1] - 1);
    if (atLower < -tiny || atUpper > tiny || (fixed && std::fabs(atLower) > tiny)) names.push_back("bound:" + std::to_string(a));
  }
}

std::vector<Index> without(std::vector<Index> rows, Index row) {
  std::erase(rows, row);
  return rows;
}

}  // namespace

Duals unscaledDuals(const Model& model, std::vector<double> density, const std::vector<double>& y, double tail) {
  Duals duals;
  const double perLoss = model.objectiveScale / model.returnScale;
  for (double& q : density) q *= perLoss;
  duals.scenario = std::move(density);
  duals.scenario.resize(model.problem->scenarios.rows, 0.0);
  duals.maximumCvar = tail * perLoss;
  duals.groups.assign(model.problem->groups.size(), 0.0);
  for (std::size_t r = 0; r < y.size(); ++r) {
    const ModelRow& row = model.rows[r];
    const double dual = y[r] * model.objectiveScale / row.scale;
    switch (row.kind) {
      case RowKind::Group: duals.groups[row.group] = dual; break;
      case RowKind::Buys: duals.buys = dual; break;
      case RowKind::Sells: duals.sells = dual; break;
      case RowKind::Traded: duals.traded = dual; break;
      case RowKind::Leverage: duals.leverage = dual; break;
      case RowKind::MinimumReturn: duals.minimumReturn = dual; break;
      case RowKind::MaximumCvar: duals.maximumCvar = std::max(-dual, 0.0); break;
      default: duals.budget += dual; break;
    }
  }
  return duals;
}

Conflict findConflict(const Model& model, Pool& pool, const Stop& stop) {
  std::vector<Index> rows(model.rows.size());
  std::iota(rows.begin(), rows.end(), Index{0});
  Proof best = proof(model, pool, stop);
  if (best.ray.empty()) return {};
  std::vector<Index> kept;
  for (const Index r : support(best.ray)) kept.push_back(rows[r]);
  for (const Index row : std::vector<Index>(kept)) {
    if (std::find(kept.begin(), kept.end(), row) == kept.end()) continue;
    const std::vector<Index> fewer = without(kept, row);
    const Proof smaller = proof(withRows(model, fewer), pool, stop);
    if (smaller.ray.empty()) continue;
    kept.clear();
    for (const Index r : support(smaller.ray)) kept.push_back(fewer[r]);
  }
  const Model smallest = withRows(model, kept);
  best = proof(smallest, pool, stop);
  if (best.ray.empty()) return {};  // so close to agreement that rounding decides
  Conflict conflict;
  bool folded = false;
  for (const Index r : kept) {
    addName(conflict.names, nameOf(model, model.rows[r]));
    folded = folded || model.rows[r].kind == RowKind::MaximumCvar;
  }
  nameBounds(smallest, best.ray, conflict.names);
  // The problem's own limits judge the proof; a CVaR limit that became a row of the model is none of theirs.
  conflict.margin = folded ? best.margin
                           : farkasMargin(*model.problem, unscaledDuals(smallest, {}, best.ray, 0.0)) / model.objectiveScale;
  return conflict;
}

Conflict findTailConflict(const Model& model, const Scenarios& scenarios, Pool& pool, const Stop& stop) {
  if (!model.tailLimit) return {};
  const auto least = [&](const std::vector<Index>& rows) {
    Model risk = withRows(model, rows);
    risk.tailLimit.reset();
    risk.lambda = 1.0;
    risk.constant = 0.0;
    std::fill(risk.cost.begin(), risk.cost.end(), 0.0);
    std::fill(risk.segmentCost.begin(), risk.segmentCost.end(), 0.0);
    return solveWorkingSet(risk, scenarios, {1e-7, nullptr}, nullptr, pool, stop);
  };
  std::vector<Index> kept(model.rows.size());
  std::iota(kept.begin(), kept.end(), Index{0});
  WorkingResult found = least(kept);
  Conflict conflict;
  conflict.margin = found.bound - *model.tailLimit;
  if (!(conflict.margin > kConflict)) return {};
  const auto narrow = [&](const WorkingResult& result) {
    std::vector<Index> some;
    for (const Index r : support(result.multipliers.row)) some.push_back(kept[r]);
    kept = some;
  };
  narrow(found);
  for (const Index row : std::vector<Index>(kept)) {
    const std::vector<Index> fewer = without(kept, row);
    const WorkingResult looser = least(fewer);
    if (!(looser.bound - *model.tailLimit > kConflict)) continue;
    kept = fewer;
    conflict.margin = looser.bound - *model.tailLimit;
  }
  conflict.names.push_back("maximumCvar");
  for (const Index r : kept) addName(conflict.names, nameOf(model, model.rows[r]));
  return conflict;
}

}  // namespace ballast
