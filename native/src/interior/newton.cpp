#include "interior/newton.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

/// Pull towards the present point where no scenario gives an instrument a curvature of its own: between its bends it
/// would weigh nothing, and two rows that all but coincide would cancel in the equations of the rows. What the pull
/// keeps back is a residual of the next step.
constexpr double kProximal = 1e-8;

}  // namespace

Residuals residualsOf(const Polyhedron& poly, const Master& master, const Point& point) {
  Residuals residuals;
  residuals.row.resize(poly.rows);
  residuals.slack.assign(poly.rows, 0.0);
  for (Index r = 0; r < poly.rows; ++r) {
    residuals.row[r] = point.s[r] - rowAt(poly, r, point.w, point.x);
    residuals.worstRow = std::max(residuals.worstRow, std::fabs(residuals.row[r]));
    if (!poly.equality(r)) residuals.slack[r] = -(point.y[r] - point.sl[r] + point.su[r]);
  }
  residuals.dual = reducedCosts(poly, point.g.data(), point.y);
  for (Index a = 0; a < poly.assets; ++a) residuals.dual[a] = point.nu[a] - residuals.dual[a];
  residuals.segment.resize(poly.segments);
  for (Index e = 0; e < poly.segments; ++e) {
    residuals.segment[e] = point.zl[e] - point.zu[e] - segmentSlope(poly, e, point.nu[poly.owner[e]], point.y);
  }
  residuals.density = master.lambda + point.lambda1;
  for (double q : point.q) residuals.density -= q;
  if (master.tailLimit) {
    double used = point.t;
    for (Index j = 0; j < master.count; ++j) used += master.cap[j] * point.u[j];
    residuals.tail = *master.tailLimit - used - point.room;
  }
  return residuals;
}

Newton::Newton(const Polyhedron& poly, const Master& master, Panel& panel)
    : poly_(poly), master_(master), panel_(panel), n_(poly.assets), m_(poly.rows),
      columns_(poly.rows + (master.tailLimit ? 1 : 0)) {}

void Newton::weighScenarios(const Point& point) {
  lambda_ = master_.lambda + point.lambda1;
  weight_.resize(master_.count);
  for (Index j = 0; j < master_.count; ++j) weight_[j] = 1.0 / (point.v[j] / point.q[j] + point.u[j] / h(point, j));
  if (!master_.tailLimit) return;
  border_.resize(master_.count);
  for (Index j = 0; j < master_.count; ++j) border_[j] = point.u[j] * master_.cap[j] / h(point, j);
}

void Newton::weighSegments(const Point& point) {
  const double proximal = master_.count == 0 ? kProximal : 0.0;
  theta_.resize(poly_.segments);
  phi_.assign(n_, 0.0);
  for (Index e = 0; e < poly_.segments; ++e) {
    theta_[e] = 1.0 / (point.zl[e] / point.x[e] + point.zu[e] / (poly_.width[e] - point.x[e]) + proximal);
    phi_[poly_.owner[e]] += theta_[e];
  }
  for (double& value : phi_) value = 1.0 / value;
  bend_.assign(m_ * n_, 0.0);
  rowTheta_.assign(m_, 0.0);
  for (Index r = 0; r < m_; ++r) {
    if (poly_.bent[r]) {
      for (Index e = 0; e < poly_.segments; ++e) {
        bend_[r * n_ + poly_.owner[e]] += theta_[e] * poly_.segment[r * poly_.segments + e];
      }
    }
    if (poly_.equality(r)) continue;
    double pull = 0.0;
    if (poly_.hasLower(r)) pull += point.sl[r] / (point.s[r] - poly_.rowLower[r]);
    if (poly_.hasUpper(r)) pull += point.su[r] / (poly_.rowUpper[r] - point.s[r]);
    rowTheta_[r] = 1.0 / pull;
  }
}

void Newton::buildColumns() {
  const Index size = n_ + 1;
  left_.assign(columns_ * size, 0.0);
  for (Index r = 0; r < m_; ++r) {
    for (Index a = 0; a < n_; ++a) left_[r * size + a] = poly_.asset[r * n_ + a] + phi_[a] * bend_[r * n_ + a];
  }
  if (columns_ == m_) return;
  Vector weighted(master_.count);
  double* column = left_.data() + m_ * size;
  for (Index j = 0; j < master_.count; ++j) {
    weighted[j] = weight_[j] * border_[j];
    column[n_] += weighted[j];
  }
  column[n_] -= 1.0;
  panel_.sums(weighted.data(), column);
}

bool Newton::factorRows(const Point& point) {
  const Index size = n_ + 1;
  rows_.assign(columns_ * columns_, 0.0);
  for (Index a = 0; a < columns_; ++a) {
    for (Index b = 0; b <= a; ++b) {
      double sum = 0.0;
      for (Index i = 0; i < size; ++i) sum += solved_[a * size + i] * solved_[b * size + i];
      if (a < m_ && poly_.bent[a] && poly_.bent[b]) {
        for (Index e = 0; e < poly_.segments; ++e) {
          sum += theta_[e] * poly_.segment[a * poly_.segments + e] * poly_.segment[b * poly_.segments + e];
        }
        for (Index i = 0; i < n_; ++i) sum -= phi_[i] * bend_[a * n_ + i] * bend_[b * n_ + i];
      }
      if (a == b && a < m_) sum += rowTheta_[a];
      rows_[a * columns_ + b] = sum;
    }
  }
  if (columns_ > m_) {
    double own = point.room / point.lambda1;
    for (Index j = 0; j < master_.count; ++j) own += border_[j] * (master_.cap[j] - weight_[j] * border_[j]);
    rows_[m_ * columns_ + m_] += own;
  }
  for (Index a = 0; a < columns_; ++a) rows_[a * columns_ + a] *= 1.0 + 1e-13;
  for (Index a = 0; a < columns_; ++a) {
    for (Index b = 0; b <= a; ++b) {
      double value = rows_[a * columns_ + b];
      for (Index k = 0; k < b; ++k) value -= rows_[a * columns_ + k] * rows_[b * columns_ + k];
      if (a != b) {
        rows_[a * columns_ + b] = value / rows_[b * columns_ + b];
        continue;
      }
      if (!std::isfinite(value)) return false;
      // A row that depends on those before it, or on nothing that can move: its multiplier stays.
      rows_[a * columns_ + a] = value > 1e-15 * rows_[a * columns_ + a] ? std::sqrt(value) : 1e100;
    }
  }
  return true;
}

bool Newton::factor(const Point& point, bool single) {
  weighScenarios(point);
  weighSegments(point);
  if (!panel_.factor(weight_, phi_, single)) return false;
  buildColumns();
  solved_ = left_;
  panel_.forward(solved_.data(), columns_);
  return factorRows(point);
}

void Newton::rightSide(const Point& point, const Residuals& residuals, const Target& target, Vector& f, Vector& h1) {
  slope_.resize(poly_.segments);
  gathered_.assign(n_, 0.0);
  for (Index e = 0; e < poly_.segments; ++e) {
    slope_[e] = residuals.segment[e] + target.cl[e] / point.x[e] - target.cr[e] / (poly_.width[e] - point.x[e]);
    gathered_[poly_.owner[e]] += theta_[e] * slope_[e];
  }
  error_.resize(master_.count);
  Vector weighted(master_.count), pulled(n_, 0.0);
  double errors = 0.0, tail = 0.0;
  for (Index j = 0; j < master_.count; ++j) {
    const double away = target.cu[j] / h(point, j);
    error_[j] = target.cv[j] / point.q[j] - away;
    weighted[j] = weight_[j] * error_[j];
    errors += weighted[j];
    if (columns_ > m_) tail += master_.cap[j] * away + border_[j] * weighted[j];
  }
  panel_.sums(weighted.data(), pulled.data());
  f.resize(n_ + 1);
  for (Index a = 0; a < n_; ++a) f[a] = residuals.dual[a] + pulled[a] + phi_[a] * gathered_[a];
  f[n_] = errors - residuals.density;
  h1.assign(columns_, 0.0);
  slackSlope_.assign(m_, 0.0);
  for (Index r = 0; r < m_; ++r) {
    if (!poly_.equality(r)) {
      slackSlope_[r] = residuals.slack[r];
      if (poly_.hasLower(r)) slackSlope_[r] += target.c1[r] / (point.s[r] - poly_.rowLower[r]);
      if (poly_.hasUpper(r)) slackSlope_[r] -= target.c2[r] / (poly_.rowUpper[r] - point.s[r]);
    }
    h1[r] = residuals.row[r] + rowTheta_[r] * slackSlope_[r];
    if (!poly_.bent[r]) continue;
    for (Index e = 0; e < poly_.segments; ++e) h1[r] -= poly_.segment[r * poly_.segments + e] * theta_[e] * slope_[e];
    for (Index a = 0; a < n_; ++a) h1[r] += bend_[r * n_ + a] * phi_[a] * gathered_[a];
  }
  if (columns_ > m_) h1[m_] = tail + target.cs / point.lambda1 - residuals.tail;
}

void Newton::solve(const Point& point, const Residuals& residuals, const Target& target, Direction& direction) {
  const Index size = n_ + 1;
  Vector d, dy;
  rightSide(point, residuals, target, d, dy);
  panel_.forward(d.data(), 1);
  for (Index a = 0; a < columns_; ++a) {
    for (Index i = 0; i < size; ++i) dy[a] -= solved_[a * size + i] * d[i];
  }
  for (Index a = 0; a < columns_; ++a) {
    for (Index k = 0; k < a; ++k) dy[a] -= rows_[a * columns_ + k] * dy[k];
    dy[a] /= rows_[a * columns_ + a];
  }
  for (Index a = columns_ - 1; a >= 0; --a) {
    for (Index k = a + 1; k < columns_; ++k) dy[a] -= rows_[k * columns_ + a] * dy[k];
    dy[a] /= rows_[a * columns_ + a];
  }
  for (Index a = 0; a < columns_; ++a) {
    for (Index i = 0; i < size; ++i) d[i] += solved_[a * size + i] * dy[a];
  }
  panel_.backward(d.data());
  recover(point, target, d, dy, direction);
}

void Newton::recover(const Point& point, const Target& target, const Vector& d, const Vector& dy, Direction& direction) {
  direction.w.assign(d.begin(), d.begin() + n_);
  direction.t = d[n_];
  direction.y.assign(dy.begin(), dy.begin() + m_);
  direction.lambda1 = columns_ > m_ ? dy[m_] : 0.0;
  direction.room = columns_ > m_ ? (target.cs - point.room * direction.lambda1) / point.lambda1 : 0.0;
  direction.nu.resize(n_);
  for (Index a = 0; a < n_; ++a) direction.nu[a] = gathered_[a] - d[a];
  for (Index r = 0; r < m_; ++r) {
    if (!poly_.bent[r]) continue;
    for (Index a = 0; a < n_; ++a) direction.nu[a] += bend_[r * n_ + a] * dy[r];
  }
  for (Index a = 0; a < n_; ++a) direction.nu[a] *= phi_[a];
  direction.x.resize(poly_.segments);
  direction.zl.resize(poly_.segments);
  direction.zu.resize(poly_.segments);
  for (Index e = 0; e < poly_.segments; ++e) {
    double slope = slope_[e] - direction.nu[poly_.owner[e]];
    for (Index r = 0; r < m_; ++r) {
      if (poly_.bent[r]) slope += poly_.segment[r * poly_.segments + e] * dy[r];
    }
    direction.x[e] = theta_[e] * slope;
    direction.zl[e] = (target.cl[e] - point.zl[e] * direction.x[e]) / point.x[e];
    direction.zu[e] = (target.cr[e] + point.zu[e] * direction.x[e]) / (poly_.width[e] - point.x[e]);
  }
  direction.s.assign(m_, 0.0);
  direction.sl.assign(m_, 0.0);
  direction.su.assign(m_, 0.0);
  for (Index r = 0; r < m_; ++r) {
    if (poly_.equality(r)) continue;
    direction.s[r] = rowTheta_[r] * (slackSlope_[r] - dy[r]);
    if (poly_.hasLower(r)) direction.sl[r] = (target.c1[r] - point.sl[r] * direction.s[r]) / (point.s[r] - poly_.rowLower[r]);
    if (poly_.hasUpper(r)) direction.su[r] = (target.c2[r] + point.su[r] * direction.s[r]) / (poly_.rowUpper[r] - point.s[r]);
  }
  direction.q.resize(master_.count);
  direction.v.resize(master_.count);
  direction.u.resize(master_.count);
  direction.loss.resize(master_.count);
  if (master_.count == 0) return;
  panel_.dots(d.data(), direction.loss.data());
  for (Index j = 0; j < master_.count; ++j) {
    const double gain = direction.loss[j], away = h(point, j);
    const double widening = columns_ > m_ ? border_[j] * direction.lambda1 : 0.0;
    direction.q[j] = weight_[j] * (error_[j] + widening - direction.t - gain);
    direction.v[j] = (target.cv[j] - point.v[j] * direction.q[j]) / point.q[j];
    direction.u[j] = (target.cu[j] - point.u[j] * (direction.lambda1 * master_.cap[j] - direction.q[j])) / away;
    direction.loss[j] = -gain;
  }
}

}  // namespace ballast
