#include "branch/answer_names.h"

#include <algorithm>
#include <cmath>

#include "branch/tree.h"
#include "checked.h"
#include "infeasible.h"

namespace ballast {
namespace {

/// Worst violation an answer may have, weight units.
constexpr double kViolation = 1e-8;

void refuse(const TreeResult& tree, const Relaxations& relaxations, Answer& answer) {
  answer.status = Status::Infeasible;
  answer.conflict = {"cardinality"};
  answer.conflict.insert(answer.conflict.end(), tree.conflict.begin(), tree.conflict.end());
  if (countOf(relaxations.root(), Name::In) > relaxations.most()) {
    for (Index i = 0; i < relaxations.assets(); ++i) {
      if (relaxations.root()[i] == Name::In) answer.conflict.push_back("bound:" + std::to_string(i));
    }
  }
  answer.message = "no choice of so few names meets the other limits";
}

}  // namespace

void answerNames(const Model& model, const Problem& problem, WorkingResult found, double largestReturn,
                 const Options& options, Pool& pool, const Stop& stop, Answer& answer) {
  Relaxations relaxations(problem, largestReturn, pool, stop);
  answer.duals = unscaledDuals(model, std::move(found.density), found.multipliers.row, found.multipliers.tail);
  Seed seed;
  seed.warm.weights = found.weights;
  seed.warm.duals = answer.duals;
  seed.warm.duals.scenario = {};
  TreeResult tree = Tree(relaxations, problem, options, stop).grow(std::make_shared<const Seed>(std::move(seed)));
  answer.iterations += tree.iterations;
  answer.passes += tree.passes;
  if (tree.infeasible) return refuse(tree, relaxations, answer);
  if (tree.weights.empty()) {
    answer.status = Status::Numerical;
    answer.message = "no portfolio with so few names was found in " + std::to_string(tree.nodes) + " nodes";
    return;
  }
  answer.weights = std::move(tree.weights);
  // The time may be spent: what it bought is judged all the same.
  const Stop noDeadline = stop.withoutDeadline();
  answer.figures = certify(problem, answer.weights, answer.duals, &noDeadline, largestReturn, pool);
  answer.passes += 1;
  Figures& figures = answer.figures;
  if (!(figures.violation <= kViolation)) {
    answer.status = Status::Numerical;
    answer.message = "the best weights found miss a limit by more than rounding";
    return;
  }
  figures.lowerBound = std::max(figures.lowerBound, std::min(tree.bound, figures.objective));
  const double distance = figures.objective - figures.lowerBound;
  figures.gap = distance == 0.0 ? 0.0 : distance / figures.gapScale;
  answer.status = figures.gap <= options.tolerance ? Status::Optimal : Status::Feasible;
}

}  // namespace ballast
