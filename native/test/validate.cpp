// Every refusal of validate(), by the path it names.
#include <functional>
#include <limits>
#include <string>

#include "check.h"
#include "checked.h"
#include "instance.h"
#include "stop.h"

using namespace ballast;
using namespace ballast::test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// A valid problem with every field present: three instruments, two scenarios.
Instance whole() {
  Instance one;
  one.rows = 2;
  one.columns = 3;
  one.returns = {0.01, -0.02, 0.03, -0.04, 0.05, -0.06};
  one.probabilities = {0.5, 1.5};
  one.mean = {0.1, 0.2, 0.3};
  one.lower = {0.0, 0.0, 0.0};
  one.upper = {1.0, 1.0, 0.5};
  one.funding = {1.0, 0.2, 1.0};
  one.held = {0.3, 0.3, 0.4};
  one.buy = one.sell = {0.001, 0.0, 0.002};
  one.smallest = {0.02, 0.0, 0.5};
  one.stepArrays.assign(6, {0.1, 0.0, 0.2});
  one.groupArrays.assign(2, {1.0, 1.0, 0.0});
  one.base.cost = Costs{{}, {}, 5.0, {}};
  one.base.groups.resize(2);
  one.base.groups[1].lower = 0.1;
  one.base.groups[1].upper = 0.9;
  one.base.cardinality = Cardinality{3, {}};
  one.base.turnover = one.base.traded = one.base.leverage = 0.0;
  one.base.minimumReturn = -0.1;
  one.base.maximumCvar = -0.2;
  return one;
}

using Change = std::function<void(Instance&)>;

void refused(const std::string& field, const Change& change, const std::string& said = "") {
  Instance one = whole();
  change(one);
  const std::optional<InvalidInput> fault = validate(one.problem());
  check(fault.has_value(), field + " is refused");
  if (!fault) return;
  check(fault->field == field, "path " + fault->field + ", expected " + field);
  check(fault->message.find(said) != std::string::npos, field + ": " + fault->message);
}

}  // namespace

TEST("a problem with every field is accepted, and its largest return known") {
  const Instance one = whole();
  Pool alone(1);
  const Checked checked = checkProblem(one.problem(), nullptr, alone);
  check(!checked.fault, checked.fault ? checked.fault->message : "");
  near(checked.largestReturn, 0.06, 0.0, "max |R|");
  check(!validate(one.problem()), "validate agrees");
}

TEST("shape and values of the scenarios are refused by path") {
  refused("scenarios.rows", [](Instance& one) { one.rows = 0; }, "below 1");
  refused("scenarios.columns", [](Instance& one) { one.columns = 0; }, "below 1");
  refused("scenarios.rows", [](Instance& one) { one.rows = Index{1} << 62; }, "too many");
  refused("scenarios.returns", [](Instance& one) { one.returns.pop_back(); }, "has 5 elements, not 6");
  for (const double bad : {kNan, kInf, -kInf, 1.1e100, -1.1e100}) {
    refused("scenarios.returns[5]", [&](Instance& one) { one.returns[5] = bad; }, "not a finite number");
  }
  refused("scenarios.probabilities", [](Instance& one) { one.probabilities.push_back(1.0); }, "3 elements");
  refused("scenarios.probabilities[1]", [](Instance& one) { one.probabilities[1] = -1.0; }, "-1, below 0");
  refused("scenarios.probabilities[0]", [](Instance& one) { one.probabilities[0] = kNan; });
  refused("scenarios.probabilities", [](Instance& one) { one.probabilities = {0.0, 0.0}; }, "all 0");
}

TEST("the first strange return is found wherever it lies in a long matrix, in either precision") {
  const Index rows = 40'001, columns = 5;
  std::vector<double> returns(rows * columns, 0.25);
  std::vector<float> single(rows * columns, 0.25f);
  const std::vector<double> lower(columns, 0.0), upper(columns, 1.0);
  Problem p;
  p.lower = lower;
  p.upper = upper;
  const auto look = [&](bool isSingle) {
    p.scenarios = {rows, columns, {}, {}, {}};
    if (isSingle) p.scenarios.single = single;
    if (!isSingle) p.scenarios.returns = returns;
    Pool alone(1);
    return checkProblem(p, nullptr, alone);
  };
  for (const Index i : {0, 7, 8, 65'535, 65'536, 131'073, 200'003, 200'004}) {
    returns[i] = kNan;
    single[i] = -std::numeric_limits<float>::infinity();
    if (i > 0) returns[rows * columns - 1] = kInf;  // a later one is not named
    const std::string field = "scenarios.returns[" + std::to_string(i) + "]";
    for (const bool isSingle : {false, true}) {
      const Checked checked = look(isSingle);
      check(checked.fault && checked.fault->field == field, field);
    }
    returns[rows * columns - 1] = 0.25;
    returns[i] = -0.5;
    single[i] = -0.5f;
    check(!look(false).fault && !look(true).fault, "accepted");
    check(look(false).largestReturn == 0.5 && look(true).largestReturn == 0.5, "max |R| at " + std::to_string(i));
    returns[i] = 0.25;
    single[i] = 0.25f;
  }
}

TEST("returns come in one precision and in full") {
  const Instance one = whole();
  std::vector<float> single(6, 0.5f);
  Problem p = one.problem();
  p.scenarios.single = single;
  std::optional<InvalidInput> fault = validate(p);
  check(fault && fault->field == "scenarios.returns" && fault->message.find("both") != std::string::npos, "both");
  p.scenarios.returns = {};
  check(!validate(p), "single alone");
  p.scenarios.single = std::span<const float>(single).first(4);
  fault = validate(p);
  check(fault && fault->message == "scenarios.returns has 4 elements, not 6", "short");
  p.scenarios.single = {};
  fault = validate(p);
  check(fault && fault->message == "scenarios.returns has 0 elements, not 6", "none");
}

TEST("numbers of the objective and the box are refused by path") {
  for (const double bad : {0.0, 1.0, -0.5, kNan}) {
    refused("confidence", [&](Instance& one) { one.base.confidence = bad; });
  }
  for (const double bad : {-1e-9, kNan, kInf}) {
    refused("riskAversion", [&](Instance& one) { one.base.riskAversion = bad; });
  }
  refused("mean[2]", [](Instance& one) { one.mean[2] = kNan; });
  refused("mean", [](Instance& one) { one.mean.pop_back(); });
  refused("lower[1]", [](Instance& one) { one.lower[1] = -kInf; });
  refused("lower", [](Instance& one) { one.lower.pop_back(); });
  refused("upper[0]", [](Instance& one) { one.upper[0] = kInf; });
  refused("upper", [](Instance& one) { one.upper.push_back(1.0); });
  refused("lower[1]", [](Instance& one) { one.lower[1] = 1.5; }, "above upper[1] 1");
  refused("funding[1]", [](Instance& one) { one.funding[1] = kNan; });
  refused("funding", [](Instance& one) { one.funding.pop_back(); });
  refused("held[0]", [](Instance& one) { one.held[0] = kInf; });
  refused("held", [](Instance& one) { one.held.pop_back(); });
  refused("cash.lower", [](Instance& one) { one.base.cashLower = kNan; });
  refused("cash.upper", [](Instance& one) { one.base.cashUpper = kInf; });
  refused("cash.lower", [](Instance& one) { one.base.cashLower = 0.1; }, "above cash.upper 0");
}

TEST("costs and their steps are refused by path") {
  refused("cost.buy[2]", [](Instance& one) { one.buy[2] = -0.001; }, "below 0");
  refused("cost.buy", [](Instance& one) { one.buy.pop_back(); });
  refused("cost.sell[0]", [](Instance& one) { one.sell[0] = kNan; });
  refused("cost.sell", [](Instance& one) { one.sell.pop_back(); });
  for (const double bad : {0.0, -1.0, kInf}) {
    refused("cost.holdingPeriods", [&](Instance& one) { one.base.cost->holdingPeriods = bad; });
  }
  const char* const names[] = {"beyond", "buy", "sell"};
  for (std::size_t array = 0; array < 6; ++array) {
    const std::string name = "cost.steps[" + std::to_string(array / 3) + "]." + names[array % 3];
    refused(name + "[1]", [&](Instance& one) { one.stepArrays[array][1] = -0.1; }, "below 0");
    refused(name + "[0]", [&](Instance& one) { one.stepArrays[array][0] = kInf; });
    refused(name, [&](Instance& one) { one.stepArrays[array].pop_back(); }, "2 elements, not 3");
  }
}

TEST("groups and limits are refused by path") {
  refused("groups[1].coefficients[2]", [](Instance& one) { one.groupArrays[1][2] = kNan; });
  refused("groups[0].coefficients", [](Instance& one) { one.groupArrays[0].pop_back(); });
  refused("groups[1].lower", [](Instance& one) { one.base.groups[1].lower = kNan; });
  refused("groups[1].upper", [](Instance& one) { one.base.groups[1].upper = kInf; });
  refused("groups[1].lower", [](Instance& one) { one.base.groups[1].lower = 1.0; }, "above groups[1].upper");
  for (const double bad : {-1e-9, kNan, kInf}) {
    refused("turnover", [&](Instance& one) { one.base.turnover = bad; });
    refused("traded", [&](Instance& one) { one.base.traded = bad; });
    refused("leverage", [&](Instance& one) { one.base.leverage = bad; });
  }
  for (const double bad : {kNan, -kInf}) {
    refused("minimumReturn", [&](Instance& one) { one.base.minimumReturn = bad; }, "not a finite number");
    refused("maximumCvar", [&](Instance& one) { one.base.maximumCvar = bad; }, "not a finite number");
  }
  refused("minimumReturn", [](Instance& one) { one.mean.clear(); }, "needs mean");
}

TEST("cardinality is refused by path") {
  for (const Index bad : {0, -1, 4}) {
    refused("cardinality.most", [&](Instance& one) { one.base.cardinality->most = bad; }, "not between 1 and 3");
  }
  refused("cardinality.smallest", [](Instance& one) { one.smallest.pop_back(); });
  refused("cardinality.smallest[1]", [](Instance& one) { one.smallest[1] = -0.1; }, "below 0");
  refused("cardinality.smallest[0]", [](Instance& one) { one.smallest[0] = kNan; });
  refused("cardinality.smallest[2]", [](Instance& one) { one.smallest[2] = 0.75; }, "above upper[2] 0.5");
  refused("lower[1]", [](Instance& one) { one.lower[1] = -0.25; }, "below 0 with cardinality");
}

TEST("cost slopes count wherever they stand, steps too") {
  Instance one = whole();
  one.buy = one.sell = {0.0, 0.0, 0.0};
  one.stepArrays.assign(6, {0.0, 0.0, 0.0});
  check(!hasCost(one.problem()), "none");
  for (std::size_t array = 0; array < 6; ++array) {
    one.stepArrays[array][2] = 0.01;
    check(hasCost(one.problem()) == (array % 3 != 0), "step array " + std::to_string(array));
    one.stepArrays[array][2] = 0.0;
  }
  one.sell[1] = 0.01;
  check(hasCost(one.problem()), "a plain slope");
}

TEST("a cancelled validation stops") {
  CancelToken token;
  token.cancel();
  const Stop stop(token, 1e9);
  const Instance one = whole();
  bool stopped = false;
  try {
    (void)validate(one.problem(), &stop);
  } catch (const Interrupted& interrupted) {
    stopped = interrupted.status == Status::Cancelled;
  }
  check(stopped, "interrupted");
}
