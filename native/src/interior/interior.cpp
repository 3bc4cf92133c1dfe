#include "interior/interior.h"

#include <algorithm>
#include <cmath>

#include "backend/host.h"
#include "interior/newton.h"

namespace ballast {
namespace {

/// Rows count as satisfied below this, in row units.
constexpr double kRowsMet = 1e-9;

/// Multiply-adds from which float32 pays.
constexpr double kWorthSingle = 4e6;

/// Gap at which the run first asks whether its point is good enough, and the share of it at which it asks again.
constexpr double kAskFirst = 1e-2;
constexpr double kAskAgain = 0.2;

double hOf(const Master& master, const Point& point, Index j) {
  return (master.lambda + point.lambda1) * master.cap[j] - point.q[j];
}

/// One run of the method: the point, its direction, and what it has proven.
class Run {
 public:
  Run(const Polyhedron& poly, const Master& master, const InteriorStart& start, const InteriorOptions& options, Pool& pool)
      : poly_(poly), master_(master), options_(options), panel_(panelOf(master, poly.assets, pool)),
        newton_(poly, master, *panel_), point_(startingPoint(poly, master, start, *panel_)) {
    capGain_.assign(poly.assets, 0.0);
    if (master.count > 0) panel_->sums(master.cap.data(), capGain_.data());
    for (Index j = 0; j < master.count; ++j) {
      capSum_ += master.cap[j];
      if (!master.offset.empty()) capOffset_ += master.cap[j] * master.offset[j];
    }
    pairs_ = 2.0 * static_cast<double>(master.count + poly.segments) + (master.tailLimit ? 1.0 : 0.0);
    for (Index r = 0; r < poly.rows; ++r) {
      if (!poly.equality(r)) pairs_ += (poly.hasLower(r) ? 1.0 : 0.0) + (poly.hasUpper(r) ? 1.0 : 0.0);
    }
  }

  InteriorResult solve(const Stop& stop) {
    keep();
    for (result_.iterations = 0; result_.iterations < options_.iterations; ++result_.iterations) {
      stop.check();
      point_.mu = complementarity(0.0, 0.0) / pairs_;
      if (!std::isfinite(point_.mu)) break;
      residuals_ = residualsOf(poly_, master_, point_);
      const double gap = measure();
      keep();
      if (result_.bound > options_.ceiling) {
        result_.end = InteriorEnd::Infeasible;
        break;
      }
      const bool met = residuals_.worstRow < kRowsMet && std::fabs(residuals_.tail) < kRowsMet;
      if (met && gap <= options_.tolerance) {
        result_.end = InteriorEnd::Converged;
        break;
      }
      if (gap <= askAt_ && options_.enough) {
        askAt_ = kAskAgain * gap;
        if (options_.enough(result_)) {
          result_.end = InteriorEnd::Converged;
          break;
        }
      }
      if (!factor(gap) || !step()) break;
    }
    return result_;
  }

 private:
  void keep() {
    result_.weights = point_.w;
    result_.density = point_.q;
    result_.multipliers = {point_.y, point_.lambda1};
    result_.mu = point_.mu;
  }

  /// Far from the optimum, float32 is precise enough for a large Gram matrix and twice as fast.
  bool factor(double gap) {
    const double n = static_cast<double>(poly_.assets);
    const bool large = static_cast<double>(master_.count) * n * n > kWorthSingle;
    if (large && gap > options_.singleAbove && newton_.factor(point_, true)) return true;
    return newton_.factor(point_, false);
  }

  /// Sum of all pairs' products after steps of the given lengths along the direction; 0, 0 needs no direction.
  double complementarity(double primal, double dual) const {
    const bool moved = primal != 0.0 || dual != 0.0;
    const auto along = [&](const Vector& value, const Vector& step, Index k, double length) {
      return moved ? value[k] + length * step[k] : value[k];
    };
    double sum = 0.0;
    for (Index j = 0; j < master_.count; ++j) {
      const double q = along(point_.q, direction_.q, j, dual);
      const double h = hOf(master_, point_, j) +
                       (moved ? dual * (direction_.lambda1 * master_.cap[j] - direction_.q[j]) : 0.0);
      sum += along(point_.v, direction_.v, j, primal) * q + along(point_.u, direction_.u, j, primal) * h;
    }
    for (Index e = 0; e < poly_.segments; ++e) {
      const double x = along(point_.x, direction_.x, e, primal);
      sum += x * along(point_.zl, direction_.zl, e, dual) + (poly_.width[e] - x) * along(point_.zu, direction_.zu, e, dual);
    }
    for (Index r = 0; r < poly_.rows; ++r) {
      if (poly_.equality(r)) continue;
      const double s = along(point_.s, direction_.s, r, primal);
      if (poly_.hasLower(r)) sum += (s - poly_.rowLower[r]) * along(point_.sl, direction_.sl, r, dual);
      if (poly_.hasUpper(r)) sum += (poly_.rowUpper[r] - s) * along(point_.su, direction_.su, r, dual);
    }
    if (master_.tailLimit) {
      sum += (point_.room + primal * direction_.room) * (point_.lambda1 + dual * direction_.lambda1);
    }
    return sum;
  }

  /// Updates the bound and returns the relative gap of the master at this point.
  double measure() {
    const double lambda = master_.lambda + point_.lambda1;
    double used = 0.0, offset = 0.0, tail = 0.0, size = 0.0;
    for (Index j = 0; j < master_.count; ++j) {
      used += point_.q[j];
      if (!master_.offset.empty()) offset += point_.q[j] * master_.offset[j];
      tail += master_.cap[j] * std::max(point_.loss[j] - point_.t, 0.0);
      size += std::fabs(point_.loss[j]);
    }
    double objective = poly_.constant + master_.lambda * (point_.t + tail);
    for (Index a = 0; a < poly_.assets; ++a) objective += poly_.cost[a] * point_.w[a];
    for (Index e = 0; e < poly_.segments; ++e) objective += poly_.slope[e] * point_.x[e];
    // The density is moved into Q first, else the bound is none: shrunk, or filled up in proportion to its room.
    const double room = lambda * capSum_ - used;
    const double shrink = used > lambda ? lambda / used : 1.0;
    const double filled = used < lambda && room > 0.0 ? std::min((lambda - used) / room, 1.0) : 0.0;
    const auto moved = [&](double own, double capped) { return shrink * own + filled * (lambda * capped - own); };
    Vector g(point_.g);
    for (Index a = 0; a < poly_.assets; ++a) g[a] = moved(g[a], capGain_[a]);
    double bound = boxBound(poly_, g.data(), usableDuals(poly_, point_.y)) - moved(offset, capOffset_);
    if (master_.tailLimit) bound -= point_.lambda1 * *master_.tailLimit;
    if (bound > result_.bound || result_.iterations == 0) result_.bound = bound;
    const double meanLoss = master_.count > 0 ? size / static_cast<double>(master_.count) : 0.0;
    return (objective - result_.bound) / std::max({std::fabs(objective), 1e-3 * master_.lambda * meanLoss, options_.floor});
  }

  /// Targets of the affine step (`centre` 0, no second order) or of Mehrotra's corrector.
  void aim(double centre, bool corrector) {
    const auto second = [&](double product) { return corrector ? product : 0.0; };
    target_.cv.resize(master_.count);
    target_.cu.resize(master_.count);
    for (Index j = 0; j < master_.count; ++j) {
      const double dq = corrector ? direction_.q[j] : 0.0;
      const double dh = corrector ? direction_.lambda1 * master_.cap[j] - dq : 0.0;
      target_.cv[j] = centre - point_.v[j] * point_.q[j] - (corrector ? direction_.v[j] * dq : 0.0);
      target_.cu[j] = centre - point_.u[j] * hOf(master_, point_, j) - (corrector ? direction_.u[j] * dh : 0.0);
    }
    target_.cl.resize(poly_.segments);
    target_.cr.resize(poly_.segments);
    for (Index e = 0; e < poly_.segments; ++e) {
      const double dx = corrector ? direction_.x[e] : 0.0;
      target_.cl[e] = centre - point_.x[e] * point_.zl[e] - second(dx * (corrector ? direction_.zl[e] : 0.0));
      target_.cr[e] = centre - (poly_.width[e] - point_.x[e]) * point_.zu[e] + second(dx * (corrector ? direction_.zu[e] : 0.0));
    }
    target_.c1.assign(poly_.rows, 0.0);
    target_.c2.assign(poly_.rows, 0.0);
    for (Index r = 0; r < poly_.rows; ++r) {
      if (poly_.equality(r)) continue;
      const double ds = corrector ? direction_.s[r] : 0.0;
      if (poly_.hasLower(r)) {
        target_.c1[r] = centre - (point_.s[r] - poly_.rowLower[r]) * point_.sl[r] - second(ds * (corrector ? direction_.sl[r] : 0.0));
      }
      if (poly_.hasUpper(r)) {
        target_.c2[r] = centre - (poly_.rowUpper[r] - point_.s[r]) * point_.su[r] + second(ds * (corrector ? direction_.su[r] : 0.0));
      }
    }
    target_.cs = centre - point_.room * point_.lambda1 - second(direction_.room * direction_.lambda1);
  }

  /// Longest steps that keep every factor of a pair positive.
  void longest(double& primal, double& dual) const {
    double p = 1.0, d = 1.0;
    const auto limit = [](double& length, double value, double step) {
      if (step < 0.0 && -step * length > value) length = value / -step;
    };
    for (Index j = 0; j < master_.count; ++j) {
      limit(p, point_.v[j], direction_.v[j]);
      limit(p, point_.u[j], direction_.u[j]);
      limit(d, point_.q[j], direction_.q[j]);
      limit(d, hOf(master_, point_, j), direction_.lambda1 * master_.cap[j] - direction_.q[j]);
    }
    for (Index e = 0; e < poly_.segments; ++e) {
      limit(p, point_.x[e], direction_.x[e]);
      limit(p, poly_.width[e] - point_.x[e], -direction_.x[e]);
      limit(d, point_.zl[e], direction_.zl[e]);
      limit(d, point_.zu[e], direction_.zu[e]);
    }
    for (Index r = 0; r < poly_.rows; ++r) {
      if (poly_.equality(r)) continue;
      if (poly_.hasLower(r)) {
        limit(p, point_.s[r] - poly_.rowLower[r], direction_.s[r]);
        limit(d, point_.sl[r], direction_.sl[r]);
      }
      if (poly_.hasUpper(r)) {
        limit(p, poly_.rowUpper[r] - point_.s[r], -direction_.s[r]);
        limit(d, point_.su[r], direction_.su[r]);
      }
    }
    if (master_.tailLimit) {
      limit(p, point_.room, direction_.room);
      limit(d, point_.lambda1, direction_.lambda1);
    }
    primal = p;
    dual = d;
  }

  /// Predictor, corrector, move. False when no progress is possible.
  bool step() {
    double primal = 0.0, dual = 0.0;
    aim(0.0, false);
    newton_.solve(point_, residuals_, target_, direction_);
    longest(primal, dual);
    const double ahead = complementarity(primal, dual) / pairs_;
    const double ratio = std::max(ahead / point_.mu, 0.0);
    const double centre = std::clamp(ratio * ratio * ratio, 1e-6, 0.9) * point_.mu;
    aim(centre, true);
    newton_.solve(point_, residuals_, target_, direction_);
    longest(primal, dual);
    const double eta = std::clamp(1.0 - centre, 0.95, 0.9995);
    primal = std::min(1.0, eta * primal);
    dual = std::min(1.0, eta * dual);
    move(primal, dual);
    return primal >= 1e-8 || dual >= 1e-8;
  }

  void move(double primal, double dual) {
    const auto add = [](Vector& value, double length, const Vector& step) {
      for (std::size_t k = 0; k < value.size(); ++k) value[k] += length * step[k];
    };
    add(point_.x, primal, direction_.x);
    point_.w = poly_.lower;
    for (Index e = 0; e < poly_.segments; ++e) point_.w[poly_.owner[e]] += point_.x[e];
    add(point_.s, primal, direction_.s);
    add(point_.loss, primal, direction_.loss);
    add(point_.v, primal, direction_.v);
    add(point_.u, primal, direction_.u);
    point_.t += primal * direction_.t;
    point_.room += primal * direction_.room;
    add(point_.zl, dual, direction_.zl);
    add(point_.zu, dual, direction_.zu);
    add(point_.nu, dual, direction_.nu);
    add(point_.sl, dual, direction_.sl);
    add(point_.su, dual, direction_.su);
    add(point_.y, dual, direction_.y);
    add(point_.q, dual, direction_.q);
    point_.lambda1 += dual * direction_.lambda1;
    panel_->sums(point_.q.data(), point_.g.data());
  }

  const Polyhedron& poly_;
  const Master& master_;
  const InteriorOptions& options_;
  std::unique_ptr<Panel> panel_;
  Newton newton_;
  Point point_;
  Residuals residuals_;
  Target target_;
  Direction direction_;
  InteriorResult result_;
  double pairs_ = 1.0;
  double askAt_ = kAskFirst;  // gap at which `enough` is asked next
  Vector capGain_;         // [n] panel' cap
  double capSum_ = 0.0;    // sum of cap
  double capOffset_ = 0.0; // cap'offset
};

}  // namespace

InteriorResult solveMaster(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                           const InteriorOptions& options, Pool& pool, const Stop& stop) {
  return Run(poly, master, start, options, pool).solve(stop);
}

}  // namespace ballast
