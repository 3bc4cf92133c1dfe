#include "interior/polyhedron.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

/// Moves an instrument's contribution at a fixed weight into the constants.
void fixAt(const Model& model, Index a, double weight, Polyhedron& poly) {
  poly.constant += model.cost[a] * weight;
  for (Index r = 0; r < poly.rows; ++r) poly.rowConstant[r] += model.rows[r].asset[a] * weight;
  for (Index e = model.first[a]; e < model.first[a + 1]; ++e) {
    const double x = std::clamp(weight - model.start[e], 0.0, model.width[e]);
    poly.constant += model.segmentCost[e] * x;
    for (Index r = 0; r < poly.rows; ++r) {
      if (poly.bent[r]) poly.rowConstant[r] += model.rows[r].segment[e] * x;
    }
  }
}

}  // namespace

Polyhedron polyhedronOf(const Model& model, const std::vector<Index>& kept, const std::vector<double>& weights) {
  Polyhedron poly;
  poly.assets = static_cast<Index>(kept.size());
  poly.rows = static_cast<Index>(model.rows.size());
  poly.constant = model.constant;
  for (const ModelRow& row : model.rows) {
    poly.bent.push_back(row.segment.empty() ? 0 : 1);
    poly.rowConstant.push_back(row.constant);
    poly.rowLower.push_back(row.lower);
    poly.rowUpper.push_back(row.upper);
  }
  std::vector<Index> source;
  Index next = 0;
  for (const Index a : kept) {
    for (; next < a; ++next) fixAt(model, next, weights[next], poly);
    next = a + 1;
    poly.cost.push_back(model.cost[a]);
    poly.lower.push_back(model.lower[a]);
    poly.first.push_back(static_cast<Index>(source.size()));
    for (Index e = model.first[a]; e < model.first[a + 1]; ++e) {
      source.push_back(e);
      poly.owner.push_back(static_cast<Index>(poly.cost.size()) - 1);
      poly.width.push_back(model.width[e]);
      poly.slope.push_back(model.segmentCost[e]);
    }
  }
  for (; next < model.assets; ++next) fixAt(model, next, weights[next], poly);
  poly.segments = static_cast<Index>(source.size());
  poly.first.push_back(poly.segments);
  poly.asset.resize(poly.rows * poly.assets);
  poly.segment.assign(poly.rows * poly.segments, 0.0);
  for (Index r = 0; r < poly.rows; ++r) {
    for (Index k = 0; k < poly.assets; ++k) poly.asset[r * poly.assets + k] = model.rows[r].asset[kept[k]];
    if (!poly.bent[r]) continue;
    for (Index e = 0; e < poly.segments; ++e) poly.segment[r * poly.segments + e] = model.rows[r].segment[source[e]];
  }
  return poly;
}

std::vector<double> fill(const Polyhedron& poly, const std::vector<double>& weights) {
  std::vector<double> x(poly.segments);
  for (Index a = 0; a < poly.assets; ++a) {
    double left = weights[a] - poly.lower[a];
    for (Index e = poly.first[a]; e < poly.first[a + 1]; ++e) {
      x[e] = std::clamp(left, 0.0, poly.width[e]);
      left -= poly.width[e];
    }
  }
  return x;
}

double linearObjective(const Polyhedron& poly, const std::vector<double>& weights) {
  const std::vector<double> x = fill(poly, weights);
  double sum = poly.constant;
  for (Index a = 0; a < poly.assets; ++a) sum += poly.cost[a] * weights[a];
  for (Index e = 0; e < poly.segments; ++e) sum += poly.slope[e] * x[e];
  return sum;
}

double rowViolation(const Polyhedron& poly, const std::vector<double>& weights) {
  const std::vector<double> x = fill(poly, weights);
  double worst = 0.0;
  for (Index r = 0; r < poly.rows; ++r) {
    double value = poly.rowConstant[r];
    for (Index a = 0; a < poly.assets; ++a) value += poly.asset[r * poly.assets + a] * weights[a];
    if (poly.bent[r]) {
      for (Index e = 0; e < poly.segments; ++e) value += poly.segment[r * poly.segments + e] * x[e];
    }
    worst = std::max({worst, poly.rowLower[r] - value, value - poly.rowUpper[r]});
  }
  return worst;
}

std::vector<double> reducedCosts(const Polyhedron& poly, const double* g, const std::vector<double>& y) {
  std::vector<double> rc(poly.cost);
  for (Index a = 0; a < poly.assets; ++a) rc[a] -= g[a];
  for (Index r = 0; r < poly.rows; ++r) {
    if (y[r] == 0.0) continue;
    for (Index a = 0; a < poly.assets; ++a) rc[a] -= y[r] * poly.asset[r * poly.assets + a];
  }
  return rc;
}

double segmentSlope(const Polyhedron& poly, Index e, double rc, const std::vector<double>& y) {
  double slope = rc + poly.slope[e];
  for (Index r = 0; r < poly.rows; ++r) {
    if (poly.bent[r]) slope -= y[r] * poly.segment[r * poly.segments + e];
  }
  return slope;
}

std::vector<double> usableDuals(const Polyhedron& poly, std::vector<double> y) {
  for (Index r = 0; r < poly.rows; ++r) {
    const bool nothing = (y[r] > 0.0 && !poly.hasLower(r)) || (y[r] < 0.0 && !poly.hasUpper(r));
    if (nothing || !std::isfinite(y[r])) y[r] = 0.0;
  }
  return y;
}

double boxBound(const Polyhedron& poly, const double* g, const std::vector<double>& y) {
  double bound = poly.constant;
  for (Index r = 0; r < poly.rows; ++r) {
    if (y[r] == 0.0) continue;
    bound += y[r] * ((y[r] > 0.0 ? poly.rowLower[r] : poly.rowUpper[r]) - poly.rowConstant[r]);
  }
  const std::vector<double> rc = reducedCosts(poly, g, y);
  for (Index a = 0; a < poly.assets; ++a) {
    bound += rc[a] * poly.lower[a];
    for (Index e = poly.first[a]; e < poly.first[a + 1]; ++e) {
      bound += std::min(0.0, segmentSlope(poly, e, rc[a], y) * poly.width[e]);
    }
  }
  return bound;
}

}  // namespace ballast
