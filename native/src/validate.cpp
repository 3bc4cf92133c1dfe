#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "ballast/problem.h"
#include "checked.h"
#include "stop.h"

namespace ballast {
namespace {

/// Finite numbers beyond this overflow when multiplied; no weight, return or cost comes near it.
constexpr double kLargest = 1e100;

std::string shown(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string at(const std::string& name, Index i) { return name + "[" + std::to_string(i) + "]"; }

/// Collects the first fault; later checks are skipped once one is found.
class Check {
 public:
  std::optional<InvalidInput> fault;
  const Stop* stop = nullptr;

  void refuse(const std::string& field, const std::string& message) {
    if (!fault) fault = InvalidInput{field, message};
  }

  void number(const std::string& field, double value) {
    if (!usable(value)) refuse(field, field + " is " + shown(value) + ", not a finite number");
  }

  void atLeastZero(const std::string& field, double value) {
    number(field, value);
    if (!fault && value < 0.0) refuse(field, field + " is " + shown(value) + ", below 0");
  }

  void length(const std::string& name, std::size_t size, Index expected) {
    if (static_cast<Index>(size) == expected) return;
    refuse(name, name + " has " + std::to_string(size) + " elements, not " + std::to_string(expected));
  }

  /// Length of an array and whether each element is a number, not below 0 where that is asked.
  void array(const std::string& name, View values, Index expected, bool nonNegative = false) {
    length(name, values.size(), expected);
    for (Index i = 0; i < expected && !fault; ++i) {
      if (stop != nullptr && (i & 0xFFFFF) == 0xFFFFF) stop->check();
      if (usable(values[i]) && !(nonNegative && values[i] < 0.0)) continue;
      refuseElement(name, i, values[i]);
    }
  }

  void refuseElement(const std::string& name, Index i, double value) {
    const char* why = usable(value) ? ", below 0" : ", not a finite number";
    refuse(at(name, i), at(name, i) + " is " + shown(value) + why);
  }

  void ordered(const std::string& field, const std::string& low, double lower, const std::string& high, double upper) {
    if (!fault && lower > upper) refuse(field, low + " " + shown(lower) + " is above " + high + " " + shown(upper));
  }

  static bool usable(double value) { return std::isfinite(value) && std::fabs(value) <= kLargest; }
};

/// What a stretch of returns amounts to, found without a branch per element so that it runs at the speed of memory.
struct Stretch {
  double largest = 0.0;  // max |x| of its finite elements
  bool usable = true;    // every element is a number within kLargest
};

template <class Real>
Stretch scan(const Real* values, Index count) {
  constexpr Index kLanes = 8;  // independent running values; without them each step would wait for the one before
  Real largest[kLanes] = {}, strange[kLanes] = {};
  const auto take = [&](Index lane, Real value) {
    const Real size = std::fabs(value);
    largest[lane] = largest[lane] < size ? size : largest[lane];
    strange[lane] += value - value;  // 0, but NaN once a NaN or an infinity was met
  };
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (Index lane = 0; lane < kLanes; ++lane) take(lane, values[i + lane]);
  }
  for (; i < count; ++i) take(0, values[i]);
  Stretch stretch;
  for (Index lane = 0; lane < kLanes; ++lane) {
    stretch.largest = std::max(stretch.largest, static_cast<double>(largest[lane]));
    stretch.usable = stretch.usable && strange[lane] == Real(0);
  }
  stretch.usable = stretch.usable && stretch.largest <= kLargest;
  return stretch;
}

/// Checks the returns of either precision; their largest size.
template <class Real>
double checkReturns(std::span<const Real> values, Check& check, Pool& pool) {
  constexpr Index kChunk = 65536;
  const Index count = static_cast<Index>(values.size()), chunks = (count + kChunk - 1) / kChunk;
  std::vector<Stretch> found(chunks);
  const auto look = [&](Index k) {
    if (check.stop != nullptr) check.stop->check();
    found[k] = scan(values.data() + k * kChunk, std::min(kChunk, count - k * kChunk));
  };
  // A handful of chunks is read before a thread is up.
  if (chunks > 8) pool.each(chunks, look);
  else for (Index k = 0; k < chunks; ++k) look(k);
  double largest = 0.0;
  for (Index k = 0; k < chunks; ++k) {
    largest = std::max(largest, found[k].largest);
    if (found[k].usable) continue;
    Index i = k * kChunk;
    while (Check::usable(values[i])) ++i;
    check.refuseElement("scenarios.returns", i, values[i]);
    break;
  }
  return largest;
}

/// Checks shape, returns and probabilities; the largest |return|.
double checkScenarios(const Scenarios& scenarios, Check& check, Pool& pool) {
  const std::string name = "scenarios.returns";
  if (scenarios.rows < 1) {
    check.refuse("scenarios.rows", "scenarios.rows is " + std::to_string(scenarios.rows) + ", below 1");
  }
  if (scenarios.columns < 1) {
    check.refuse("scenarios.columns", "scenarios.columns is " + std::to_string(scenarios.columns) + ", below 1");
  }
  if (check.fault) return 0.0;
  if (scenarios.rows > std::numeric_limits<Index>::max() / scenarios.columns) {
    check.refuse("scenarios.rows", "scenarios.rows is " + std::to_string(scenarios.rows) + ", too many");
  }
  if (scenarios.isSingle() && !scenarios.returns.empty()) {
    check.refuse(name, name + " are given in both precisions");
  }
  if (check.fault) return 0.0;
  const std::size_t given = scenarios.isSingle() ? scenarios.single.size() : scenarios.returns.size();
  check.length(name, given, scenarios.rows * scenarios.columns);
  if (check.fault) return 0.0;
  const double largest =
      scenarios.isSingle() ? checkReturns(scenarios.single, check, pool) : checkReturns(scenarios.returns, check, pool);
  if (check.fault || !scenarios.probabilities) return largest;
  check.array("scenarios.probabilities", *scenarios.probabilities, scenarios.rows, true);
  double sum = 0.0;
  for (double p : *scenarios.probabilities) sum += p;
  if (!(sum > 0.0)) check.refuse("scenarios.probabilities", "scenarios.probabilities are all 0");
  return largest;
}

void checkGroups(const Problem& problem, Check& check) {
  for (std::size_t g = 0; g < problem.groups.size() && !check.fault; ++g) {
    const GroupRow& row = problem.groups[g];
    const std::string name = at("groups", static_cast<Index>(g));
    check.array(name + ".coefficients", row.coefficients, problem.scenarios.columns);
    if (row.lower) check.number(name + ".lower", *row.lower);
    if (row.upper) check.number(name + ".upper", *row.upper);
    if (row.lower && row.upper) {
      check.ordered(name + ".lower", name + ".lower", *row.lower, name + ".upper", *row.upper);
    }
  }
}

void checkCost(const Costs& cost, Index n, Check& check) {
  check.array("cost.buy", cost.buy, n, true);
  check.array("cost.sell", cost.sell, n, true);
  check.number("cost.holdingPeriods", cost.holdingPeriods);
  if (!check.fault && !(cost.holdingPeriods > 0.0)) {
    check.refuse("cost.holdingPeriods", "cost.holdingPeriods is " + shown(cost.holdingPeriods) + ", not above 0");
  }
  for (std::size_t k = 0; k < cost.steps.size() && !check.fault; ++k) {
    const std::string name = at("cost.steps", static_cast<Index>(k));
    check.array(name + ".beyond", cost.steps[k].beyond, n, true);
    check.array(name + ".buy", cost.steps[k].buy, n, true);
    check.array(name + ".sell", cost.steps[k].sell, n, true);
  }
}

void checkLimits(const Problem& problem, Check& check) {
  if (problem.turnover) check.atLeastZero("turnover", *problem.turnover);
  if (problem.traded) check.atLeastZero("traded", *problem.traded);
  if (problem.leverage) check.atLeastZero("leverage", *problem.leverage);
  if (problem.minimumReturn) check.number("minimumReturn", *problem.minimumReturn);
  if (problem.minimumReturn && !problem.mean) check.refuse("minimumReturn", "minimumReturn needs mean");
  if (problem.maximumCvar) check.number("maximumCvar", *problem.maximumCvar);
}

/// Names are counted among weights that cannot be short: a weight is either 0 or at least its smallest size.
void checkCardinality(const Problem& problem, const Cardinality& cardinality, Check& check) {
  const Index n = problem.scenarios.columns;
  if (cardinality.most < 1 || cardinality.most > n) {
    const std::string most = "cardinality.most is " + std::to_string(cardinality.most);
    check.refuse("cardinality.most", most + ", not between 1 and " + std::to_string(n));
  }
  check.array("cardinality.smallest", cardinality.smallest, n, true);
  for (Index i = 0; i < n && !check.fault; ++i) {
    if (cardinality.smallest[i] > problem.upper[i]) {
      const std::string field = at("cardinality.smallest", i);
      check.ordered(field, field, cardinality.smallest[i], at("upper", i), problem.upper[i]);
    }
    if (problem.lower[i] < 0.0) {
      check.refuse(at("lower", i), at("lower", i) + " is " + shown(problem.lower[i]) + ", below 0 with cardinality");
    }
  }
}

void checkBox(const Problem& problem, Check& check) {
  const Index n = problem.scenarios.columns;
  check.array("lower", problem.lower, n);
  check.array("upper", problem.upper, n);
  for (Index i = 0; i < n && !check.fault; ++i) {
    if (problem.lower[i] <= problem.upper[i]) continue;
    check.ordered(at("lower", i), at("lower", i), problem.lower[i], at("upper", i), problem.upper[i]);
  }
}

}  // namespace

Checked checkScenarioSet(const Scenarios& scenarios, const Stop* stop, Pool& pool) {
  if (scenarios.largest >= 0.0) return {std::nullopt, scenarios.largest};
  Check check;
  check.stop = stop;
  const double largest = checkScenarios(scenarios, check, pool);
  return {check.fault, check.fault ? 0.0 : largest};
}

std::optional<InvalidInput> checkTerms(const Problem& problem) {
  Check check;
  const Index n = problem.scenarios.columns;
  check.number("confidence", problem.confidence);
  if (!check.fault && !(problem.confidence > 0.0 && problem.confidence < 1.0)) {
    check.refuse("confidence", "confidence is " + shown(problem.confidence) + ", not strictly between 0 and 1");
  }
  check.atLeastZero("riskAversion", problem.riskAversion);
  if (problem.mean) check.array("mean", *problem.mean, n);
  checkBox(problem, check);
  if (problem.funding) check.array("funding", *problem.funding, n);
  if (problem.held) check.array("held", *problem.held, n);
  check.number("cash.lower", problem.cashLower);
  check.number("cash.upper", problem.cashUpper);
  check.ordered("cash.lower", "cash.lower", problem.cashLower, "cash.upper", problem.cashUpper);
  if (problem.cost) checkCost(*problem.cost, n, check);
  checkGroups(problem, check);
  checkLimits(problem, check);
  if (problem.cardinality) checkCardinality(problem, *problem.cardinality, check);
  return check.fault;
}

Checked checkProblem(const Problem& problem, const Stop* stop, Pool& pool) {
  Checked checked = checkScenarioSet(problem.scenarios, stop, pool);
  if (!checked.fault) checked.fault = checkTerms(problem);
  return checked;
}

std::optional<InvalidInput> validate(const Problem& problem, const Stop* stop) {
  Pool alone(1);
  return checkProblem(problem, stop, alone).fault;
}

}  // namespace ballast
