#include "infeasible.h"

#include <algorithm>
#include <cmath>

#include "vertex.h"

namespace ballast {
namespace {

constexpr Index kFiltered = 64;      // rows tried by the deletion filter
constexpr double kPresent = 1e-9;    // a multiplier below this share of the largest is not part of the ray

std::string nameOf(const Model& model, const ModelRow& row) {
  switch (row.kind) {
    case RowKind::Group:
      return "group:" + model.problem->groups[row.group].name;
    case RowKind::Buys:
    case RowKind::Sells:
      return "turnover";
    default:
      return "budget";
  }
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

/// The bound an instrument's best answer to the ray leans on, if any: the end of the box it is pressed against.
void nameBounds(const Model& model, const std::vector<double>& ray, std::vector<std::string>& names) {
  const double tiny = 1e-9;
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
    const double atLower = fixed ? slope(-1) : slope(model.first[a]);
    const double atUpper = fixed ? slope(-1) : slope(model.first[a + 1] - 1);
    if (atLower < -tiny || atUpper > tiny || (fixed && atLower != 0.0)) names.push_back("bound:" + std::to_string(a));
  }
}

}  // namespace

Duals unscaledDuals(const Model& model, const std::vector<double>& q, const std::vector<double>& y) {
  Duals duals;
  const double perLoss = model.objectiveScale / model.returnScale;
  duals.scenario.assign(model.problem->scenarios.rows, 0.0);
  for (std::size_t j = 0; j < q.size(); ++j) duals.scenario[model.scenario[j]] = q[j] * perLoss;
  duals.groups.assign(model.problem->groups.size(), 0.0);
  for (std::size_t r = 0; r < y.size(); ++r) {
    const ModelRow& row = model.rows[r];
    const double dual = y[r] * model.objectiveScale / row.scale;
    if (row.kind == RowKind::Group) {
      duals.groups[row.group] = dual;
    } else if (row.kind == RowKind::Buys) {
      duals.buys = dual;
    } else if (row.kind == RowKind::Sells) {
      duals.sells = dual;
    } else {
      duals.budget += dual;
    }
  }
  return duals;
}

Conflict findConflict(const Model& model, const std::vector<double>& ray, const Stop& stop) {
  const std::vector<Index> rows = support(ray);
  std::vector<bool> disabled(model.rows.size(), true);
  for (const Index r : rows) disabled[r] = false;
  std::vector<double> smallest = ray;
  VertexMethod method(model, stop);
  const std::vector<double> start(model.segments, 0.0);
  for (std::size_t k = 0; k < rows.size() && static_cast<Index>(k) < kFiltered; ++k) {
    if (disabled[rows[k]]) continue;
    disabled[rows[k]] = true;
    const VertexResult result = method.reachRows(start, disabled);
    if (result.converged && result.infeasibility > kFeasible) {
      smallest = result.y;
    } else {
      disabled[rows[k]] = false;
    }
  }
  Conflict conflict;
  for (const Index r : support(smallest)) {
    const std::string name = nameOf(model, model.rows[r]);
    if (std::find(conflict.names.begin(), conflict.names.end(), name) == conflict.names.end()) {
      conflict.names.push_back(name);
    }
  }
  nameBounds(model, smallest, conflict.names);
  conflict.margin = farkasMargin(*model.problem, unscaledDuals(model, {}, smallest));
  return conflict;
}

}  // namespace ballast
