#include "ballast/many.h"

#include <algorithm>
#include <memory>

#include "answering.h"
#include "checked.h"

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
  guarded(common, [&] {
    const Checked checked = checkScenarioSet(shared, &stop, threads);
    if (checked.fault) return refuse(common, *checked.fault);
    largestReturn = checked.largestReturn;
    mean = Tail(shared, 0.5, largestReturn > 0.0 ? largestReturn : 1.0, threads, stop).mean();
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
    for (Index k = chain * kChain; k < std::min(count, (chain + 1) * kChain); ++k) {
      const Problem& problem = problems[k];
      Answer& answer = answers[k];
      answer.backend = "cpu";
      const double began = stop.elapsedMs();
      guarded(answer, [&] {
        if (!shares(problem.scenarios, shared)) return refuse(answer, {"scenarios", "scenarios are not those of the first problem"});
        if (const std::optional<InvalidInput> fault = checkTerms(problem)) return refuse(answer, *fault);
        stop.check();
        const Model model = buildModel(problem, largestReturn, stop);
        std::unique_ptr<WorkingMemory> memory;
        if (model.hasTail) {
          memory = std::make_unique<WorkingMemory>(model, shared, own, stop);
          memory->tail.know(mean);
        }
        const bool fits = carry.has_value();
        WorkingResult found = solveWorkingSet(model, shared, workingOptions(options, stop), fits ? &*carry : nullptr, own, stop, memory.get());
        carry = found.carry;
        carry->fixed.clear();  // what stood at a bend for one holder need not for the next
        answerFrom(model, problem, std::move(found), largestReturn, options, own, stop, answer);
      });
      if (answer.status != Status::Optimal && answer.status != Status::Feasible) forget(answer);
      answer.elapsedMs = stop.elapsedMs() - began;
    }
  });
  return answers;
}

}  // namespace ballast
