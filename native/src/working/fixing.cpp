#include "working/fixing.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

constexpr double kAtEnd = 3e-3;   // share of a segment's width that counts as its end
constexpr double kStrong = 50.0;  // times mu: a slope that decides

constexpr Index kLeastReleased = 12;

}  // namespace

bool Fixing::any() const {
  return std::any_of(fixed.begin(), fixed.end(), [](char value) { return value != 0; });
}

Fixing fixAtBends(const Polyhedron& whole, const std::vector<double>& weights, const double* g,
                  const std::vector<double>& y, double mu) {
  Fixing fixing{std::vector<char>(whole.assets, 0), weights};
  const std::vector<double> rc = reducedCosts(whole, g, y), x = fill(whole, weights);
  for (Index a = 0; a < whole.assets; ++a) {
    bool strong = true;
    double at = whole.lower[a];
    for (Index e = whole.first[a]; strong && e < whole.first[a + 1]; ++e) {
      const double width = whole.width[e], slope = segmentSlope(whole, e, rc[a], y);
      const bool empty = x[e] < kAtEnd * width, full = x[e] > (1.0 - kAtEnd) * width;
      if (full) at += width;
      strong = ((empty && slope > 0.0) || (full && slope < 0.0)) && std::fabs(slope) * width >= kStrong * mu;
    }
    if (!strong) continue;
    fixing.fixed[a] = 1;
    fixing.weights[a] = at;
  }
  return fixing;
}

bool release(const Polyhedron& whole, const double* g, const std::vector<double>& y, Fixing& fixing) {
  const std::vector<double> rc = reducedCosts(whole, g, y);
  const std::vector<double> x = fill(whole, fixing.weights);
  struct Wrong {
    double gain;
    Index asset;
  };
  std::vector<Wrong> wrong;
  Index free = 0;
  for (Index a = 0; a < whole.assets; ++a) {
    if (!fixing.fixed[a]) {
      ++free;
      continue;
    }
    double gain = 0.0;
    for (Index e = whole.first[a]; e < whole.first[a + 1]; ++e) {
      const double slope = segmentSlope(whole, e, rc[a], y);
      const bool empty = x[e] < 0.5 * whole.width[e];
      if (empty ? slope < 0.0 : slope > 0.0) gain = std::max(gain, std::fabs(slope) * whole.width[e]);
    }
    if (gain > 0.0) wrong.push_back({gain, a});
  }
  // Multipliers of a master that lacks instruments can be far off: those that gain most go first, the others may stay.
  const std::size_t most = static_cast<std::size_t>(std::max(kLeastReleased, free));
  if (wrong.size() > most) {
    std::partial_sort(wrong.begin(), wrong.begin() + static_cast<std::ptrdiff_t>(most), wrong.end(), [](const Wrong& p, const Wrong& q) {
      return p.gain > q.gain || (p.gain == q.gain && p.asset < q.asset);
    });
    wrong.resize(most);
  }
  for (const Wrong& one : wrong) fixing.fixed[one.asset] = 0;
  return !wrong.empty();
}

Fixing carriedFixing(const Polyhedron& whole, const std::vector<char>& fixed, const std::vector<double>& weights) {
  Fixing fixing{fixed, weights};
  for (Index a = 0; a < whole.assets; ++a) {
    if (!fixed[a]) continue;
    double at = whole.lower[a], nearest = at;
    for (Index e = whole.first[a]; e < whole.first[a + 1]; ++e) {
      at += whole.width[e];
      if (std::fabs(weights[a] - at) < std::fabs(weights[a] - nearest)) nearest = at;
    }
    fixing.weights[a] = nearest;
    if (std::fabs(weights[a] - nearest) > 1e-5) fixing.fixed[a] = 0;
  }
  return fixing;
}

}  // namespace ballast
