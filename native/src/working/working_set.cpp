#include "working/working_set.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/kernels.h"
#include "working/face.h"
#include "working/fixing.h"
#include "working/scenarios.h"

namespace ballast {
namespace {

constexpr Index kRounds = 60;
constexpr double kFirstTolerance = 3e-4;  // gap of the first master: its scenarios will change anyway
constexpr double kRowsMet = 1e-9;         // row violation of a feasible point, row units
constexpr Index kLeastRows = 2500;        // fewest scenarios of a thinned level
constexpr double kFullBytes = 2e9;        // most memory of a master with every scenario single

std::vector<Index> allOf(Index count) {
  std::vector<Index> all(count);
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

class Run {
 public:
  Run(const Model& model, const Scenarios& scenarios, const WorkingOptions& options, Pool& pool, const Stop& stop)
      : model_(model), options_(options), pool_(pool), stop_(stop),
        whole_(polyhedronOf(model, allOf(model.assets), {})),
        tail_(scenarios, model.problem->confidence, model.returnScale, pool, stop), scenarios_(tail_, pool) {
    ceiling_ = ceiling();
  }

  WorkingResult solve(const Carry* carry) {
    begin(carry);
    for (Index round = 0; round < kRounds; ++round) {
      look();
      if (options_.progress) options_.progress(gap_, result_.iterations, tail_.passes() + result_.passes);
      if (gap_ <= options_.tolerance) {
        result_.end = WorkingEnd::Solved;
        break;
      }
      stop_.check();
      if (full_) break;
      chooseScenarios(round);
      if (improve(round) || result_.end == WorkingEnd::Infeasible) {
        if (result_.end == WorkingEnd::Infeasible) break;
        continue;
      }
      if (!solveFull()) break;
    }
    result_.passes += tail_.passes();
    result_.carry = {result_.weights.empty() ? weights_ : result_.weights, multipliers_, fixing_.fixed,
                     std::max(result_.objective - result_.bound, 0.0)};
    return std::move(result_);
  }

 private:
  /// No point of the box scores more: losses are at most max|R| sum max(|l|, |u|), in units of max|R|.
  double ceiling() const {
    double worst = model_.constant, loss = 0.0;
    for (Index a = 0; a < whole_.assets; ++a) {
      const double low = model_.lower[a], high = model_.upper[a];
      worst += std::max(whole_.cost[a] * low, whole_.cost[a] * high);
      loss += std::max(std::fabs(low), std::fabs(high));
      for (Index e = whole_.first[a]; e < whole_.first[a + 1]; ++e) worst += std::max(whole_.slope[e], 0.0) * whole_.width[e];
    }
    return 1.0001 * std::fabs(worst) + 1.0001 * model_.lambda * loss + 1e-9;
  }

  void begin(const Carry* carry) {
    if (carry != nullptr && static_cast<Index>(carry->weights.size()) == model_.assets) {
      take(*carry);
      return;
    }
    const Index least = std::max(kLeastRows, 12 * model_.assets);
    if (tail_.rows() >= 4 * least) {
      const Index stride = std::clamp<Index>(tail_.rows() / least, 2, 8);
      Tail::Thinned memory;
      const Scenarios thinned = tail_.thin(stride, memory);
      WorkingOptions coarse = options_;
      coarse.tolerance = std::max(options_.tolerance, kFirstTolerance);
      coarse.progress = nullptr;
      const WorkingResult level = solveWorkingSet(model_, thinned, coarse, nullptr, pool_, stop_);
      result_.iterations += level.iterations;
      if (level.end == WorkingEnd::Solved) {
        take(level.carry);
        distance_ = std::max(0.01 * std::fabs(level.objective), 1e-4 * options_.tolerance);
        return;
      }
    }
    weights_.resize(model_.assets);
    for (Index a = 0; a < model_.assets; ++a) {
      weights_[a] = std::clamp(1.0 / static_cast<double>(model_.assets), model_.lower[a], model_.upper[a]);
    }
  }

  void take(const Carry& carry) {
    weights_ = carry.weights;
    for (Index a = 0; a < model_.assets; ++a) weights_[a] = std::clamp(weights_[a], model_.lower[a], model_.upper[a]);
    known_ = true;
    if (static_cast<Index>(carry.multipliers.row.size()) != whole_.rows) return;
    multipliers_ = carry.multipliers;
    distance_ = carry.distance;
    if (static_cast<Index>(carry.fixed.size()) == model_.assets) fixing_ = carriedFixing(whole_, carry.fixed, weights_);
  }

  /// Losses, VaR and CVaR at the current weights; a feasible point that scores best so far is kept.
  void look() {
    tail_.losses(weights_, loss_);
    tail_.cut(loss_, cut_);
    double size = 0.0;
    for (Index t = 0; t < tail_.rows(); ++t) size += tail_.probability(t) * std::fabs(loss_[t]);
    const bool within = !model_.tailLimit || cut_.cvar <= *model_.tailLimit + kRowsMet;
    const double objective = linearObjective(whole_, weights_) + model_.lambda * cut_.cvar;
    if (within && objective < result_.objective && rowViolation(whole_, weights_) <= kRowsMet) {
      result_.objective = objective;
      result_.weights = weights_;
    }
    here_ = objective;
    const double scale = std::max({std::fabs(result_.objective), 1e-3 * model_.lambda * size, 1e-5});
    gap_ = std::isfinite(result_.objective) ? (result_.objective - result_.bound) / scale : kInfinity;
    mistaken_ = scenarios_.mistaken(loss_, cut_.var);
  }

  /// Which scenarios become single, and the panel of all single ones.
  void chooseScenarios(Index round) {
    const double above = static_cast<double>(cut_.above), assets = static_cast<double>(model_.assets);
    double worse = above, better = 2.0 * above;
    if (round == 0 && known_) {
      worse = std::min(above, std::max(1.5 * assets, std::min(0.25 * above, 1.5 * std::sqrt(assets * above))));
      better = 1.5 * worse;
    } else if (round > 0) {
      worse = std::min(above, std::max(0.5 * assets, 0.03 * above));
      better = worse;
    }
    const Index below = static_cast<Index>(cut_.order.size()) - cut_.above - 1;
    scenarios_.widen(loss_, cut_, static_cast<Index>(worse) + 1, std::min(static_cast<Index>(better) + 1, below));
  }

  /// Solves a master and takes what it gives. False when the run is over.
  bool improve(Index round) {
    const Master master = scenarios_.master(model_);
    InteriorOptions interior;
    interior.ceiling = ceiling_;
    interior.singleAbove = 1e-3;
    const double fine = 0.3 * options_.tolerance;
    interior.tolerance = round == 0       ? std::max(kFirstTolerance, fine)
                         : mistaken_ == 0 ? fine
                                          : std::max(fine, std::min(1e-4, 0.03 * gap_));
    if (!std::isfinite(interior.tolerance)) interior.tolerance = 1e-4;
    const bool usable = known_ && static_cast<Index>(multipliers_.row.size()) == whole_.rows;
    if (usable && fixing_.any() && improveRestricted(master, interior)) return true;
    return improveWhole(master, interior, usable);
  }

  /// The fallback: every scenario single, every instrument free, from the start. False when that takes too much memory.
  bool solveFull() {
    if (static_cast<double>(tail_.rows()) * static_cast<double>(model_.assets) * sizeof(double) > kFullBytes) return false;
    full_ = true;
    scenarios_.takeAll();
    const Master master = scenarios_.master(model_);
    InteriorOptions interior;
    interior.ceiling = ceiling_;
    interior.tolerance = 0.3 * options_.tolerance;
    known_ = false;
    improveWhole(master, interior, false);
    return true;
  }

  double warmDistance() const {
    if (std::isfinite(result_.objective) && std::isfinite(result_.bound)) {
      return std::min(result_.objective - result_.bound, std::fabs(here_));
    }
    return distance_;
  }

  bool improveWhole(const Master& master, const InteriorOptions& interior, bool warm) {
    const std::vector<Index> free = unfixed({});
    const Polyhedron poly = polyhedronOf(model_, free, weights_);
    const Master narrow = scenarios_.narrowed(master, free, weights_);
    const std::vector<double> start = picked(weights_, free);
    InteriorResult found;
    if (warm) {
      found = solveMaster(poly, narrow, {&start, &multipliers_, warmDistance()}, interior, pool_, stop_);
      result_.iterations += found.iterations;
    }
    if (found.end == InteriorEnd::Stalled) {
      found = solveMaster(poly, narrow, {known_ ? &start : nullptr, nullptr, 0.0}, interior, pool_, stop_);
      result_.iterations += found.iterations;
    }
    if (found.end == InteriorEnd::Infeasible) {
      multipliers_ = found.multipliers;
      result_.multipliers = found.multipliers;
      result_.end = WorkingEnd::Infeasible;
      return false;
    }
    const std::vector<double> g = accept(master, found, free, weights_);
    fixing_ = fixAtBends(whole_, weights_, g.data(), usableDuals(whole_, multipliers_.row), found.mu);
    if (found.end == InteriorEnd::Converged) {
      failures_ = 0;
      return true;
    }
    return ++failures_ < 3;
  }

  bool improveRestricted(const Master& master, const InteriorOptions& interior) {
    const std::vector<Index> free = unfixed(fixing_.fixed);
    if (free.empty()) return false;
    const Polyhedron poly = polyhedronOf(model_, free, fixing_.weights);
    const Master narrow = scenarios_.narrowed(master, free, fixing_.weights);
    const std::vector<double> start = picked(weights_, free);
    InteriorOptions quick = interior;
    quick.iterations = 40;
    InteriorResult found = solveMaster(poly, narrow, {&start, &multipliers_, warmDistance()}, quick, pool_, stop_);
    result_.iterations += found.iterations;
    if (found.end == InteriorEnd::Stalled) {
      quick.iterations = 100;
      found = solveMaster(poly, narrow, {&start, nullptr, 0.0}, quick, pool_, stop_);
      result_.iterations += found.iterations;
    }
    if (found.end != InteriorEnd::Converged) {
      fixing_.fixed.clear();
      return false;
    }
    const std::vector<double> g = accept(master, found, free, fixing_.weights);
    release(whole_, g.data(), usableDuals(whole_, multipliers_.row), fixing_);
    return true;
  }

  /// Takes a master's weights, multipliers and bound, on the optimal face where it can be told; returns g = R'q over all
  /// instruments.
  std::vector<double> accept(const Master& master, const InteriorResult& found, const std::vector<Index>& free,
                             const std::vector<double>& fixedAt) {
    FacePoint point{fixedAt, found.density, found.multipliers};
    for (std::size_t k = 0; k < free.size(); ++k) point.weights[free[k]] = found.weights[k];
    const double bound = settle(whole_, master, point);
    weights_ = point.weights;
    multipliers_ = point.multipliers;
    known_ = true;
    if (bound > result_.bound) {
      result_.bound = bound;
      result_.multipliers = multipliers_;
      result_.density = scenarios_.spread(point.density);
    }
    std::vector<double> g(model_.assets, 0.0);
    kernels().addRows(master.panel.data(), master.count, model_.assets, point.density.data(), g.data());
    return g;
  }

  /// Instruments that can move and are not in `fixed`.
  std::vector<Index> unfixed(const std::vector<char>& fixed) const {
    std::vector<Index> free;
    for (Index a = 0; a < model_.assets; ++a) {
      if (whole_.first[a] < whole_.first[a + 1] && (fixed.empty() || !fixed[a])) free.push_back(a);
    }
    return free;
  }

  static std::vector<double> picked(const std::vector<double>& from, const std::vector<Index>& which) {
    std::vector<double> some;
    for (const Index a : which) some.push_back(from[a]);
    return some;
  }

  const Model& model_;
  const WorkingOptions& options_;
  Pool& pool_;
  const Stop& stop_;
  Polyhedron whole_;
  Tail tail_;
  WorkingScenarios scenarios_;
  Tail::Cut cut_;
  std::vector<double> loss_;
  std::vector<double> weights_;
  bool full_ = false;   // the fallback ran
  bool known_ = false;  // weights_ come from a solve
  Multipliers multipliers_;
  Fixing fixing_;
  double distance_ = 0.0;
  double ceiling_ = kInfinity;
  double gap_ = kInfinity;
  double here_ = 0.0;  // objective at weights_
  Index mistaken_ = 0;
  Index failures_ = 0;
  WorkingResult result_;
};

}  // namespace

WorkingResult solveWorkingSet(const Model& model, const Scenarios& scenarios, const WorkingOptions& options,
                              const Carry* carry, Pool& pool, const Stop& stop) {
  if (!model.hasTail) return solveLinear(model, scenarios.rows, options, pool, stop);
  return Run(model, scenarios, options, pool, stop).solve(carry);
}

}  // namespace ballast
