// What must happen to the optimum when a problem is changed in a way whose effect is known.
#include <functional>

#include "check.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

struct Size {
  Index columns, rows;
};
constexpr Size kSizes[] = {{8, 120}, {30, 800}};

bool proven(const Answer& answer, const std::string& name) {
  check(answer.status == Status::Optimal, name + ": " + statusName(answer.status) + " " + answer.message);
  return answer.status == Status::Optimal;
}

/// How far an answer's objective may be from the optimum.
double reach(const Answer& answer) { return answer.figures.gap * answer.figures.gapScale; }

/// Each objective is within its own proven gap of its optimum: `factor` times the first plus `shift` is the second.
void sameOptimum(const Answer& before, const Answer& after, const std::string& name, double factor = 1.0,
                 double shift = 0.0) {
  if (!proven(before, name + " before") || !proven(after, name + " after")) return;
  const double slack = factor * reach(before) + reach(after) + 1e-15 * (1.0 + std::fabs(after.figures.objective));
  near(after.figures.objective, factor * before.figures.objective + shift, slack, name);
}

/// Runs a law on every kind of problem, in both sizes.
void onMarkets(const char* law, const std::function<void(const Instance&, Kind, const std::string&)>& holds) {
  for (const Size& size : kSizes) {
    for (const Kind kind : kKinds) {
      for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const std::string name = std::string(law) + ", " + kindName(kind) + " " + std::to_string(size.columns) + "x" +
                                 std::to_string(size.rows) + " seed " + std::to_string(seed);
        holds(market(size.columns, size.rows, kind, seed), kind, name);
      }
    }
  }
}

std::vector<Index> shuffled(Index count, std::uint64_t seed) {
  std::vector<Index> order(count);
  std::iota(order.begin(), order.end(), Index{0});
  Stream stream(seed);
  for (Index k = count - 1; k > 0; --k) std::swap(order[k], order[static_cast<Index>(stream.next() * static_cast<double>(k + 1))]);
  return order;
}

void reorder(std::vector<double>& values, const std::vector<Index>& order) {
  if (values.empty()) return;
  std::vector<double> next;
  for (const Index k : order) next.push_back(values[k]);
  values = next;
}

/// Calls change(array) for every array that has one entry per instrument.
void eachPerAsset(Instance& one, const std::function<void(std::vector<double>&)>& change) {
  for (std::vector<double>* values : {&one.mean, &one.lower, &one.upper, &one.funding, &one.held, &one.buy, &one.sell}) {
    if (!values->empty()) change(*values);
  }
  for (std::vector<double>& values : one.groupArrays) change(values);
  for (std::vector<double>& values : one.stepArrays) change(values);
}

/// The columns of the returns after `column(row, i)`.
std::vector<double> columnsOf(const Instance& one, Index count, const std::function<double(const double*, Index)>& column) {
  std::vector<double> returns;
  for (Index t = 0; t < one.rows; ++t) {
    for (Index i = 0; i < count; ++i) returns.push_back(column(one.returns.data() + t * one.columns, i));
  }
  return returns;
}

}  // namespace

TEST("the order of the scenarios does not move the optimum") {
  onMarkets("scenario order", [](const Instance& one, Kind, const std::string& name) {
    Instance other = one;
    const std::vector<Index> order = shuffled(one.rows, 5);
    for (Index t = 0; t < one.rows; ++t) {
      std::copy_n(one.returns.begin() + order[t] * one.columns, one.columns, other.returns.begin() + t * one.columns);
    }
    reorder(other.probabilities, order);
    sameOptimum(solved(one), solved(other), name);
  });
}

TEST("the order of the instruments does not move the optimum, and the weights follow it") {
  onMarkets("instrument order", [](const Instance& one, Kind, const std::string& name) {
    Instance other = one;
    const std::vector<Index> order = shuffled(one.columns, 6);
    other.returns = columnsOf(one, one.columns, [&](const double* row, Index i) { return row[order[i]]; });
    eachPerAsset(other, [&](std::vector<double>& values) { reorder(values, order); });
    const Answer before = solved(one), after = solved(other);
    sameOptimum(before, after, name);
    if (before.status != Status::Optimal || after.status != Status::Optimal) return;
    for (Index i = 0; i < one.columns; ++i) near(after.weights.at(i), before.weights.at(order[i]), 1e-4, name + ": weight");
  });
}

TEST("returns, means and limits in other units scale the objective alone") {
  onMarkets("units", [](const Instance& one, Kind, const std::string& name) {
    const Answer before = solved(one);
    for (const double scale : {1e-4, 1e4}) {
      Instance other = one;
      for (double& r : other.returns) r *= scale;
      for (double& m : other.mean) m *= scale;
      if (other.base.minimumReturn) *other.base.minimumReturn *= scale;
      if (other.base.maximumCvar) *other.base.maximumCvar *= scale;
      // The budget pays the whole cost in any unit; only what the objective charges can follow the scale.
      if (other.base.cost) other.base.cost->holdingPeriods /= scale;
      sameOptimum(before, solved(other), name, scale);
    }
  });
}

TEST("a scenario given twice counts as one of twice the probability") {
  onMarkets("doubled scenarios", [](const Instance& one, Kind, const std::string& name) {
    Instance weighted = one, repeated = one;
    if (one.probabilities.empty()) weighted.probabilities.assign(one.rows, 1.0);
    repeated.probabilities = weighted.probabilities;
    for (Index t = 0; t < one.rows; t += 3) {
      repeated.returns.insert(repeated.returns.end(), one.returns.begin() + t * one.columns,
                              one.returns.begin() + (t + 1) * one.columns);
      repeated.probabilities.push_back(weighted.probabilities[t]);
      weighted.probabilities[t] *= 2.0;
      ++repeated.rows;
    }
    if (one.probabilities.empty()) repeated.probabilities.clear();
    sameOptimum(solved(weighted), solved(repeated), name);
  });
}

TEST("an instrument that is worse than another in every way changes nothing") {
  onMarkets("dominated instrument", [](Instance one, Kind, const std::string& name) {
    one.upper[0] = 3.0;  // room for all that the worse one could be held for
    const Index n = one.columns;
    Instance other = one;
    other.returns = columnsOf(one, n + 1, [n](const double* row, Index i) { return i < n ? row[i] : row[0] - 0.001; });
    eachPerAsset(other, [](std::vector<double>& values) { values.push_back(values[0]); });
    other.columns = n + 1;
    other.mean[n] -= 0.001;
    other.lower[n] = 0.0;
    if (!other.held.empty()) other.held[n] = 0.0;
    const Answer after = solved(other);
    sameOptimum(solved(one), after, name);
    if (after.status == Status::Optimal) near(after.weights[n], 0.0, 1e-4, name + ": its weight");
  });
}

TEST("returns higher by c in every scenario lower the CVaR of a full portfolio by c") {
  onMarkets("shift", [](Instance one, Kind kind, const std::string& name) {
    if (kind == Kind::Trading) return;  // holds cash and pays costs
    constexpr double kShift = 0.0125;
    const Answer before = solved(one);
    for (double& r : one.returns) r += kShift;
    if (one.base.maximumCvar) *one.base.maximumCvar -= kShift;
    const Answer after = solved(one);
    sameOptimum(before, after, name, 1.0, -kShift * one.base.riskAversion);
    near(after.figures.cvar, before.figures.cvar - kShift, 1e-6, name + ": cvar");
  });
}

TEST("an instrument split into two halves leaves the optimum where it is") {
  onMarkets("split", [](const Instance& one, Kind, const std::string& name) {
    const Index n = one.columns;
    Instance other = one;
    other.returns = columnsOf(one, n + 1, [n](const double* row, Index i) { return row[i < n ? i : 1]; });
    eachPerAsset(other, [](std::vector<double>& values) { values.push_back(values[1]); });
    other.columns = n + 1;
    std::vector<std::vector<double>*> sizes = {&other.lower, &other.upper};
    if (!other.held.empty()) sizes.push_back(&other.held);
    if (!other.stepArrays.empty()) sizes.push_back(&other.stepArrays[0]);
    for (std::vector<double>* values : sizes) (*values)[1] = (*values)[n] = 0.5 * (*values)[1];
    sameOptimum(solved(one), solved(other), name);
  });
}

TEST("a tighter limit never gives a better objective") {
  onMarkets("tighter", [](const Instance& one, Kind, const std::string& name) {
    const Answer before = solved(one);
    if (!proven(before, name)) return;
    for (int limit = 0; limit < 6; ++limit) {
      Instance other = one;
      if (limit == 0) other.upper[one.columns - 1] *= 0.5;
      if (limit == 1) other.upper.assign(one.columns, 0.7 * one.upper[0]);
      if (limit == 2 && one.base.turnover) *other.base.turnover *= 0.5;
      if (limit == 3 && one.base.leverage) *other.base.leverage *= 0.8;
      if (limit == 4 && one.base.maximumCvar) *other.base.maximumCvar *= 0.8;
      if (limit == 5 && !one.base.groups.empty()) other.base.groups[0].upper = 0.4;
      const Answer after = solved(other);
      if (after.status == Status::Infeasible) continue;
      if (!proven(after, name + " " + std::to_string(limit))) continue;
      const double gained = before.figures.objective - after.figures.objective;
      check(gained <= reach(before) + 1e-15, name + " " + std::to_string(limit) + ": gained " + std::to_string(gained));
    }
  });
}

TEST("the optimum rises with the confidence of CVaR") {
  onMarkets("confidence", [](Instance one, Kind, const std::string& name) {
    one.base.maximumCvar.reset();
    double last = -1.0;
    for (const double confidence : {1e-17, 0.05, 0.5, 0.8, 0.9, 0.95, 0.987, 0.999, 1.0 - 1e-12}) {
      one.base.confidence = confidence;
      const Answer answer = solved(one);
      if (!proven(answer, name + " " + std::to_string(confidence))) continue;
      check(answer.figures.objective >= last - 1e-14, name + ": falls at " + std::to_string(confidence));
      last = answer.figures.lowerBound;
    }
  });
}

TEST("returns stored in float32 give the optimum of those very numbers, close to that of float64") {
  onMarkets("float32", [](const Instance& one, Kind, const std::string& name) {
    const std::vector<float> single(one.returns.begin(), one.returns.end());
    Instance rounded = one;
    rounded.returns.assign(single.begin(), single.end());
    Problem stored = one.problem();
    stored.scenarios.single = single;
    stored.scenarios.returns = {};
    const CancelToken never;
    const Answer answer = solve(stored, {}, never);
    sameOptimum(solved(rounded), answer, name);
    near(answer.figures.objective, solved(one).figures.objective, 1e-7, name + ": beside float64");
  });
}

TEST("a warm start from a neighbouring problem, or from nonsense, ends at the same optimum") {
  onMarkets("warm", [](const Instance& one, Kind, const std::string& name) {
    Instance neighbour = one;
    for (double& m : neighbour.mean) m *= 1.05;
    neighbour.upper[0] *= 0.9;
    const Answer near = solved(neighbour), cold = solved(one);
    if (!proven(near, name + " neighbour")) return;
    const Warm warm{near.weights, near.duals}, own{cold.weights, cold.duals};
    sameOptimum(cold, solved(one, {}, &warm), name);
    sameOptimum(cold, solved(one, {}, &own), name + " from its own answer");
    Warm strange = warm;
    std::fill(strange.weights.begin(), strange.weights.end(), 7.0);
    strange.duals.budget = -3.0;
    sameOptimum(cold, solved(one, {}, &strange), name + " from far outside");
    strange.weights.pop_back();
    strange.duals.groups.push_back(1.0);
    sameOptimum(cold, solved(one, {}, &strange), name + " of the wrong length");
  });
}
