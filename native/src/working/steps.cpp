#include "working/steps.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/kernels.h"

namespace ballast {
namespace {

constexpr Index kFew = 32;           // instruments that are not worth leaving out
constexpr int kAttempts = 4;          // at a master without the fixed instruments
constexpr double kIterations = 8.0;   // of a warm master, to tell what it costs
constexpr double kNear = 1e-5;        // distance, as a share of lambda, that counts as little
constexpr double kMet = 1e-9;         // violation of a settled point, row units

std::vector<Index> allOf(Index count) {
  std::vector<Index> all(count);
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

std::vector<double> picked(const std::vector<double>& from, const std::vector<Index>& which) {
  std::vector<double> some;
  for (const Index a : which) some.push_back(from[a]);
  return some;
}

}  // namespace

Steps::Steps(const Model& model, WorkingScenarios& scenarios, Pool& pool, const Stop& stop)
    : model_(model), scenarios_(scenarios), pool_(pool), stop_(stop), whole_(polyhedronOf(model, allOf(model.assets), {})) {}

void Steps::take(const Carry& carry) {
  weights_ = carry.weights;
  for (Index a = 0; a < model_.assets; ++a) weights_[a] = std::clamp(weights_[a], model_.lower[a], model_.upper[a]);
  known_ = true;
  if (static_cast<Index>(carry.multipliers.row.size()) != whole_.rows) return;
  multipliers_ = carry.multipliers;
  distance_ = carry.distance;
  if (static_cast<Index>(carry.fixed.size()) == model_.assets) fixing_ = carriedFixing(whole_, carry.fixed, weights_);
}

void Steps::startEqual() {
  weights_.resize(model_.assets);
  for (Index a = 0; a < model_.assets; ++a) {
    weights_[a] = std::clamp(1.0 / static_cast<double>(model_.assets), model_.lower[a], model_.upper[a]);
  }
}

StepEnd Steps::improve(const Master& master, const InteriorOptions& options, double distance, bool alike) {
  alike_ = alike;
  if (model_.assets > kFew && warm() && fixing_.any() && improveRestricted(master, options, distance)) return StepEnd::Taken;
  return improveWhole(master, options, distance);
}

StepEnd Steps::improveWhole(const Master& master, const InteriorOptions& options, double distance) {
  const std::vector<Index> free = unfixed({});
  const Polyhedron poly = polyhedronOf(model_, free, weights_);
  const Master narrow = scenarios_.narrowed(master, free, weights_);
  const std::vector<double> start = picked(weights_, free);
  Solved found;
  if (warm()) found = solveWarm(poly, narrow, free, distance, options);
  if (found.end == InteriorEnd::Stalled) found = solve(poly, narrow, {.weights = known_ ? &start : nullptr}, options);
  if (found.end == InteriorEnd::Infeasible) return StepEnd::Infeasible;
  accept(master, found, free, weights_);
  fixing_ = fixAtBends(whole_, weights_, gradient_.data(), usableDuals(whole_, multipliers_.row), found.mu);
  failures_ = found.end == InteriorEnd::Converged ? 0 : failures_ + 1;
  return failures_ < 3 ? StepEnd::Taken : StepEnd::Failed;
}

bool Steps::improveRestricted(const Master& master, const InteriorOptions& options, double distance) {
  bool taken = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::vector<Index> free = unfixed(fixing_.fixed);
    if (free.empty()) break;
    const Polyhedron poly = polyhedronOf(model_, free, fixing_.weights);
    const Master narrow = scenarios_.narrowed(master, free, fixing_.weights);
    const std::vector<double> start = picked(weights_, free);
    InteriorOptions quick = options;
    quick.iterations = 40;
    Solved found = solveWarm(poly, narrow, free, distance, quick);
    if (found.end == InteriorEnd::Stalled) {
      quick.iterations = 100;
      found = solve(poly, narrow, {.weights = &start}, quick);
    }
    if (found.end == InteriorEnd::Stalled) break;
    if (found.end == InteriorEnd::Infeasible) {
      // The proof that the free instruments alone cannot keep the limits tells which others can help.
      const std::vector<double> ray = gradientOf(master, found.point.density);
      if (!ballast::release(whole_, ray.data(), usableDuals(whole_, found.point.multipliers.row), fixing_)) break;
      continue;
    }
    distance = found.worth.objective - accept(master, found, free, fixing_.weights);
    taken = true;
    const bool more = ballast::release(whole_, gradient_.data(), usableDuals(whole_, multipliers_.row), fixing_);
    alike_ = !more;
    // With few instruments a master costs less than the pass that would follow it.
    if (!more || distance <= options.tolerance * std::fabs(found.worth.objective) || !cheap(master)) return true;
  }
  if (!taken) fixing_.fixed.clear();
  return taken;
}

/// Whether another master over the instruments now free costs less than a pass over all scenarios.
bool Steps::cheap(const Master& master) const {
  const double free = static_cast<double>(unfixed(fixing_.fixed).size());
  return kIterations * static_cast<double>(master.count) * free * free < static_cast<double>(scenarios_.elements());
}

/// From the last point. Where the master is much like the one before and little is left to gain, the start hardly leaves
/// that point and carries its density along: the way back from inside would be longer. Elsewhere it would stand too close
/// to limits that are to move.
Steps::Solved Steps::solveWarm(const Polyhedron& poly, const Master& master, const std::vector<Index>& free,
                               double distance, const InteriorOptions& options) {
  const std::vector<double> weights = picked(weights_, free);
  InteriorStart start{.weights = &weights, .multipliers = &multipliers_, .distance = distance};
  std::vector<double> density;
  if (alike_ && !density_.empty() && distance < kNear * master.lambda) {
    density = scenarios_.carried(density_, layout_);
    if (!density.empty()) start.density = &density;
  }
  return solve(poly, master, start, options);
}

/// Takes a master's weights and multipliers; its bound over all instruments.
double Steps::accept(const Master& master, const Solved& found, const std::vector<Index>& free,
                     const std::vector<double>& fixedAt) {
  weights_ = fixedAt;
  for (std::size_t k = 0; k < free.size(); ++k) weights_[free[k]] = found.point.weights[k];
  multipliers_ = found.point.multipliers;
  known_ = true;
  gradient_ = gradientOf(master, found.point.density);
  double own = boxBound(whole_, gradient_.data(), usableDuals(whole_, multipliers_.row));
  if (master.tailLimit) own -= multipliers_.tail * *master.tailLimit;
  own -= boundRounding(multipliers_.row);
  density_ = found.point.density;
  layout_ = scenarios_.layout();
  if (own > bound) {
    bound = own;
    boundMultipliers = multipliers_;
    boundDensity = scenarios_.spread(found.point.density);
  }
  return own;
}

void Steps::settleFixing() {
  if (gradient_.empty()) return;
  fixing_ = fixAtBends(whole_, weights_, gradient_.data(), usableDuals(whole_, multipliers_.row), 0.0);
}

/// Solves a master and settles its point. The run ends as soon as a settled point is good enough, which is long before
/// the interior one is: a face is found once mu tells apart what binds.
Steps::Solved Steps::solve(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                           const InteriorOptions& options) {
  Solved solved;
  bool done = false;
  const auto settleAt = [&](const InteriorResult& at) {
    solved.point = {at.weights, at.density, at.multipliers};
    solved.worth = settle(poly, master, solved.point);
    const double scale = std::max(std::fabs(solved.worth.objective), options.floor);
    done = solved.worth.missed <= kMet && solved.worth.objective - solved.worth.bound <= options.tolerance * scale;
    return done;
  };
  InteriorOptions watched = options;
  watched.enough = settleAt;
  const InteriorResult found = solveMaster(poly, master, start, watched, pool_, stop_);
  iterations_ += found.iterations;
  solved.end = found.end;
  solved.mu = found.mu;
  if (found.end == InteriorEnd::Infeasible) solved.point = {found.weights, found.density, found.multipliers};
  else if (!done) settleAt(found);
  return solved;
}

/// R'q [N] of a density over a master.
std::vector<double> Steps::gradientOf(const Master& master, const std::vector<double>& density) const {
  std::vector<double> g(model_.assets, 0.0);
  kernels().addRows(master.panel.data(), master.count, model_.assets, density.data(), g.data());
  return g;
}

/// Instruments that can move and are not in `fixed`.
std::vector<Index> Steps::unfixed(const std::vector<char>& fixed) const {
  std::vector<Index> free;
  for (Index a = 0; a < model_.assets; ++a) {
    if (whole_.first[a] < whole_.first[a + 1] && (fixed.empty() || !fixed[a])) free.push_back(a);
  }
  return free;
}

}  // namespace ballast
