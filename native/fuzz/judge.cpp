// What the solver promises of any input, checked beside definitions written out in long double.
#include "decode.h"

namespace ballast::fuzz {
namespace {

using test::Real;

constexpr double kViolation = 1e-8;

std::string shown(const char* what, double value) { return std::string(what) + " " + std::to_string(value); }

bool finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

/// The least Lagrangian over the box, one instrument at a time: its weights enter apart from each other.
Real leastLagrangian(const Problem& p, const Duals& duals) {
  std::vector<double> w(p.lower.begin(), p.lower.end());
  const Real base = test::naiveLagrangian(p, duals, w);
  Real least = base;
  for (Index i = 0; i < p.scenarios.columns; ++i) {
    const double held = heldOf(p, i);
    std::vector<double> places = {p.upper[i], held, 0.0};
    for (std::size_t k = 0; p.cost && k < p.cost->steps.size(); ++k) {
      places.push_back(held + p.cost->steps[k].beyond[i]);
      places.push_back(held - p.cost->steps[k].beyond[i]);
    }
    Real most = 0;
    for (const double place : places) {
      w[i] = std::clamp(place, p.lower[i], p.upper[i]);
      most = std::min(most, test::naiveLagrangian(p, duals, w) - base);
    }
    w[i] = p.lower[i];
    least += most;
  }
  return least;
}

/// Weights and duals of an answer, judged without certify().
std::string judgeProof(const Problem& p, const Answer& answer) {
  const double scale = answer.figures.gapScale, tiny = 1e-12 * (1.0 + scale);
  const Real objective = test::naiveObjective(p, answer.weights), bound = leastLagrangian(p, answer.duals);
  if (std::fabs(objective - answer.figures.objective) > tiny) return "the objective is not that of the weights";
  if (test::naiveViolation(p, answer.weights) > kViolation) return "the weights violate a limit";
  if (bound < answer.figures.lowerBound - tiny) return "the duals do not prove the lower bound";
  if (bound > objective + 1e-7 * (1.0 + scale)) return "the duals prove more than the weights score";
  return "";
}

std::string judgeWeights(const Input& input, const Problem& p, const Answer& answer) {
  if (static_cast<Index>(answer.weights.size()) != p.scenarios.columns) return "weights of the wrong length";
  if (!finite(answer.weights)) return "weights that are no numbers";
  if (static_cast<Index>(answer.duals.scenario.size()) != p.scenarios.rows) return "densities of the wrong length";
  if (!finite(answer.duals.scenario) || !finite(answer.duals.reducedCost)) return "duals that are no numbers";
  Duals duals = answer.duals;
  const Figures again = certify(p, answer.weights, duals);
  if (!(again.violation <= kViolation)) return shown("certified violation", again.violation);
  if (!(again.lowerBound <= again.objective)) return "the bound is above the objective";
  if (answer.status == Status::Optimal && !(again.gap <= input.options.tolerance)) return shown("certified gap", again.gap);
  if (!input.tame) return "";
  if (answer.status == Status::Feasible) return shown("an ordinary problem was left with gap", again.gap);
  return judgeProof(p, answer);
}

/// A ray that proves a problem infeasible although a point satisfies it.
std::string judgeRay(const Problem& p, const Answer& answer) {
  Duals ray = answer.duals;
  double size = std::fabs(ray.budget);
  for (const double y : {ray.buys, ray.sells, ray.traded, ray.leverage, ray.minimumReturn}) size += std::fabs(y);
  for (const double y : ray.groups) size += std::fabs(y);
  return farkasMargin(p, ray) > kViolation * size ? "a ray proves a problem infeasible that has an answer" : "";
}

std::string judgeConflict(const Input& input, const Answer& answer) {
  if (answer.conflict.empty()) return "infeasible without a name";
  if (input.anchored) return "infeasible, but a point satisfies every limit: " + answer.conflict.front();
  constexpr const char* kNames[] = {"budget", "turnover", "traded", "leverage", "minimumReturn", "maximumCvar"};
  for (const std::string& name : answer.conflict) {
    const bool known = std::any_of(std::begin(kNames), std::end(kNames), [&](const char* one) { return name == one; });
    if (!known && name.rfind("group:", 0) != 0 && name.rfind("bound:", 0) != 0) return "a conflict named " + name;
  }
  return "";
}

}  // namespace

std::string judge(const Input& input, Status& status) {
  const Problem problem = input.problem();
  const CancelToken never;
  const Answer answer = solve(problem, input.options, never, input.warm ? &*input.warm : nullptr);
  status = answer.status;
  const std::optional<InvalidInput> fault = validate(problem);
  if (fault.has_value() != (status == Status::InvalidInput)) return "validate() and solve() disagree";
  switch (status) {
    case Status::InvalidInput: return answer.field == fault->field ? "" : "another field is named: " + answer.field;
    case Status::Infeasible: return judgeConflict(input, answer);
    case Status::Optimal:
    case Status::Feasible: {
      const std::string wrong = judgeWeights(input, problem, answer);
      return wrong.empty() && input.tame ? judgeRay(problem, answer) : wrong;
    }
    case Status::Cancelled: return "cancelled by nobody";
    case Status::TimeLimit: return "a small problem took 20 s";
    case Status::Numerical: break;
  }
  if (answer.message.empty()) return "a failure without a message";
  return input.tame ? "an ordinary problem failed: " + answer.message : "";
}

}  // namespace ballast::fuzz
