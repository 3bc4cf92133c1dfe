#include "ballast/many.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "answering.h"
#include "checked.h"
#include "placement.h"

namespace ballast {
namespace {

/// Problems that follow each other on one thread, each starting where the one before ended.
constexpr Index kChain = 16;

bool shares(const Scenarios& a, const Scenarios& b) {
  const auto same = [](const auto& x, const auto& y) { return x.data() == y.data() && x.size() == y.size(); };
  if (a.rows != b.rows || a.columns != b.columns || !same(a.returns, b.returns) || !same(a.single, b.single)) return false;
  if (a.probabilities.has_value() != b.probabilities.has_value()) return false;
  return !a.probabilities || same(*a.probabilities, *b.probabilities);
}

void refuse(Answer& answer, const InvalidInput& fault) {
  answer.status = Status::InvalidInput;
  answer.field = fault.field;
  answer.message = fault.message;
}

/// Which of an instrument's bends, the lower bound first, is nearest to a weight.
Index bendAt(const Model& model, Index a, double weight) {
  double at = model.lower[a], distance = std::fabs(weight - at);
  Index nearest = 0;
  for (Index e = model.first[a]; e < model.first[a + 1]; ++e) {
    at += model.width[e];
    if (std::fabs(weight - at) >= distance) continue;
    distance = std::fabs(weight - at);
    nearest = e + 1 - model.first[a];
  }
  return nearest;
}

/// The end of one problem as a start for another: an instrument that stood at a bend (a bound, the weight held) is put at
/// the same bend of the other, where it has as many. Those for which that is wrong are priced back in.
Carry movedTo(const Model& next, const Model& last, Carry carry) {
  for (Index a = 0; a < next.assets && !carry.fixed.empty(); ++a) {
    if (!carry.fixed[a]) continue;
    const Index from = next.first[a], to = next.first[a + 1];
    if (to - from != last.first[a + 1] - last.first[a]) {
      carry.fixed[a] = 0;
      continue;
    }
    const Index bend = bendAt(last, a, carry.weights[a]);
    carry.weights[a] = next.lower[a];
    for (Index e = from; e < from + bend; ++e) carry.weights[a] += next.width[e];
  }
  return carry;
}

}  // namespace

std::vector<Answer> solveMany(std::span<const Problem> problems, const Options& options, const CancelToken& cancel) {
  std::vector<Answer> answers(problems.size());
  if (problems.empty()) return answers;
  const Stop stop(cancel, options.timeLimitMs);
  const Scenarios& shared = problems.front().scenarios;
  Answer common;
  double largestReturn = 0.0;
  std::vector<double> mean;
  Pool threads(options.threads);
  std::optional<Placement> placement;
  guarded(common, [&] {
    const Checked checked = checkScenarioSet(shared, &stop, threads);
    if (checked.fault) return refuse(common, *checked.fault);
    largestReturn = checked.largestReturn;
    mean = Tail(shared, 0.5, largestReturn > 0.0 ? largestReturn : 1.0, threads, stop).mean();
    placement.emplace(shared, options.backend, stop);
    common.status = Status::Optimal;
  });
  if (common.status != Status::Optimal) {
    std::fill(answers.begin(), answers.end(), common);
    return answers;
  }
  const Index count = static_cast<Index>(problems.size()), chains = (count + kChain - 1) / kChain;
  threads.each(chains, [&](Index chain) {
    Pool own(1);
    std::optional<Carry> carry;
    std::optional<Model> last;  // the carry's
    for (Index k = chain * kChain; k < std::min(count, (chain + 1) * kChain); ++k) {
      const Problem& problem = problems[k];
      Answer& answer = answers[k];
      answer.backend = "cpu";
      const double began = stop.elapsedMs();
      guarded(answer, [&] {
        if (!shares(problem.scenarios, shared)) return refuse(answer, {"scenarios", "scenarios are not those of the first problem"});
        if (const std::optional<InvalidInput> fault = checkTerms(problem)) return refuse(answer, *fault);
        stop.check();
        placement->run([&](const Scenarios& scenarios, const Place& place) {
          Problem placed = problem;
          placed.scenarios = scenarios;
          answer.backend = place.backend;
          answer.fallback = place.fallback;
          const Model model = buildModel(placed, largestReturn, stop);
          std::unique_ptr<WorkingMemory> memory;
          if (model.hasTail) {
            memory = std::make_unique<WorkingMemory>(model, placed.scenarios, own, stop);
            memory->tail.know(mean);
          }
          std::optional<Carry> begin;
          if (carry) begin = movedTo(model, *last, *carry);
          WorkingResult found = solveWorkingSet(model, placed.scenarios, workingOptions(options, stop), begin ? &*begin : nullptr, own, stop, memory.get());
          carry = found.carry;
          last = model;
          answerFrom(model, placed, std::move(found), largestReturn, options, own, stop, answer);
        });
      });
      if (answer.status != Status::Optimal && answer.status != Status::Feasible) forget(answer);
      answer.elapsedMs = stop.elapsedMs() - began;
    }
  });
  return answers;
}

}  // namespace ballast
