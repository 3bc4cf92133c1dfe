#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ballast {

using Index = std::int64_t;
using View = std::span<const double>;

/// Scenario returns, a view: `returns` is [rows x columns], row-major, simple returns per period.
/// The memory stays alive and unchanged until solve() returns; it is never copied.
struct Scenarios {
  Index rows = 0;                     // T >= 1
  Index columns = 0;                  // N >= 1
  View returns;                       // [T x N], loss per period and unit of weight is -returns
  std::optional<View> probabilities;  // [T], >= 0, any positive sum; absent means equal

  /// Returns of scenario t, N values.
  [[nodiscard]] const double* row(Index t) const { return returns.data() + t * columns; }
};

/// lower <= coefficients'w <= upper; an absent side is unbounded.
struct GroupRow {
  std::string name;
  View coefficients;  // [N]
  std::optional<double> lower;
  std::optional<double> upper;
};

/// Linear costs per unit of weight traded, a fraction of traded value, paid once.
struct Costs {
  View buy;                    // [N] >= 0
  View sell;                   // [N] >= 0
  double holdingPeriods = 1.0; // the objective charges cost / holdingPeriods; the budget pays it undivided
};

/// minimise   riskAversion * CVaR_confidence(-R w) - mean'w + cost(w) / holdingPeriods
/// subject to funding'w + cost(w) <= 1 - cashLower,   funding'w >= 1 - cashUpper - maxCost,
///            lower <= w <= upper,   groups,   sum of buys <= turnover,   sum of sells <= turnover,
/// with cost(w) = sum_i buy_i (w_i - held_i)+ + sell_i (held_i - w_i)+ and maxCost its upper bound (see maxCost()).
/// Rockafellar & Uryasev, J. Risk 2(3), 2000. Views only: arrays outlive the solve.
struct Problem {
  Scenarios scenarios;
  double confidence = 0.95;   // alpha in (0, 1)
  double riskAversion = 1.0;  // lambda >= 0
  std::optional<View> mean;   // [N] expected return per period in excess of cash; absent means none
  View lower;                 // [N] finite
  View upper;                 // [N] finite, >= lower
  std::optional<View> funding;  // [N] equity needed per unit of weight; absent means 1
  std::optional<View> held;     // [N] weights held now; absent means 0
  double cashLower = 0.0;
  double cashUpper = 0.0;
  std::optional<Costs> cost;
  std::vector<GroupRow> groups;
  std::optional<double> turnover;  // >= 0, limits buys and sells each
};

/// Funding weight of instrument i.
[[nodiscard]] double fundingOf(const Problem& problem, Index i);

/// Weight of instrument i held now.
[[nodiscard]] double heldOf(const Problem& problem, Index i);

/// Upper bound of cost(w) over the box and the turnover limit, a fraction of equity:
/// min(sum buy (u - h)+, turnover * max buy) + min(sum sell (h - l)+, turnover * max sell); 0 without cost.
[[nodiscard]] double maxCost(const Problem& problem);

/// Lower and upper bounds, [N] each.
struct Box {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// The box with each bound beyond +-1000 narrowed to what the turnover limit and the budget imply for it, so that a
/// bound that means "none" (1e20) does not drown the arithmetic. No feasible weights are cut off; other bounds stay.
[[nodiscard]] Box narrowedBox(const Problem& problem);

/// True when some cost slope is positive, so that the budget splits into two one-sided rows.
[[nodiscard]] bool hasCost(const Problem& problem);

/// The first thing wrong with an input: where, and what was found there.
struct InvalidInput {
  std::string field;    // path such as "upper[3]" or "groups[1].coefficients[0]"
  std::string message;  // names the index and the value
};

class Stop;

/// Checks every number and length of a problem. Nothing wrong: no value. Cost: one pass over the scenarios.
/// `stop`, when given, may interrupt the pass.
[[nodiscard]] std::optional<InvalidInput> validate(const Problem& problem, const Stop* stop = nullptr);

}  // namespace ballast
