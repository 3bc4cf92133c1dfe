#include <cmath>
#include <cstdio>

#include "ballast/problem.h"
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

  /// Length and finiteness of an array, then a test of each element that returns what is wrong with it.
  void array(const std::string& name, View values, Index length, bool nonNegative = false) {
    if (fault) return;
    if (static_cast<Index>(values.size()) != length) {
      refuse(name, name + " has " + std::to_string(values.size()) + " elements, not " + std::to_string(length));
      return;
    }
    for (Index i = 0; i < length; ++i) {
      if (stop != nullptr && (i & 0xFFFFF) == 0xFFFFF) stop->check();
      if (usable(values[i]) && !(nonNegative && values[i] < 0.0)) continue;
      const char* why = usable(values[i]) ? ", below 0" : ", not a finite number";
      refuse(at(name, i), at(name, i) + " is " + shown(values[i]) + why);
      return;
    }
  }

  void ordered(const std::string& field, const std::string& low, double lower, const std::string& high, double upper) {
    if (!fault && lower > upper) refuse(field, low + " " + shown(lower) + " is above " + high + " " + shown(upper));
  }

 private:
  static bool usable(double value) { return std::isfinite(value) && std::fabs(value) <= kLargest; }
};

void checkScenarios(const Scenarios& scenarios, Check& check) {
  if (scenarios.rows < 1) {
    check.refuse("scenarios.rows", "scenarios.rows is " + std::to_string(scenarios.rows) + ", below 1");
  }
  if (scenarios.columns < 1) {
    check.refuse("scenarios.columns", "scenarios.columns is " + std::to_string(scenarios.columns) + ", below 1");
  }
  if (check.fault) return;
  check.array("scenarios.returns", scenarios.returns, scenarios.rows * scenarios.columns);
  if (!scenarios.probabilities) return;
  check.array("scenarios.probabilities", *scenarios.probabilities, scenarios.rows, true);
  double sum = 0.0;
  for (double p : *scenarios.probabilities) sum += p;
  if (!(sum > 0.0)) check.refuse("scenarios.probabilities", "scenarios.probabilities are all 0");
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

}  // namespace

std::optional<InvalidInput> validate(const Problem& problem, const Stop* stop) {
  Check check;
  check.stop = stop;
  checkScenarios(problem.scenarios, check);
  if (check.fault) return check.fault;
  const Index n = problem.scenarios.columns;
  check.number("confidence", problem.confidence);
  if (!check.fault && !(problem.confidence > 0.0 && problem.confidence < 1.0)) {
    check.refuse("confidence", "confidence is " + shown(problem.confidence) + ", not strictly between 0 and 1");
  }
  check.atLeastZero("riskAversion", problem.riskAversion);
  if (problem.mean) check.array("mean", *problem.mean, n);
  check.array("lower", problem.lower, n);
  check.array("upper", problem.upper, n);
  for (Index i = 0; i < n && !check.fault; ++i) {
    check.ordered(at("lower", i), at("lower", i), problem.lower[i], at("upper", i), problem.upper[i]);
  }
  if (problem.funding) check.array("funding", *problem.funding, n);
  if (problem.held) check.array("held", *problem.held, n);
  check.number("cash.lower", problem.cashLower);
  check.number("cash.upper", problem.cashUpper);
  check.ordered("cash.lower", "cash.lower", problem.cashLower, "cash.upper", problem.cashUpper);
  if (problem.cost) {
    check.array("cost.buy", problem.cost->buy, n, true);
    check.array("cost.sell", problem.cost->sell, n, true);
    check.number("cost.holdingPeriods", problem.cost->holdingPeriods);
    if (!check.fault && !(problem.cost->holdingPeriods > 0.0)) {
      check.refuse("cost.holdingPeriods",
                   "cost.holdingPeriods is " + shown(problem.cost->holdingPeriods) + ", not above 0");
    }
  }
  checkGroups(problem, check);
  if (problem.turnover) check.atLeastZero("turnover", *problem.turnover);
  return check.fault;
}

}  // namespace ballast
