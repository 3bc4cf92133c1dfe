// A problem without a tail term is one linear programme: no scenario enters.
#include "working/face.h"
#include "working/working_set.h"

namespace ballast {
namespace {

constexpr double kRowsMet = 1e-9;

}  // namespace

WorkingResult solveLinear(const Model& model, Index scenarios, const WorkingOptions& options, Pool& pool, const Stop& stop) {
  std::vector<Index> free, all;
  for (Index a = 0; a < model.assets; ++a) {
    all.push_back(a);
    if (model.first[a] < model.first[a + 1]) free.push_back(a);
  }
  InteriorOptions interior;
  interior.tolerance = 0.3 * options.tolerance;
  const InteriorResult found = solveMaster(polyhedronOf(model, free, model.lower), Master{}, {}, interior, pool, stop);
  FacePoint point{model.lower, {}, found.multipliers};
  for (std::size_t k = 0; k < free.size(); ++k) point.weights[free[k]] = found.weights[k];
  const Polyhedron whole = polyhedronOf(model, all, {});
  WorkingResult result;
  result.bound = settle(whole, Master{}, point).bound;
  result.iterations = found.iterations;
  result.multipliers = point.multipliers;
  result.density.assign(scenarios, 0.0);
  if (rowViolation(whole, point.weights) <= kRowsMet) {
    result.weights = point.weights;
    result.objective = linearObjective(whole, point.weights);
  }
  if (found.end == InteriorEnd::Converged) result.end = WorkingEnd::Solved;
  return result;
}

}  // namespace ballast
