// Problems on which a vertex is not unique, a pivot vanishes or a range is empty.
#include "check.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

void certified(const Instance& one, const std::string& what) {
  const Answer answer = solved(one);
  check(answer.status == Status::Optimal, what + ": " + statusName(answer.status) + " " + answer.message);
  if (answer.status != Status::Optimal) return;
  check(answer.figures.gap <= 1e-8, what + ": gap " + std::to_string(answer.figures.gap));
  check(naiveViolation(one.problem(), answer.weights) <= 1e-9, what + ": violation");
}

/// Runs what(problem, name) on every kind of a small market.
template <class Change>
void onKinds(const char* what, Change&& change) {
  for (const Kind kind : kKinds) {
    for (std::uint64_t seed = 11; seed <= 13; ++seed) {
      Instance one = market(12, 200, kind, seed);
      change(one);
      certified(one, std::string(what) + ", " + kindName(kind) + " seed " + std::to_string(seed));
    }
  }
}

}  // namespace

TEST("scenarios and instruments given several times are solved") {
  onKinds("equal scenarios", [](Instance& one) {
    for (Index t = 0; t < one.rows; ++t) {
      if (t % 5 != 0) std::copy_n(one.returns.begin() + t / 5 * 5 * one.columns, one.columns, one.returns.begin() + t * one.columns);
    }
  });
  onKinds("equal instruments", [](Instance& one) {
    for (Index t = 0; t < one.rows; ++t) {
      for (Index i = 0; i < one.columns; ++i) one.returns[t * one.columns + i] = one.returns[t * one.columns + i / 3 * 3];
    }
    for (Index i = 0; i < one.columns; ++i) one.mean[i] = one.mean[i / 3 * 3];
  });
}

TEST("fewer scenarios than instruments are solved") {
  for (const Kind kind : kKinds) {
    for (const Index rows : {1, 2, 5, 17}) {
      Instance one = market(40, rows, kind, 21);
      one.base.maximumCvar.reset();
      if (!one.probabilities.empty()) one.probabilities[rows - 1] = 1.0;
      certified(one, std::string(kindName(kind)) + " with " + std::to_string(rows) + " scenarios");
    }
  }
}

TEST("instruments whose return never changes are solved beside others") {
  onKinds("constant instruments", [](Instance& one) {
    for (Index t = 0; t < one.rows; ++t) {
      for (Index i = 0; i < 6; ++i) one.returns[t * one.columns + i] = 1e-4 * static_cast<double>(i - 2);
    }
  });
}

TEST("hardly any risk aversion is solved") {
  onKinds("risk aversion 1e-6", [](Instance& one) { one.base.riskAversion = 1e-6; });
}

TEST("hardly any or no turnover is solved") {
  for (const double turnover : {1e-9, 0.0}) {
    onKinds("turnover near 0", [turnover](Instance& one) {
      one.held = solved(one).weights;
      one.base.cashUpper = 0.2;  // what the first trades cost may stay in cash
      one.base.turnover = turnover;
      one.base.traded.reset();
    });
  }
}

TEST("scenarios of probability 0 among the worst ones are solved and do not count") {
  onKinds("weights with zeros", [](Instance& one) {
    one.probabilities.assign(one.rows, 1.0);
    for (Index t = 0; t < one.rows; t += 2) {
      one.probabilities[t] = 0.0;
      for (Index i = 0; i < one.columns; ++i) one.returns[t * one.columns + i] = -0.5;
    }
  });
}

TEST("a tail of a fractional number of scenarios is solved") {
  for (const double confidence : {0.9501, 0.9333333333333333, 0.995, 0.9951, 0.31415926}) {
    onKinds("fractional tail", [confidence](Instance& one) {
      one.base.confidence = confidence;
      one.base.maximumCvar.reset();
    });
  }
}

TEST("bounds of 1e20 beside trading costs are solved") {
  onKinds("wide bounds", [](Instance& one) {
    one.upper.assign(one.columns, 1e20);
    if (one.base.leverage) one.lower.assign(one.columns, -1e20);
  });
}

TEST("a CVaR limit far above any loss is no limit") {
  for (const double limit : {1.0, 100.0, 1e3, 1e6}) {
    Instance one = market(8, 120, Kind::Plain, 14);
    const Answer free = solved(one);
    one.base.maximumCvar = limit;
    const std::string name = "limit " + std::to_string(limit);
    certified(one, name);
    near(solved(one).figures.objective, free.figures.objective, 1e-9, name + ": objective");
  }
}

TEST("a negative CVaR limit conflicts with returns of zero, and is named") {
  for (const double confidence : {0.95, 1e-17}) {
    Instance one = market(4, 20, Kind::Plain, 15);
    one.base.confidence = confidence;
    if (confidence > 0.5) one.returns.assign(one.returns.size(), 0.0);
    one.base.maximumCvar = -0.1;
    const Answer answer = solved(one);
    check(answer.status == Status::Infeasible, std::string("infeasible, not ") + statusName(answer.status));
    check(!answer.conflict.empty() && answer.conflict[0] == "maximumCvar", "names the limit");
  }
}

TEST("limits that miss each other by about a billionth are solved, or refused with names") {
  Stream stream(5);
  for (int k = 0; k < 400; ++k) {
    const Index n = 2 + static_cast<Index>(stream.next() * 5.0);
    Instance one = market(n, 10, Kind::Plain, static_cast<std::uint64_t>(k) + 1);
    one.upper.assign(n, (1.0 - 1e-9 * (0.9 + 0.3 * stream.next())) / static_cast<double>(n));
    for (int g = 0; g < 3; ++g) {
      std::vector<double> coefficients(n);
      double value = 0.0;
      for (double& coefficient : coefficients) {
        coefficient = stream.between(-1.0, 1.0);
        value += coefficient / static_cast<double>(n);
      }
      one.groupArrays.push_back(coefficients);
      one.base.groups.push_back(GroupRow{"g", {}, value - 1e-9 * stream.next(), value + 1e-9 * stream.next()});
    }
    const Answer answer = solved(one);
    const bool named = answer.status != Status::Infeasible || !answer.conflict.empty();
    check(named, "conflict " + std::to_string(k) + " has no name");
    check(answer.status != Status::InvalidInput, "conflict " + std::to_string(k) + ": " + answer.message);
  }
}
