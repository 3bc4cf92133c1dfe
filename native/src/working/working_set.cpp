#include "working/working_set.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

constexpr Index kRounds = 60;
constexpr double kFirstTolerance = 3e-4;  // gap of the first master: its scenarios will change anyway
constexpr double kRowsMet = 1e-9;         // row violation of a feasible point, row units
constexpr double kMoved = 0.02;           // a carried point may score this share of the objective off the new optimum
constexpr Index kLeastRows = 2500;        // fewest scenarios of a thinned level
constexpr double kFullBytes = 2e9;        // most memory of a master with every scenario single

class Run {
 public:
  Run(const Model& model, const WorkingOptions& options, WorkingMemory& memory, Pool& pool, const Stop& stop)
      : model_(model), options_(options), pool_(pool), stop_(stop), tail_(memory.tail), scenarios_(memory.scenarios),
        steps_(model, memory.scenarios, pool, stop), passesBefore_(memory.tail.passes()), ceiling_(ceiling()) {}

  WorkingResult solve(const Carry* carry) {
    begin(carry);
    for (Index round = 0; round < kRounds; ++round) {
      look();
      if (options_.progress) options_.progress(gap_, iterations(), passes());
      if (gap_ <= options_.tolerance) {
        result_.end = WorkingEnd::Solved;
        break;
      }
      stop_.check();
      if (full_) break;
      const StepEnd end = next(round);
      if (end == StepEnd::Infeasible) {
        result_.end = WorkingEnd::Infeasible;
        break;
      }
      if (end == StepEnd::Failed && !solveFull()) break;
    }
    return finish();
  }

 private:
  /// No point of the box scores more: losses are at most max|R| sum max(|l|, |u|), in units of max|R|.
  double ceiling() const {
    const Polyhedron& whole = steps_.whole();
    double worst = model_.constant, loss = 0.0;
    for (Index a = 0; a < whole.assets; ++a) {
      const double low = model_.lower[a], high = model_.upper[a];
      worst += std::max(whole.cost[a] * low, whole.cost[a] * high);
      loss += std::max(std::fabs(low), std::fabs(high));
      for (Index e = whole.first[a]; e < whole.first[a + 1]; ++e) worst += std::max(whole.slope[e], 0.0) * whole.width[e];
    }
    return 1.0001 * std::fabs(worst) + 1.0001 * model_.lambda * loss + 1e-9;
  }

  /// A carried point, else the answer over thinned scenarios, else equal weights.
  void begin(const Carry* carry) {
    if (carry != nullptr && static_cast<Index>(carry->weights.size()) == model_.assets) return steps_.take(*carry);
    const Index least = std::max(kLeastRows, 12 * model_.assets);
    if (tail_.rows() >= 4 * least) {
      Tail::Thinned memory;
      const Scenarios thinned = tail_.thin(std::clamp<Index>(tail_.rows() / least, 2, 8), memory);
      WorkingOptions coarse;
      coarse.tolerance = std::max(options_.tolerance, kFirstTolerance);
      const WorkingResult level = solveWorkingSet(model_, thinned, coarse, nullptr, pool_, stop_);
      levelIterations_ = level.iterations;
      if (level.end == WorkingEnd::Solved) return steps_.take(level.carry);
    }
    steps_.startEqual();
  }

  /// Losses, VaR and CVaR at the current weights; a feasible point that scores best so far is kept.
  void look() {
    const std::vector<double>& weights = steps_.weights();
    tail_.losses(weights, loss_);
    tail_.cut(loss_, cut_);
    double size = 0.0;
    for (Index t = 0; t < tail_.rows(); ++t) size += tail_.probability(t) * std::fabs(loss_[t]);
    const bool within = !model_.tailLimit || cut_.cvar <= *model_.tailLimit + kRowsMet;
    here_ = linearObjective(steps_.whole(), weights) + model_.lambda * cut_.cvar;
    if (within && here_ < result_.objective && rowViolation(steps_.whole(), weights) <= kRowsMet) {
      result_.objective = here_;
      result_.weights = weights;
    }
    const double scale = std::max({std::fabs(result_.objective), 1e-3 * model_.lambda * size, 1e-5});
    gap_ = std::isfinite(result_.objective) ? (result_.objective - steps_.bound) / scale : kInfinity;
  }

  /// Which scenarios become single.
  void chooseScenarios(Index round, Index mistaken) {
    const double above = static_cast<double>(cut_.above), assets = static_cast<double>(model_.assets);
    double worse = 0.5 * above, better = worse;
    if (round == 0 && steps_.known()) {
      const auto reach = [&](double n) {
        return std::min(above, std::max(1.5 * n, std::min(0.25 * above, std::sqrt(n * above))));
      };
      // As many as can change places with VaR; more where a pass costs so much that another round is dearer.
      worse = std::max(reach(movable()), std::min(reach(assets), static_cast<double>(tail_.rows()) / 80.0));
      better = 1.5 * worse;
    } else if (round > 0) {
      worse = std::min(above, std::max(0.5 * assets, 0.03 * above));
      better = worse;
    }
    const Index below = static_cast<Index>(cut_.order.size()) - cut_.above - 1;
    scenarios_.widen(loss_, cut_, static_cast<Index>(worse) + 1, std::min(static_cast<Index>(better) + 1, below));
    if (round < 2 || static_cast<double>(scenarios_.singles()) * movable() * movable() < static_cast<double>(scenarios_.elements())) return;
    // Masters dearer than a pass: what is far from VaR by now need not be single.
    const Index keep = static_cast<Index>(8.0 * movable());
    if (mistaken < keep && 4 * keep < scenarios_.singles()) scenarios_.narrow(loss_, cut_, keep, std::min(keep, below));
  }

  /// Instruments the next master can move.
  double movable() const {
    const std::vector<char>& fixed = steps_.fixing().fixed;
    return static_cast<double>(model_.assets - std::count(fixed.begin(), fixed.end(), 1));
  }

  /// One master over the scenarios near VaR.
  StepEnd next(Index round) {
    const Index mistaken = scenarios_.mistaken(loss_, cut_.var);
    chooseScenarios(round, mistaken);
    // Rounds that close nothing: all instruments again, then from the middle, then every scenario.
    stale_ = gap_ < 0.9 * lastGap_ ? 0 : stale_ + 1;
    lastGap_ = gap_;
    if (stale_ == 1) steps_.release();
    if (stale_ == 3) steps_.forget();
    if (stale_ == 5) return StepEnd::Failed;
    InteriorOptions interior;
    interior.ceiling = ceiling_;
    interior.singleAbove = 1e-3;
    const double fine = 0.3 * options_.tolerance;
    interior.tolerance = round == 0      ? std::max(kFirstTolerance, fine)
                         : mistaken == 0 ? fine
                                         : std::max(fine, std::min(1e-4, 0.03 * gap_));
    const Master master = scenarios_.master(model_);
    // Where an iteration costs less than a pass, each master is solved to the end: it may spare a round.
    const double work = static_cast<double>(master.count) * movable() * movable();
    if (steps_.known() && work < static_cast<double>(scenarios_.elements())) interior.tolerance = fine;
    return steps_.improve(master, interior, distance(), round > 0 && mistaken == 0);
  }

  /// The fallback: every scenario single, every instrument free, from the start. False when that takes too much memory.
  bool solveFull() {
    if (static_cast<double>(tail_.rows()) * static_cast<double>(model_.assets) * sizeof(double) > kFullBytes) return false;
    full_ = true;
    scenarios_.takeAll();
    steps_.release();
    steps_.forget();
    InteriorOptions interior;
    interior.ceiling = ceiling_;
    interior.tolerance = 0.3 * options_.tolerance;
    steps_.improve(scenarios_.master(model_), interior, 0.0, false);
    return true;
  }

  /// How far objective and bound may be apart.
  double distance() const {
    const bool both = std::isfinite(result_.objective) && std::isfinite(steps_.bound);
    return both ? std::min(result_.objective - steps_.bound, std::fabs(here_)) : steps_.carriedDistance();
  }

  [[nodiscard]] Index iterations() const { return levelIterations_ + steps_.iterations(); }
  [[nodiscard]] Index passes() const { return tail_.passes() - passesBefore_; }

  WorkingResult finish() {
    result_.iterations = iterations();
    result_.passes = passes();
    result_.bound = steps_.bound;
    result_.multipliers = steps_.boundMultipliers;
    result_.density = steps_.boundDensity;
    if (result_.end == WorkingEnd::Solved) steps_.settleFixing();
    result_.carry = {result_.weights.empty() ? steps_.weights() : result_.weights, steps_.multipliers(),
                     steps_.fixing().fixed, kMoved * std::fabs(result_.objective)};
    return std::move(result_);
  }

  const Model& model_;
  const WorkingOptions& options_;
  Pool& pool_;
  const Stop& stop_;
  Tail& tail_;
  WorkingScenarios& scenarios_;
  Steps steps_;
  Index passesBefore_;
  double ceiling_;
  Index levelIterations_ = 0;
  Tail::Cut cut_;
  std::vector<double> loss_;
  bool full_ = false;  // the fallback ran
  double gap_ = kInfinity;
  double lastGap_ = kInfinity;
  Index stale_ = -1;   // rounds since the gap last fell; the first has none before it
  double here_ = 0.0;  // objective at the current weights
  WorkingResult result_;
};

}  // namespace

WorkingResult solveWorkingSet(const Model& model, const Scenarios& scenarios, const WorkingOptions& options,
                              const Carry* carry, Pool& pool, const Stop& stop, WorkingMemory* memory) {
  if (!model.hasTail) return solveLinear(model, scenarios.rows, options, pool, stop);
  if (memory != nullptr) {
    memory->scenarios.clear();  // what was near VaR for one problem need not be for the next
    return Run(model, options, *memory, pool, stop).solve(carry);
  }
  WorkingMemory own(model, scenarios, pool, stop);
  return Run(model, options, own, pool, stop).solve(carry);
}

}  // namespace ballast
