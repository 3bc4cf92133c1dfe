#include <algorithm>
#include <cmath>
#include <numeric>

#include "interior/point.h"

namespace ballast {
namespace {

double rangeOf(const Vector& values) {
  if (values.empty()) return 0.0;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low;
}

/// Spread of the linear objective over instruments: the size of a reduced cost.
double costRange(const Polyhedron& poly) {
  double steepest = 0.0, dearest = 0.0;
  for (double slope : poly.slope) steepest = std::max(steepest, std::fabs(slope));
  for (double cost : poly.cost) dearest = std::max(dearest, std::fabs(cost));
  return std::max(rangeOf(poly.cost), 0.1 * dearest) + steepest;
}

/// Spread of the expected tail return over instruments: all that moves them apart when every scenario is the same.
double tailRange(const Polyhedron& poly, const Master& master, Panel& panel) {
  const double total = std::accumulate(master.cap.begin(), master.cap.end(), 0.0);
  Vector share(master.cap), mean(poly.assets, 0.0);
  for (double& value : share) value /= total;
  panel.sums(share.data(), mean.data());
  return rangeOf(mean);
}

/// Mean absolute deviation of the losses, at least 1e-6 (returns are scaled to 1).
double spreadOf(const Vector& loss) {
  const double count = static_cast<double>(loss.size());
  const double mean = std::accumulate(loss.begin(), loss.end(), 0.0) / count;
  double sum = 0.0;
  for (double value : loss) sum += std::fabs(value - mean);
  return std::max(sum / count, 1e-6);
}

/// t and q on the central path: q_j = lambda cap_j sigma((L_j - t) lambda cap_j / mu) with sum q = lambda. Safeguarded
/// Newton: the sum falls in t.
double centre(const Master& master, const Vector& loss, double lambda, double mu, Vector& q) {
  const auto [least, most] = std::minmax_element(loss.begin(), loss.end());
  const double span = *most - *least + 1e-12, reach = span + 100.0 * mu / lambda * static_cast<double>(loss.size());
  double low = *least - reach, high = *most + reach;
  double t = std::accumulate(loss.begin(), loss.end(), 0.0) / static_cast<double>(loss.size()) + spreadOf(loss);
  for (int round = 0; round < 100; ++round) {
    double sum = 0.0, fall = 0.0;
    for (std::size_t j = 0; j < loss.size(); ++j) {
      const double cap = lambda * master.cap[j], k = (loss[j] - t) * cap / mu, root = std::sqrt(k * k + 4.0);
      q[j] = cap * (k > 0.0 ? 1.0 - 2.0 / ((2.0 + k) + root) : 2.0 / ((2.0 - k) + root));
      sum += q[j];
      const double h = cap - q[j];
      fall += 1.0 / (mu / (q[j] * q[j]) + mu / (h * h + 1e-300));
    }
    const double miss = sum - lambda;
    if (std::fabs(miss) < 1e-13 * lambda) break;
    (miss > 0.0 ? low : high) = t;
    double next = t + miss / std::max(fall, 1e-300);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::fabs(next - t) < 1e-16 * (1.0 + std::fabs(t))) break;
    t = next;
  }
  return t;
}

void placeWeights(const Polyhedron& poly, const InteriorStart& start, bool warm, Point& point) {
  const double each = 1.0 / static_cast<double>(std::max<Index>(poly.assets, 1));
  point.w = poly.lower;
  point.x.resize(poly.segments);
  for (Index a = 0; a < poly.assets; ++a) {
    const Index from = poly.first[a], to = poly.first[a + 1];
    double room = 0.0;
    for (Index e = from; e < to; ++e) room += poly.width[e];
    double left = start.weights != nullptr ? (*start.weights)[a] - poly.lower[a] : std::min(each, 0.5 * room);
    for (Index e = from; e < to; ++e) {
      const double width = poly.width[e];
      const double inside = warm ? std::min(1e-3 * width, 1e-2 * each) : std::min(0.1 * width, 0.1 * each);
      point.x[e] = std::min(std::max(left, inside), width - inside);
      point.w[a] += point.x[e];
      left -= width;
    }
  }
}

/// How far from a limit with multiplier z a near start stands: where the two multiply to mu, but not far off.
double insideOf(double mu, double z, double most) { return z * most > mu ? mu / z : most; }

/// Weights of a near start: those given, moved off their bends as far as the slopes there tell.
void placeNearWeights(const Polyhedron& poly, const InteriorStart& start, Point& point) {
  const double each = 1.0 / static_cast<double>(std::max<Index>(poly.assets, 1));
  const Vector rc = reducedCosts(poly, point.g.data(), start.multipliers->row);
  point.w = poly.lower;
  point.x.resize(poly.segments);
  for (Index a = 0; a < poly.assets; ++a) {
    double left = (*start.weights)[a] - poly.lower[a];
    for (Index e = poly.first[a]; e < poly.first[a + 1]; ++e) {
      const double width = poly.width[e], most = std::min(1e-3 * width, 1e-2 * each);
      const double slope = segmentSlope(poly, e, rc[a], start.multipliers->row);
      const double low = insideOf(point.mu, slope, most), high = insideOf(point.mu, -slope, most);
      point.x[e] = std::min(std::max(left, low), width - high);
      point.w[a] += point.x[e];
      left -= width;
    }
  }
}

/// The density of a near start: the one given, as far inside its range as the losses tell.
void placeDensity(const Master& master, double lambda, const Vector& given, Point& point) {
  for (Index j = 0; j < master.count; ++j) {
    const double cap = lambda * master.cap[j], most = 0.01 * cap;
    const double low = std::min(point.q[j], most), high = std::min(cap - point.q[j], most);
    point.q[j] = std::min(std::max(given[j], low), cap - high);
  }
}

void placeScenarios(const Master& master, double lambda, Point& point) {
  const std::size_t count = point.loss.size();
  point.v.resize(count);
  point.u.resize(count);
  for (std::size_t j = 0; j < count; ++j) {
    const double cap = lambda * master.cap[j];
    point.q[j] = std::min(std::max(point.q[j], 1e-12 * cap), cap * (1.0 - 1e-12));
    const double excess = point.loss[j] - point.t;
    if (excess < 0.0) {
      point.u[j] = point.mu / (cap - point.q[j]);
      point.v[j] = point.u[j] - excess;
    } else {
      point.v[j] = point.mu / point.q[j];
      point.u[j] = point.v[j] + excess;
    }
  }
}

/// Row slacks inside their range, multipliers on the central path; a warm one moves them to meet y.
void placeRows(const Polyhedron& poly, const Multipliers* warm, bool near, Point& point) {
  point.s.assign(poly.rows, 0.0);
  point.sl.assign(poly.rows, 0.0);
  point.su.assign(poly.rows, 0.0);
  point.y.assign(poly.rows, 0.0);
  for (Index r = 0; r < poly.rows; ++r) {
    if (poly.equality(r)) {
      point.s[r] = poly.rowLower[r];
      if (warm != nullptr) point.y[r] = warm->row[r];
      continue;
    }
    const double most = (warm != nullptr ? 1e-3 : 0.1) * std::min(poly.rowUpper[r] - poly.rowLower[r], 1.0);
    const double low = near ? insideOf(point.mu, warm->row[r], most) : most;
    const double high = near ? insideOf(point.mu, -warm->row[r], most) : most;
    point.s[r] = std::min(std::max(rowAt(poly, r, point.w, point.x), poly.rowLower[r] + low), poly.rowUpper[r] - high);
    if (poly.hasLower(r)) point.sl[r] = point.mu / (point.s[r] - poly.rowLower[r]);
    if (poly.hasUpper(r)) point.su[r] = point.mu / (poly.rowUpper[r] - point.s[r]);
    if (warm != nullptr) {
      const double more = warm->row[r] - (point.sl[r] - point.su[r]);
      if (more >= 0.0 && poly.hasLower(r)) point.sl[r] += more;
      if (more < 0.0 && poly.hasUpper(r)) point.su[r] -= more;
    }
    point.y[r] = point.sl[r] - point.su[r];
  }
}

/// Segment multipliers on the central path; a warm start adds what makes the dual residual 0.
void placeSegments(const Polyhedron& poly, bool warm, Point& point) {
  point.zl.resize(poly.segments);
  point.zu.resize(poly.segments);
  const Vector rc = reducedCosts(poly, point.g.data(), point.y);
  for (Index e = 0; e < poly.segments; ++e) {
    point.zl[e] = point.mu / point.x[e];
    point.zu[e] = point.mu / (poly.width[e] - point.x[e]);
    if (!warm) continue;
    const double more = segmentSlope(poly, e, rc[poly.owner[e]], point.y) - (point.zl[e] - point.zu[e]);
    (more >= 0.0 ? point.zl : point.zu)[e] += std::fabs(more);
  }
  point.nu = rc;
}

void lossesAt(const Master& master, Panel& panel, Point& point) {
  panel.dots(point.w.data(), point.loss.data());
  for (Index j = 0; j < master.count; ++j) {
    point.loss[j] = -(point.loss[j] + (master.offset.empty() ? 0.0 : master.offset[j]));
  }
}

}  // namespace

double rowAt(const Polyhedron& poly, Index r, const Vector& w, const Vector& x) {
  double value = poly.rowConstant[r];
  for (Index a = 0; a < poly.assets; ++a) value += poly.asset[r * poly.assets + a] * w[a];
  if (poly.bent[r]) {
    for (Index e = 0; e < poly.segments; ++e) value += poly.segment[r * poly.segments + e] * x[e];
  }
  return value;
}

Point startingPoint(const Polyhedron& poly, const Master& master, const InteriorStart& start, Panel& panel) {
  const bool warm = start.weights != nullptr && start.multipliers != nullptr;
  const bool near = warm && start.density != nullptr;
  Point point;
  if (near) point.w = *start.weights;
  else placeWeights(poly, start, warm, point);
  point.loss.resize(master.count);
  lossesAt(master, panel, point);
  const double spread = master.count > 0 ? spreadOf(point.loss) : 1e-6, range = costRange(poly);
  if (master.tailLimit) {
    const double guess = std::max(range / std::max(spread, 1e-2), 1e-3);
    point.lambda1 = warm ? std::max(start.multipliers->tail, 1e-8 * guess) : guess;
  }
  const double lambda = master.lambda + point.lambda1;
  const double pairs = static_cast<double>(2 * master.count + 2 * poly.segments);
  const double apart = master.count > 0 ? 0.01 * lambda * tailRange(poly, master, panel) : 0.0;
  const double cold = std::max({lambda * spread, 0.1 * range, apart, 1e-9}) / static_cast<double>(std::max<Index>(master.count, poly.segments));
  point.mu = warm ? std::clamp(0.3 * start.distance / pairs, 1e-10 * cold, cold) : cold;
  point.q.assign(master.count, 0.0);
  point.g.assign(poly.assets, 0.0);
  if (master.count > 0) {
    point.t = centre(master, point.loss, lambda, point.mu, point.q);
    if (near) placeDensity(master, lambda, *start.density, point);
    panel.sums(point.q.data(), point.g.data());
  }
  if (near) {
    placeNearWeights(poly, start, point);
    lossesAt(master, panel, point);
  }
  placeScenarios(master, lambda, point);
  if (master.tailLimit) point.room = std::max(point.mu / point.lambda1, 1e-6 * spread);
  placeRows(poly, warm ? start.multipliers : nullptr, near, point);
  placeSegments(poly, warm, point);
  return point;
}

}  // namespace ballast
