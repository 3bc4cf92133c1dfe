#include "branch/names_bound.h"

#include <algorithm>
#include <numeric>

namespace ballast {
namespace {

/// min over [from, upper] of an instrument's Lagrangian: its segments have rising slopes.
double leastOf(const Polyhedron& whole, Index a, double rc, const std::vector<double>& y, double from) {
  double value = rc * whole.lower[a], at = whole.lower[a];
  for (Index e = whole.first[a]; e < whole.first[a + 1]; ++e) {
    const double slope = segmentSlope(whole, e, rc, y), width = whole.width[e];
    const double forced = std::clamp(from - at, 0.0, width);
    value += slope * forced + std::min(0.0, slope * (width - forced));
    at += width;
  }
  return value;
}

}  // namespace

NamesBound namesBound(const Model& model, const Names& names, const WorkingResult& found, const std::vector<double>& g,
                      const Relaxations& relaxations) {
  std::vector<Index> all(model.assets);
  std::iota(all.begin(), all.end(), Index{0});
  const Polyhedron whole = polyhedronOf(model, all, {});
  std::vector<double> y = usableDuals(whole, found.multipliers.row);
  const Index room = std::max<Index>(relaxations.most() - countOf(names, Name::In), 0);
  double base = whole.constant - found.multipliers.tail * model.tailLimit.value_or(0.0);
  for (Index r = 0; r < whole.rows; ++r) {
    if (model.rows[r].kind == RowKind::Group && model.rows[r].group >= relaxations.groups()) y[r] = 0.0;
    if (y[r] != 0.0) base += y[r] * ((y[r] > 0.0 ? whole.rowLower[r] : whole.rowUpper[r]) - whole.rowConstant[r]);
  }
  const std::vector<double> rc = reducedCosts(whole, g.data(), y);
  std::vector<double> worth(model.assets, 0.0), order;
  for (Index a = 0; a < model.assets; ++a) {
    if (names[a] != Name::Free) {
      base += leastOf(whole, a, rc[a], y, model.lower[a]);
      continue;
    }
    worth[a] = leastOf(whole, a, rc[a], y, relaxations.least(a));
    order.push_back(std::min(worth[a], 0.0));
  }
  std::sort(order.begin(), order.end());
  const Index count = static_cast<Index>(order.size()), taken = std::min(room, count);
  const double last = room > 0 && taken == room ? order[room - 1] : 0.0;  // gives way to one more
  const double next = count > room ? order[room] : 0.0;                   // takes the place of one less
  NamesBound bound;
  bound.value = std::accumulate(order.begin(), order.begin() + taken, base);
  bound.whenIn.assign(model.assets, bound.value);
  bound.whenOut.assign(model.assets, bound.value);
  for (Index a = 0; a < model.assets; ++a) {
    if (names[a] != Name::Free) continue;
    if (room == 0) bound.whenIn[a] = kInfinity;
    else if (worth[a] > last) bound.whenIn[a] = bound.value - last + worth[a];
    else bound.whenOut[a] = bound.value - worth[a] + next;
  }
  bound.price = rc;
  return bound;
}

}  // namespace ballast
