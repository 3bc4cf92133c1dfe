#include "branch/relaxation.h"

#include <algorithm>
#include <cmath>

#include "answering.h"
#include "branch/names_bound.h"
#include "infeasible.h"

namespace ballast {
namespace {

/// Widening of an implied bound, relative: its own rounding must not cut off a portfolio.
constexpr double kRounding = 1e-12;

/// A problem whose bounds and names row are its own.
struct NodeProblem {
  Problem problem;
  std::vector<double> lower, upper, share;
};

/// Name of the row that limits the names: a caller's group has no line break in its name, so the two never meet.
const char* const kNamesRow = "cardinality\n";

}  // namespace

Index countOf(const Names& names, Name kind) { return std::count(names.begin(), names.end(), kind); }

Relaxations::Relaxations(const Problem& problem, double largestReturn, Pool& pool, const Stop& stop)
    : problem_(problem), largestReturn_(largestReturn), pool_(pool), stop_(stop) {
  narrow();
  decide();
}

void Relaxations::narrow() {
  Box box = narrowedBox(problem_);
  lower_ = std::move(box.lower);
  upper_ = std::move(box.upper);
  double reach = kInfinity, funded = 0.0;
  if (problem_.turnover) reach = *problem_.turnover;
  if (problem_.traded) reach = std::min(reach, *problem_.traded);
  bool paid = true;  // no instrument frees equity
  for (Index i = 0; i < assets(); ++i) {
    const double held = heldOf(problem_, i), slack = kRounding * std::max(1.0, std::fabs(held));
    lower_[i] = std::max(lower_[i], held - reach - slack);
    upper_[i] = std::min({upper_[i], held + reach + slack, problem_.leverage.value_or(kInfinity) + slack});
    paid = paid && fundingOf(problem_, i) >= 0.0;
    funded += fundingOf(problem_, i) * lower_[i];
  }
  for (Index i = 0; paid && i < assets(); ++i) {
    const double each = fundingOf(problem_, i), room = 1.0 - problem_.cashLower - funded;
    if (each > 0.0) upper_[i] = std::min(upper_[i], lower_[i] + room / each + kRounding * std::max(1.0, 1.0 / each));
  }
  // Crossed bounds are a conflict that the relaxation without names has already shown, but for rounding.
  for (Index i = 0; i < assets(); ++i) upper_[i] = std::max(upper_[i], lower_[i]);
}

void Relaxations::decide() {
  root_.assign(assets(), Name::Free);
  for (Index i = 0; i < assets(); ++i) {
    if (lower_[i] > 1e-9) root_[i] = Name::In;
    else lower_[i] = 0.0;
    if (root_[i] == Name::Free && (upper_[i] <= kRounding || least(i) > upper_[i])) root_[i] = Name::Out;
  }
}

RelaxationResult Relaxations::solve(const Names& names, const RelaxationGoal& goal, const Seed* seed) {
  NodeProblem node{problem_, lower_, upper_, std::vector<double>(assets(), 0.0)};
  Index free = 0, room = most();
  for (Index i = 0; i < assets(); ++i) {
    if (names[i] == Name::Out) node.lower[i] = node.upper[i] = 0.0;
    if (names[i] == Name::In) node.lower[i] = std::min(least(i), node.upper[i]);
    if (names[i] == Name::Free) node.share[i] = 1.0 / node.upper[i];
    room -= names[i] == Name::In ? 1 : 0;
    free += names[i] == Name::Free ? 1 : 0;
  }
  Problem& problem = node.problem;
  problem.cardinality.reset();
  problem.lower = node.lower;
  problem.upper = node.upper;
  // The least invested leaves room for the most that trading may cost over the whole problem's box, not this one's.
  problem.cashUpper += maxCost(problem_) - maxCost(problem);
  if (free > room) problem.groups.push_back({kNamesRow, node.share, std::nullopt, static_cast<double>(room)});
  const Model model = buildModel(problem, largestReturn_, stop_);
  std::optional<Carry> carry = carryOf(model, seed == nullptr ? nullptr : &seed->warm);
  if (carry) {
    carry->fixed = seed->fixed;
    if (seed->distance > 0.0) carry->distance = seed->distance / model.objectiveScale;
  }
  WorkingOptions options;
  options.tolerance = goal.tolerance;
  WorkingResult found = solveWorkingSet(model, problem_.scenarios, options, carry ? &*carry : nullptr, pool_, stop_);
  RelaxationResult result;
  result.iterations = found.iterations;
  result.passes = found.passes;
  boundNames(model, names, found, result);
  if (found.weights.empty()) {
    if (found.end == WorkingEnd::Infeasible) result.end = RelaxationEnd::Infeasible;
    explain(model, goal.explain, result);
    return result;
  }
  result.end = RelaxationEnd::Solved;
  result.objective = found.objective * model.objectiveScale;
  Seed next;
  next.warm.duals = unscaledDuals(model, {}, found.multipliers.row, found.multipliers.tail);
  next.warm.duals.scenario = {};
  next.warm.weights = found.weights;
  next.fixed = std::move(found.carry.fixed);
  next.distance = found.carry.distance * model.objectiveScale;
  result.seed = std::make_shared<const Seed>(std::move(next));
  result.weights = std::move(found.weights);
  return result;
}

/// Proves a node without weights to be infeasible, if it is. A proof costs linear programmes: none is sought twice.
void Relaxations::explain(const Model& model, bool wanted, RelaxationResult& result) {
  if (result.end == RelaxationEnd::Infeasible && !wanted) return;
  Conflict conflict = findConflict(model, pool_, stop_);
  if (conflict.names.empty() && model.hasTail) conflict = findTailConflict(model, problem_.scenarios, pool_, stop_);
  if (conflict.names.empty() || !(conflict.margin > 0.0)) return;
  result.end = RelaxationEnd::Infeasible;
  for (const std::string& name : conflict.names) {
    const bool branching = name.starts_with("bound:") || name == std::string("group:") + kNamesRow;
    if (!branching) result.conflict.push_back(name);
  }
}

void Relaxations::boundNames(const Model& model, const Names& names, const WorkingResult& found, RelaxationResult& result) {
  const double scale = model.objectiveScale;
  result.bound = found.bound * scale;
  result.whenIn.assign(assets(), result.bound);
  result.whenOut = result.whenIn;
  result.price.assign(assets(), 0.0);
  // A run that ends without a bound has no density that belongs to its multipliers.
  if (!std::isfinite(found.bound) || found.end == WorkingEnd::Infeasible) return;
  std::vector<double> g(assets(), 0.0);
  if (model.hasTail) {
    if (!tail_) tail_.emplace(problem_.scenarios, problem_.confidence, model.returnScale, pool_, stop_);
    tail_->addRows(found.density, g);
  }
  const NamesBound bound = namesBound(model, names, found, g, *this);
  result.bound = std::max(found.bound, bound.value) * scale;
  for (Index i = 0; i < assets(); ++i) {
    result.price[i] = bound.price[i] * scale;
    result.whenIn[i] = std::max(result.bound, bound.whenIn[i] * scale);
    result.whenOut[i] = std::max(result.bound, bound.whenOut[i] * scale);
  }
}

}  // namespace ballast
