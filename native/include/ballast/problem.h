#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ballast {

using Index = std::int64_t;
using View = std::span<const double>;
class Residence;

/// Scenario returns, a view: [rows x columns], row-major, simple returns per period, stored in one of two precisions.
/// The memory stays alive and unchanged until solve() returns. It is read in place, but for the rows near the tail and a
/// thinned set to start from, which are copied. All arithmetic is float64.
struct Scenarios {
  Index rows = 0;                     // T >= 1
  Index columns = 0;                  // N >= 1
  View returns;                       // [T x N], loss per period and unit of weight is -returns; empty when single
  std::span<const float> single;      // [T x N] in float32 instead
  std::optional<View> probabilities;  // [T], >= 0, any positive sum; absent means equal

  // Set by ScenarioStore, for scenarios that many solves share; left alone they mean nothing.
  std::shared_ptr<const Residence> residence;  // a device's copy of the returns; none: there is none
  double largest = -1.0;                       // max |R| of scenarios that were checked; < 0: each call checks them

  [[nodiscard]] bool isSingle() const { return !single.empty(); }

  /// Calls visit(p) with p the N returns of scenario t, `const double*` or `const float*`.
  template <class Visit>
  decltype(auto) row(Index t, Visit&& visit) const {
    return isSingle() ? visit(single.data() + t * columns) : visit(returns.data() + t * columns);
  }
};

/// lower <= coefficients'w <= upper; an absent side is unbounded.
struct GroupRow {
  std::string name;
  View coefficients;  // [N]
  std::optional<double> lower;
  std::optional<double> upper;
};

/// Dearer trading of the part of a trade beyond a size: slopes added to those of smaller trades, so cost stays convex.
struct CostStep {
  View beyond;  // [N] >= 0, traded weight |w - held| from which the step counts
  View buy;     // [N] >= 0, added slope
  View sell;    // [N] >= 0, added slope
};

/// Convex costs per unit of weight traded, a fraction of traded value, paid once:
/// buy (w - h)+ + sell (h - w)+ + sum over steps of step.buy (w - h - beyond)+ + step.sell (h - w - beyond)+.
struct Costs {
  View buy;                    // [N] >= 0
  View sell;                   // [N] >= 0
  double holdingPeriods = 1.0; // the objective charges cost / holdingPeriods; the budget pays it undivided
  std::vector<CostStep> steps;
};

/// At most `most` weights differ from 0, and each that does is at least `smallest`. Long only: lower bounds >= 0.
struct Cardinality {
  Index most = 0;  // K, 1 .. N
  View smallest;   // [N] >= 0, <= upper
};

/// minimise   riskAversion * CVaR_confidence(-R w) - mean'w + cost(w) / holdingPeriods
/// subject to funding'w + cost(w) <= 1 - cashLower,   funding'w >= 1 - cashUpper - maxCost,
///            lower <= w <= upper,   groups,   sum of buys <= turnover,   sum of sells <= turnover,
///            sum |w - held| <= traded,   sum |w| <= leverage,   mean'w >= minimumReturn,
///            CVaR_confidence(-R w) <= maximumCvar,   cardinality,
/// each optional limit only when present; cost(w) as in Costs, and maxCost its upper bound (see maxCost()).
/// With riskAversion 0 and maximumCvar it is the largest return under a risk limit.
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
  std::optional<double> turnover;       // >= 0, limits buys and sells each
  std::optional<double> traded;         // >= 0, limits buys plus sells
  std::optional<double> leverage;       // >= 0, limits sum |w|
  std::optional<double> minimumReturn;  // per period; needs mean
  std::optional<double> maximumCvar;    // per period, positive is a loss
  std::optional<Cardinality> cardinality;
};

/// Funding weight of instrument i.
[[nodiscard]] double fundingOf(const Problem& problem, Index i);

/// Weight of instrument i held now.
[[nodiscard]] double heldOf(const Problem& problem, Index i);

/// cost(w) of one instrument at weight w, undivided, fraction of equity.
[[nodiscard]] double costAt(const Problem& problem, Index i, double weight);

/// Upper bound of cost(w) over the box and the turnover limit, a fraction of equity: with B_i = cost of buying to the
/// upper bound, S_i = cost of selling to the lower one, and the steepest total slopes b, s (all steps added),
/// min(sum B_i, turnover * b) + min(sum S_i, turnover * s); 0 without cost. `traded` does not enter.
[[nodiscard]] double maxCost(const Problem& problem);

/// Lower and upper bounds, [N] each.
struct Box {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// The box with each bound beyond +-1000 narrowed to what turnover, leverage and the budget imply for it, so that a
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
