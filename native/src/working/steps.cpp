#include "working/steps.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/kernels.h"

namespace ballast {
namespace {

constexpr int kAttempts = 4;  // at a master without the fixed instruments

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

StepEnd Steps::improve(const Master& master, const InteriorOptions& options, double distance) {
  if (warm() && fixing_.any() && improveRestricted(master, options, distance)) return StepEnd::Taken;
  return improveWhole(master, options, distance);
}

StepEnd Steps::improveWhole(const Master& master, const InteriorOptions& options, double distance) {
  const std::vector<Index> free = unfixed({});
  const Polyhedron poly = polyhedronOf(model_, free, weights_);
  const Master narrow = scenarios_.narrowed(master, free, weights_);
  const std::vector<double> start = picked(weights_, free);
  InteriorResult found;
  if (warm()) found = solve(poly, narrow, {&start, &multipliers_, distance}, options);
  if (found.end == InteriorEnd::Stalled) found = solve(poly, narrow, {known_ ? &start : nullptr, nullptr, 0.0}, options);
  if (found.end == InteriorEnd::Infeasible) return StepEnd::Infeasible;
  accept(master, found, free, weights_);
  fixing_ = fixAtBends(whole_, weights_, gradient_.data(), usableDuals(whole_, multipliers_.row), found.mu);
  failures_ = found.end == InteriorEnd::Converged ? 0 : failures_ + 1;
  return failures_ < 3 ? StepEnd::Taken : StepEnd::Failed;
}

bool Steps::improveRestricted(const Master& master, const InteriorOptions& options, double distance) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::vector<Index> free = unfixed(fixing_.fixed);
    if (free.empty()) return false;
    const Polyhedron poly = polyhedronOf(model_, free, fixing_.weights);
    const Master narrow = scenarios_.narrowed(master, free, fixing_.weights);
    const std::vector<double> start = picked(weights_, free);
    InteriorOptions quick = options;
    quick.iterations = 40;
    InteriorResult found = solve(poly, narrow, {&start, &multipliers_, distance}, quick);
    if (found.end == InteriorEnd::Stalled) {
      quick.iterations = 100;
      found = solve(poly, narrow, {&start, nullptr, 0.0}, quick);
    }
    if (found.end == InteriorEnd::Stalled) break;
    if (found.end == InteriorEnd::Infeasible) {
      // The proof that the free instruments alone cannot keep the limits tells which others can help.
      if (!ballast::release(whole_, gradientOf(master, found.density).data(), usableDuals(whole_, found.multipliers.row), fixing_)) break;
      continue;
    }
    accept(master, found, free, fixing_.weights);
    ballast::release(whole_, gradient_.data(), usableDuals(whole_, multipliers_.row), fixing_);
    return true;
  }
  fixing_.fixed.clear();
  return false;
}

/// Takes a master's weights, multipliers and bound, on the optimal face where it can be told.
void Steps::accept(const Master& master, const InteriorResult& found, const std::vector<Index>& free,
            const std::vector<double>& fixedAt) {
  FacePoint point{fixedAt, found.density, found.multipliers};
  for (std::size_t k = 0; k < free.size(); ++k) point.weights[free[k]] = found.weights[k];
  const double own = settle(whole_, master, point);
  weights_ = point.weights;
  multipliers_ = point.multipliers;
  known_ = true;
  if (own > bound) {
    bound = own;
    boundMultipliers = multipliers_;
    boundDensity = scenarios_.spread(point.density);
  }
  gradient_ = gradientOf(master, point.density);
}

void Steps::settleFixing() {
  if (gradient_.empty()) return;
  fixing_ = fixAtBends(whole_, weights_, gradient_.data(), usableDuals(whole_, multipliers_.row), 0.0);
}

InteriorResult Steps::solve(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                            const InteriorOptions& options) {
  InteriorResult found = solveMaster(poly, master, start, options, pool_, stop_);
  iterations_ += found.iterations;
  return found;
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
