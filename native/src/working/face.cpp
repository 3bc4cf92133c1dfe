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
  for (Index j = 0; j < master.count; ++j) loss[j] = -(loss[j] + (master.offset.empty() ? 0.0 : master.offset[j]));
  return loss;
}

/// VaR and CVaR of weighted losses: the worst of total cap 1.
struct TailCut { double var = 0.0, cvar = 0.0; };

/// Halves the range that holds VaR by the cap of its worse part.
TailCut cutOf(const std::vector<double>& loss, const std::vector<double>& cap) {
  struct Item { double loss, cap; };
  std::vector<Item> items(loss.size());
  for (std::size_t j = 0; j < items.size(); ++j) items[j] = {loss[j], cap[j]};
  const auto worse = [](const Item& a, const Item& b) { return a.loss > b.loss || (a.loss == b.loss && a.cap > b.cap); };
  auto low = items.begin(), high = items.end();
  TailCut cut;
  double taken = 0.0;
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    std::nth_element(low, middle, high, worse);
    double upper = 0.0, weighted = 0.0;
    for (auto item = low; item < middle; ++item) {
      upper += item->cap;
      weighted += item->cap * item->loss;
    }
    if (taken + upper >= 1.0) {
      high = middle;
      continue;
    }
    taken += upper;
    cut.cvar += weighted;
    low = middle;
  }
  cut.var = low->loss;
  cut.cvar += std::min(low->cap, 1.0 - taken) * cut.var;
  return cut;
}

class Face {
 public:
  Face(const Polyhedron& poly, const Master& master, const FacePoint& near)
      : poly_(poly), master_(master), point_(near), lambda_(master.lambda + near.multipliers.tail) {}

  /// `lean`: with the smallest multipliers that meet the equations, instead of those nearest to the given ones.
  std::optional<FacePoint> find(bool lean = false) {
    standAtBends();
    chooseTail();
    chooseScenarios();
    chooseRows();
    if (lean) std::fill(point_.multipliers.row.begin(), point_.multipliers.row.end(), 0.0);
    const Index unknowns = static_cast<Index>(free_.size()) + 1, equations = count();
    if (unknowns > kLargest || equations > kLargest) return std::nullopt;
    buildSystem(unknowns, equations);
    const LeastSquares solver(system_, equations, unknowns);
    for (int round = 0; round < 2; ++round) {
      moveWeights(solver);
      moveMultipliers(solver);
    }
    if (!plausible()) return std::nullopt;
    return point_;
  }

 private:
  [[nodiscard]] Index count() const { return static_cast<Index>(rows_.size() + scenarios_.size()) + (tail_ ? 1 : 0); }

  std::vector<double> gradient() const {
    std::vector<double> g(poly_.assets, 0.0);
    kernels().addRows(master_.panel.data(), master_.count, poly_.assets, point_.density.data(), g.data());
    return g;
  }

  /// An instrument nearer to a bend, in weight, than its slopes there are to 0, in objective, stands at the bend.
  void standAtBends() {
    const std::vector<double> rc = reducedCosts(poly_, gradient().data(), point_.multipliers.row);
    const std::vector<double> x = fill(poly_, point_.weights);
    segment_.assign(poly_.assets, -1);
    for (Index a = 0; a < poly_.assets; ++a) {
      double at = poly_.lower[a];
      for (Index e = poly_.first[a]; e < poly_.first[a + 1]; ++e) {
        const double slope = segmentSlope(poly_, e, rc[a], point_.multipliers.row);
        const double width = poly_.width[e];
        const bool full = x[e] > 0.5 * width;
        const double away = full ? width - x[e] : x[e];
        const bool passed = full && e + 1 < poly_.first[a + 1] && x[e + 1] > 0.0 && away == 0.0;
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
    const std::vector<double> loss = lossesOf(master_, poly_.assets, point_.weights);
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
    const double cvar = cutOf(lossesOf(master_, poly_.assets, point_.weights), master_.cap).cvar;
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
    const std::vector<double> x = fill(poly_, point_.weights);
    for (Index r = 0; r < poly_.rows; ++r) {
      double& y = point_.multipliers.row[r];
      const double value = rowValue(r, x), target = y > 0.0 ? poly_.rowLower[r] : poly_.rowUpper[r];
      if (poly_.equality(r) || std::fabs(target - value) < std::fabs(y)) rows_.push_back({r, target});
      else y = 0.0;
    }
  }

  [[nodiscard]] double rowValue(Index r, const std::vector<double>& x) const {
    double value = poly_.rowConstant[r];
    for (Index a = 0; a < poly_.assets; ++a) value += poly_.asset[r * poly_.assets + a] * point_.weights[a];
    for (Index e = 0; poly_.bent[r] && e < poly_.segments; ++e) value += poly_.segment[r * poly_.segments + e] * x[e];
    return value;
  }

  /// One row per equation over (free weights, t): limits that bind, scenarios at VaR, the tail limit.
  void buildSystem(Index unknowns, Index equations) {
    system_.assign(equations * unknowns, 0.0);
    double* row = system_.data();
    for (const auto& [r, target] : rows_) {
      for (std::size_t k = 0; k < free_.size(); ++k) {
        row[k] = poly_.asset[r * poly_.assets + free_[k]] + poly_.segment[r * poly_.segments + segment_[free_[k]]];
      }
      row += unknowns;
    }
    for (const Index j : scenarios_) {
      for (std::size_t k = 0; k < free_.size(); ++k) row[k] = master_.panel[j * poly_.assets + free_[k]];
      row[unknowns - 1] = 1.0;
      row += unknowns;
    }
    if (!tail_) return;
    row[unknowns - 1] = -1.0;
    for (Index j = 0; j < master_.count; ++j) {
      if (!capped_[j]) continue;
      for (std::size_t k = 0; k < free_.size(); ++k) row[k] += master_.cap[j] * master_.panel[j * poly_.assets + free_[k]];
      row[unknowns - 1] += master_.cap[j];
    }
  }

  void moveWeights(const LeastSquares& solver) {
    std::vector<double> miss;
    const std::vector<double> x = fill(poly_, point_.weights);
    const std::vector<double> loss = lossesOf(master_, poly_.assets, point_.weights);
    for (const auto& [r, target] : rows_) miss.push_back(target - rowValue(r, x));
    for (const Index j : scenarios_) miss.push_back(loss[j] - var_);
    if (tail_) miss.push_back(tailUsed(loss) - *master_.tailLimit);
    const std::vector<double> move = solver.solve(std::move(miss));
    for (std::size_t k = 0; k < free_.size(); ++k) point_.weights[free_[k]] += move[k];
    var_ += move[free_.size()];
  }

  void moveMultipliers(const LeastSquares& solver) {
    const std::vector<double> rc = reducedCosts(poly_, gradient().data(), point_.multipliers.row);
    std::vector<double> miss;
    for (const Index a : free_) miss.push_back(segmentSlope(poly_, segment_[a], rc[a], point_.multipliers.row));
    miss.push_back(lambda_ - std::accumulate(point_.density.begin(), point_.density.end(), 0.0));
    const std::vector<double> move = solver.solveTransposed(miss);
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
      double low = poly_.lower[a];
      for (Index e = poly_.first[a]; e < segment_[a]; ++e) low += poly_.width[e];
      const double high = low + poly_.width[segment_[a]];
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

  const Polyhedron& poly_;
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

/// What a master makes of weights: its objective, and the worst violation of a row or of the tail limit.
struct Score { double objective = 0.0, missed = 0.0; };

Score scoreAt(const Polyhedron& poly, const Master& master, const std::vector<double>& weights) {
  Score score{linearObjective(poly, weights), rowViolation(poly, weights)};
  if (master.count == 0) return score;
  const double cvar = cutOf(lossesOf(master, poly.assets, weights), master.cap).cvar;
  score.objective += master.lambda * cvar;
  if (master.tailLimit) score.missed = std::max(score.missed, cvar - *master.tailLimit);
  return score;
}

/// Lagrangian bound of a master at a density and multipliers.
double boundAt(const Polyhedron& poly, const Master& master, const FacePoint& point) {
  std::vector<double> g(poly.assets, 0.0);
  kernels().addRows(master.panel.data(), master.count, poly.assets, point.density.data(), g.data());
  double bound = boxBound(poly, g.data(), usableDuals(poly, point.multipliers.row));
  for (std::size_t j = 0; j < master.offset.size(); ++j) bound -= point.density[j] * master.offset[j];
  return master.tailLimit ? bound - point.multipliers.tail * *master.tailLimit : bound;
}

/// Moves a point onto its face as far as that makes it no worse.
Settled settleNear(const Polyhedron& poly, const Master& master, FacePoint& point) {
  intoQ(master, point);
  const Score before = scoreAt(poly, master, point.weights);
  Settled own{before.objective, boundAt(poly, master, point), before.missed};
  std::optional<FacePoint> face = Face(poly, master, point).find();
  if (!face) return own;
  intoQ(master, *face);
  const Score after = scoreAt(poly, master, face->weights);
  const double rounding = 1e-13 * (1.0 + std::fabs(before.objective));
  // What the point saved by missing its limits is no reason to prefer it.
  double saved = 0.0;
  for (double y : point.multipliers.row) saved += 2.0 * std::fabs(y) * before.missed;
  saved += 2.0 * point.multipliers.tail * before.missed;
  if (after.objective <= before.objective + saved + rounding && after.missed <= std::max(before.missed, 1e-13)) {
    point.weights = face->weights;
    own.objective = after.objective;
    own.missed = after.missed;
  }
  const double better = boundAt(poly, master, *face);
  if (!(better >= own.bound - rounding)) return own;
  point.density = face->density;
  point.multipliers = face->multipliers;
  own.bound = better;
  return own;
}

/// Rows that all but coincide leave their multipliers free to grow together without end. From this size on, in units where
/// every coefficient is at most 1, what rounding takes from the bound outweighs what the fit of the equations gives it.
constexpr double kLargeMultiplier = 1e3;

/// Takes the smallest multipliers of the face where those given are large and prove less for it.
void slim(const Polyhedron& poly, const Master& master, FacePoint& point, double& bound) {
  if (boundRounding(point.multipliers.row) == 0.0) return;
  std::optional<FacePoint> lean = Face(poly, master, point).find(true);
  if (!lean) return;
  intoQ(master, *lean);
  const double own = boundAt(poly, master, *lean);
  if (!(own - boundRounding(lean->multipliers.row) > bound - boundRounding(point.multipliers.row))) return;
  point.density = lean->density;
  point.multipliers = lean->multipliers;
  bound = own;
}

}  // namespace

double boundRounding(const std::vector<double>& multipliers) {
  double sum = 0.0, largest = 0.0;
  for (const double y : multipliers) {
    sum += std::fabs(y);
    largest = std::max(largest, std::fabs(y));
  }
  return largest > kLargeMultiplier ? 1e-14 * sum : 0.0;
}

Settled settle(const Polyhedron& poly, const Master& master, FacePoint& point) {
  Settled found = settleNear(poly, master, point);
  slim(poly, master, point, found.bound);
  return found;
}

}  // namespace ballast
