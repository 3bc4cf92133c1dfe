#include "working/face.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "kernels/kernels.h"
#include "linear/least_squares.h"

namespace ballast {
namespace {

constexpr Index kLargest = 400;  // unknowns beyond which the dense least squares cost more than they are worth

std::vector<double> lossesOf(const Master& master, Index assets, const std::vector<double>& weights) {
  std::vector<double> loss(master.count);
  kernels().rowDots(master.panel.data(), master.count, assets, weights.data(), loss.data());
  for (double& value : loss) value = -value;
  return loss;
}

/// VaR and CVaR of weighted losses: the worst of total cap 1.
struct TailCut { double var = 0.0, cvar = 0.0; };

TailCut cutOf(const std::vector<double>& loss, const std::vector<double>& cap) {
  std::vector<Index> order(loss.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return loss[a] > loss[b] || (loss[a] == loss[b] && a < b); });
  TailCut cut;
  double taken = 0.0;
  for (const Index j : order) {
    const double part = std::min(cap[j], 1.0 - taken);
    if (part <= 0.0) break;
    cut.cvar += part * loss[j];
    taken += part;
    cut.var = loss[j];
  }
  return cut;
}

class Face {
 public:
  Face(const Polyhedron& whole, const Master& master, const FacePoint& near)
      : whole_(whole), master_(master), point_(near), lambda_(master.lambda + near.multipliers.tail) {}

  std::optional<FacePoint> find() {
    standAtBends();
    chooseTail();
    chooseScenarios();
    chooseRows();
    const Index unknowns = static_cast<Index>(free_.size()) + 1, equations = count();
    if (unknowns > kLargest || equations > kLargest) return std::nullopt;
    buildSystem(unknowns, equations);
    for (int round = 0; round < 2; ++round) {
      moveWeights(unknowns, equations);
      moveMultipliers(unknowns, equations);
    }
    if (!plausible()) return std::nullopt;
    return point_;
  }

 private:
  [[nodiscard]] Index count() const { return static_cast<Index>(rows_.size() + scenarios_.size()) + (tail_ ? 1 : 0); }

  std::vector<double> gradient() const {
    std::vector<double> g(whole_.assets, 0.0);
    kernels().addRows(master_.panel.data(), master_.count, whole_.assets, point_.density.data(), g.data());
    return g;
  }

  /// An instrument nearer to a bend, in weight, than its slopes there are to 0, in objective, stands at the bend.
  void standAtBends() {
    const std::vector<double> rc = reducedCosts(whole_, gradient().data(), point_.multipliers.row);
    const std::vector<double> x = fill(whole_, point_.weights);
    segment_.assign(whole_.assets, -1);
    for (Index a = 0; a < whole_.assets; ++a) {
      double at = whole_.lower[a];
      for (Index e = whole_.first[a]; e < whole_.first[a + 1]; ++e) {
        const double slope = segmentSlope(whole_, e, rc[a], point_.multipliers.row);
        const double width = whole_.width[e];
        const bool full = x[e] > 0.5 * width;
        const double away = full ? width - x[e] : x[e];
        const bool passed = full && e + 1 < whole_.first[a + 1] && x[e + 1] > 0.0 && away == 0.0;
        if (passed || away < (full ? -slope : slope)) {
          if (full) at += width;
          continue;
        }
        segment_[a] = e;
        break;
      }
      if (segment_[a] >= 0) free_.push_back(a);
      else point_.weights[a] = at;
    }
  }

  /// A scenario nearer to VaR than its density is to an end is at VaR.
  void chooseScenarios() {
    const std::vector<double> loss = lossesOf(master_, whole_.assets, point_.weights);
    var_ = master_.count > 0 ? cutOf(loss, master_.cap).var : 0.0;
    capped_.assign(master_.count, 0);
    for (Index j = 0; j < master_.count; ++j) {
      const double cap = lambda_ * master_.cap[j];
      const double inside = std::min(point_.density[j], cap - point_.density[j]);
      if (std::fabs(loss[j] - var_) < inside) {
        scenarios_.push_back(j);
      } else {
        capped_[j] = 2.0 * point_.density[j] > cap ? 1 : 0;
        point_.density[j] = capped_[j] ? cap : 0.0;
      }
    }
  }

  /// The tail limit binds when its room is smaller than its multiplier; else it costs nothing.
  void chooseTail() {
    if (!master_.tailLimit) return;
    const double cvar = cutOf(lossesOf(master_, whole_.assets, point_.weights), master_.cap).cvar;
    tail_ = point_.multipliers.tail > *master_.tailLimit - cvar;
    if (tail_) return;
    const double share = lambda_ > 0.0 ? master_.lambda / lambda_ : 0.0;
    for (double& q : point_.density) q *= share;
    lambda_ = master_.lambda;
    point_.multipliers.tail = 0.0;
  }

  [[nodiscard]] double tailUsed(const std::vector<double>& loss) const {
    double used = var_;
    for (Index j = 0; j < master_.count; ++j) {
      if (capped_[j]) used += master_.cap[j] * (loss[j] - var_);
    }
    return used;
  }

  void chooseRows() {
    const std::vector<double> x = fill(whole_, point_.weights);
    for (Index r = 0; r < whole_.rows; ++r) {
      double& y = point_.multipliers.row[r];
      const double value = rowValue(r, x), target = y > 0.0 ? whole_.rowLower[r] : whole_.rowUpper[r];
      if (whole_.equality(r) || std::fabs(target - value) < std::fabs(y)) rows_.push_back({r, target});
      else y = 0.0;
    }
  }

  [[nodiscard]] double rowValue(Index r, const std::vector<double>& x) const {
    double value = whole_.rowConstant[r];
    for (Index a = 0; a < whole_.assets; ++a) value += whole_.asset[r * whole_.assets + a] * point_.weights[a];
    for (Index e = 0; whole_.bent[r] && e < whole_.segments; ++e) value += whole_.segment[r * whole_.segments + e] * x[e];
    return value;
  }

  /// One row per equation over (free weights, t): limits that bind, scenarios at VaR, the tail limit.
  void buildSystem(Index unknowns, Index equations) {
    system_.assign(equations * unknowns, 0.0);
    double* row = system_.data();
    for (const auto& [r, target] : rows_) {
      for (std::size_t k = 0; k < free_.size(); ++k) {
        row[k] = whole_.asset[r * whole_.assets + free_[k]] + whole_.segment[r * whole_.segments + segment_[free_[k]]];
      }
      row += unknowns;
    }
    for (const Index j : scenarios_) {
      for (std::size_t k = 0; k < free_.size(); ++k) row[k] = master_.panel[j * whole_.assets + free_[k]];
      row[unknowns - 1] = 1.0;
      row += unknowns;
    }
    if (!tail_) return;
    row[unknowns - 1] = -1.0;
    for (Index j = 0; j < master_.count; ++j) {
      if (!capped_[j]) continue;
      for (std::size_t k = 0; k < free_.size(); ++k) row[k] += master_.cap[j] * master_.panel[j * whole_.assets + free_[k]];
      row[unknowns - 1] += master_.cap[j];
    }
  }

  void moveWeights(Index unknowns, Index equations) {
    std::vector<double> miss;
    const std::vector<double> x = fill(whole_, point_.weights);
    const std::vector<double> loss = lossesOf(master_, whole_.assets, point_.weights);
    for (const auto& [r, target] : rows_) miss.push_back(target - rowValue(r, x));
    for (const Index j : scenarios_) miss.push_back(loss[j] - var_);
    if (tail_) miss.push_back(tailUsed(loss) - *master_.tailLimit);
    const std::vector<double> move = leastSquares(system_, equations, unknowns, miss);
    for (std::size_t k = 0; k < free_.size(); ++k) point_.weights[free_[k]] += move[k];
    var_ += move[unknowns - 1];
  }

  void moveMultipliers(Index unknowns, Index equations) {
    const std::vector<double> rc = reducedCosts(whole_, gradient().data(), point_.multipliers.row);
    std::vector<double> miss;
    for (const Index a : free_) miss.push_back(segmentSlope(whole_, segment_[a], rc[a], point_.multipliers.row));
    miss.push_back(lambda_ - std::accumulate(point_.density.begin(), point_.density.end(), 0.0));
    std::vector<double> transposed(system_.size());
    for (Index i = 0; i < equations; ++i) {
      for (Index k = 0; k < unknowns; ++k) transposed[k * equations + i] = system_[i * unknowns + k];
    }
    const std::vector<double> move = leastSquares(transposed, unknowns, equations, miss);
    std::size_t at = 0;
    for (const auto& [r, target] : rows_) point_.multipliers.row[r] += move[at++];
    for (const Index j : scenarios_) point_.density[j] += move[at++];
    if (!tail_) return;
    point_.multipliers.tail += move[at];
    lambda_ += move[at];
    for (Index j = 0; j < master_.count; ++j) {
      if (capped_[j]) point_.density[j] = lambda_ * master_.cap[j];
    }
  }

  /// Inside the box and Q: weights and densities that left them by more than rounding tell of a wrong face.
  bool plausible() {
    constexpr double slack = 1e-12;
    for (const Index a : free_) {
      double low = whole_.lower[a];
      for (Index e = whole_.first[a]; e < segment_[a]; ++e) low += whole_.width[e];
      const double high = low + whole_.width[segment_[a]];
      double& w = point_.weights[a];
      if (!(w > low - slack && w < high + slack)) return false;
      w = std::clamp(w, low, high);
    }
    for (const Index j : scenarios_) {
      double& q = point_.density[j];
      const double cap = lambda_ * master_.cap[j];
      if (!(q > -slack && q < cap + slack)) return false;
      q = std::clamp(q, 0.0, cap);
    }
    return point_.multipliers.tail >= 0.0;
  }

  struct ActiveRow { Index row; double target; };

  const Polyhedron& whole_;
  const Master& master_;
  FacePoint point_;
  double lambda_;
  double var_ = 0.0;
  bool tail_ = false;
  std::vector<Index> free_;      // instruments between bends
  std::vector<Index> segment_;   // [N] the segment a free instrument is in
  std::vector<Index> scenarios_; // at VaR
  std::vector<char> capped_;     // [J] beyond VaR
  std::vector<ActiveRow> rows_;
  std::vector<double> system_;
};

/// Moves the density into 0 <= q <= lambda cap, sum q = lambda: only there is the bound one.
void intoQ(const Master& master, FacePoint& point) {
  const double lambda = master.lambda + point.multipliers.tail;
  double sum = 0.0, room = 0.0;
  for (Index j = 0; j < master.count; ++j) {
    double& q = point.density[j];
    q = std::clamp(q, 0.0, lambda * master.cap[j]);
    sum += q;
    room += lambda * master.cap[j] - q;
  }
  for (Index j = 0; j < master.count; ++j) {
    double& q = point.density[j];
    if (sum > lambda) q *= lambda / sum;
    else if (room > 0.0) q += (lambda * master.cap[j] - q) * std::min((lambda - sum) / room, 1.0);
  }
}

/// Objective of a master at weights: linear part and lambda CVaR.
double objectiveAt(const Polyhedron& whole, const Master& master, const std::vector<double>& weights) {
  const double linear = linearObjective(whole, weights);
  if (master.count == 0) return linear;
  return linear + master.lambda * cutOf(lossesOf(master, whole.assets, weights), master.cap).cvar;
}

/// Lagrangian bound of a master at a density and multipliers.
double boundAt(const Polyhedron& whole, const Master& master, const FacePoint& point) {
  std::vector<double> g(whole.assets, 0.0);
  kernels().addRows(master.panel.data(), master.count, whole.assets, point.density.data(), g.data());
  const double bound = boxBound(whole, g.data(), usableDuals(whole, point.multipliers.row));
  return master.tailLimit ? bound - point.multipliers.tail * *master.tailLimit : bound;
}

}  // namespace

double settle(const Polyhedron& whole, const Master& master, FacePoint& point) {
  intoQ(master, point);
  const double bound = boundAt(whole, master, point);
  std::optional<FacePoint> face = Face(whole, master, point).find();
  if (!face) return bound;
  intoQ(master, *face);
  const double before = objectiveAt(whole, master, point.weights), after = objectiveAt(whole, master, face->weights);
  const double rounding = 1e-13 * (1.0 + std::fabs(before));
  // What the point saved by missing its limits is no reason to prefer it.
  const double missed = rowViolation(whole, point.weights);
  double saved = 0.0;
  for (double y : point.multipliers.row) saved += 2.0 * std::fabs(y) * missed;
  const bool feasible = rowViolation(whole, face->weights) <= std::max(missed, 1e-13);
  if (after <= before + saved + rounding && feasible) point.weights = face->weights;
  const double better = boundAt(whole, master, *face);
  if (!(better >= bound - rounding)) return bound;
  point.density = face->density;
  point.multipliers = face->multipliers;
  return better;
}

}  // namespace ballast
