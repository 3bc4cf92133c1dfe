#include "ballast/frontier.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "answering.h"
#include "checked.h"
#include "placement.h"

namespace ballast {
namespace {

double returnOf(const Problem& problem, const std::vector<double>& weights) {
  double sum = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += (*problem.mean)[i] * weights[i];
  return sum;
}

/// Solves the points one after the other, each from the one before and over its scenarios.
class Walk {
 public:
  Walk(const Problem& problem, const Place& place, double largestReturn, const Options& options, const Stop& stop, Pool& pool)
      : problem_(problem), place_(place), largestReturn_(largestReturn), options_(options), stop_(stop), pool_(pool) {}

  Answer solve(const Problem& point) {
    Answer answer;
    answer.backend = place_.backend;
    answer.fallback = place_.fallback;
    const double began = stop_.elapsedMs();
    const Model model = buildModel(point, largestReturn_, stop_);
    if (model.hasTail && memory_ == nullptr) {
      memory_ = std::make_unique<WorkingMemory>(model, problem_.scenarios, pool_, stop_);  // `point` goes, the memory stays
    }
    WorkingResult found = solveWorkingSet(model, point.scenarios, workingOptions(options_, stop_),
                                          carry_ ? &*carry_ : nullptr, pool_, stop_, memory_.get());
    carry_ = found.carry;
    answerFrom(model, point, std::move(found), largestReturn_, options_, pool_, stop_, answer);
    if (!answer.weights.empty()) answer.figures.expectedReturn = returnOf(problem_, answer.weights);
    answer.elapsedMs = stop_.elapsedMs() - began;
    return answer;
  }

  /// Lets the next point start at these weights: the last one is the portfolio of the largest return, or next to it.
  void startAt(const std::vector<double>& weights) {
    if (carry_) carry_->weights = weights;
  }

  /// The largest mean'w the limits allow.
  Answer largest() {
    Problem most = problem_;
    most.riskAversion = 0.0;
    if (most.cost) most.cost->holdingPeriods = 1e12;  // what it costs is no reason to earn less; the budget still pays it
    Answer answer;
    const Model model = buildModel(most, largestReturn_, stop_);
    WorkingResult found = solveWorkingSet(model, most.scenarios, workingOptions(options_, stop_), nullptr, pool_, stop_);
    answerFrom(model, most, std::move(found), largestReturn_, options_, pool_, stop_, answer);
    return answer;
  }

 private:
  const Problem& problem_;
  const Place& place_;
  double largestReturn_;
  const Options& options_;
  const Stop& stop_;
  Pool& pool_;
  std::unique_ptr<WorkingMemory> memory_;
  std::optional<Carry> carry_;
};

/// A floor under every portfolio of the box.
double lowest(const Problem& problem) {
  const Box box = narrowedBox(problem);
  double sum = -1.0;
  for (std::size_t i = 0; i < box.lower.size(); ++i) {
    sum -= std::fabs((*problem.mean)[i]) * std::max(std::fabs(box.lower[i]), std::fabs(box.upper[i]));
  }
  return sum;
}

bool solved(const Answer& answer) { return answer.status == Status::Optimal || answer.status == Status::Feasible; }

void fail(Frontier& frontier, const Answer& answer) {
  frontier.status = answer.status;
  frontier.message = answer.message;
  frontier.conflict = answer.conflict;
}

void walk(const Problem& problem, const Place& place, Index points, double largestReturn, const Options& options,
          const Stop& stop, Pool& pool, Frontier& frontier) {
  Walk walk(problem, place, largestReturn, options, stop, pool);
  const Answer top = walk.largest();
  if (!solved(top)) return fail(frontier, top);
  const Answer safest = walk.solve(pointProblem(problem, lowest(problem)));
  if (!solved(safest)) return fail(frontier, safest);
  const double low = returnOf(problem, safest.weights), high = std::max(returnOf(problem, top.weights), low);
  frontier.status = Status::Optimal;
  for (Index k = 0; k < points; ++k) {
    // The last point stays a hair inside: at the very top the floor leaves no room to move.
    const double share = k + 1 == points ? 1.0 - 1e-6 : static_cast<double>(k) / static_cast<double>(points - 1);
    frontier.floors.push_back(low + share * (high - low));
    if (k + 1 == points) walk.startAt(top.weights);
    frontier.points.push_back(walk.solve(pointProblem(problem, frontier.floors.back())));
    const Answer& point = frontier.points.back();
    if (!solved(point)) return fail(frontier, point);
    if (point.status == Status::Feasible) frontier.status = Status::Feasible;
  }
}

}  // namespace

Problem pointProblem(const Problem& problem, double floor) {
  Problem point = problem;
  point.riskAversion = 1.0;
  if (problem.mean) point.groups.push_back({"floor", *problem.mean, floor, std::nullopt});
  if (problem.minimumReturn) {
    point.groups.insert(point.groups.end() - 1, {"minimumReturn", *problem.mean, *problem.minimumReturn, std::nullopt});
    point.minimumReturn.reset();
  }
  point.mean.reset();
  return point;
}

Frontier frontier(const Problem& problem, Index points, const Options& options, const CancelToken& cancel) {
  Frontier result;
  const Stop stop(cancel, options.timeLimitMs);
  guarded(result, [&] {
    Pool pool(options.threads);
    std::optional<InvalidInput> fault;
    const Checked checked = checkProblem(problem, &stop, pool);
    if (points < 2) fault = InvalidInput{"points", "points is " + std::to_string(points) + ", below 2"};
    else if (!problem.mean) fault = InvalidInput{"mean", "a frontier needs mean"};
    else if (problem.cardinality) fault = InvalidInput{"cardinality", "a frontier has no limit on names"};
    else fault = checked.fault;
    if (fault) {
      result.status = Status::InvalidInput;
      result.field = fault->field;
      result.message = fault->message;
      return;
    }
    Placement placement(problem.scenarios, options.backend, stop);
    placement.run([&](const Scenarios& scenarios, const Place& place) {
      Problem placed = problem;
      placed.scenarios = scenarios;
      result = Frontier{};
      walk(placed, place, points, checked.largestReturn, options, stop, pool, result);
    });
  });
  return result;
}

}  // namespace ballast
