#pragma once

#include <cmath>
#include <vector>

#include "ballast/solve.h"
#include "parallel/pool.h"

namespace ballast::certificate {

/// Compensated sum: its rounding error does not grow with the number of terms.
/// Neumaier, Z. Angew. Math. Mech. 54 (1974).
class Sum {
 public:
  void add(double term) {
    const double next = sum_ + term;
    lost_ += std::fabs(sum_) >= std::fabs(term) ? (sum_ - next) + term : (term - next) + sum_;
    sum_ = next;
  }
  [[nodiscard]] double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0.0;
  double lost_ = 0.0;
};

/// The loss distribution at some weights.
struct Distribution {
  std::vector<double> probability;  // [T], sums to 1
  std::vector<double> loss;         // [T], L = -R w
  double largestReturn = 0.0;       // max |R|, when asked for
};

/// One pass over the scenarios: L = -R w, and max |R| with `measure`. A row's sum is always added in the same order.
[[nodiscard]] Distribution distributionAt(const Problem& problem, const std::vector<double>& w, const Stop* stop,
                                          bool measure, Pool& pool);

struct Tail {
  double var = 0.0;
  double cvar = 0.0;
};

/// VaR = min{z : P(L <= z) >= alpha}; CVaR = (sum over L > VaR of p L + (1 - alpha - P(L > VaR)) VaR) / (1 - alpha).
/// Rockafellar & Uryasev, J. Banking & Finance 26 (2002), Proposition 8: the atom at VaR counts in part.
/// NaN when a loss is not finite. Cost O(T).
[[nodiscard]] Tail tailOf(const Distribution& losses, double confidence);

/// Drops every multiplier that bounds nothing: of an absent limit or side, or not finite. Lengths are made right.
void cleanDuals(const Problem& problem, Duals& duals);

/// Moves q into 0 <= q <= lambda p / (1 - alpha), sum q = lambda: clip, then take from all in proportion to what they
/// have or give to all in proportion to their room.
void projectDensity(const std::vector<double>& probability, double confidence, double lambda, std::vector<double>& q);

/// -R'q, [N], over the scenarios with q_t != 0.
[[nodiscard]] std::vector<double> tailSlope(const Scenarios& scenarios, const std::vector<double>& q,
                                            const Stop* stop);

struct Bound {
  double value = 0.0;
  double rounding = 0.0;  // bound on the rounding error of value
};

/// min over the box of slope'w + charged cost(w) + sum_r y_r (limit_r - row_r(w)), rows without maximumCvar; the duals
/// are clean. `charged` is 1 / holding periods, or 0 for a Farkas ray.
[[nodiscard]] Bound boxBound(const Problem& problem, const std::vector<double>& slope, double charged,
                             const Duals& duals);

/// The slope each instrument's part of that Lagrangian is left with at w: of the slopes between its left and its right
/// one, the nearest to 0. > 0 presses down on a lower bound, < 0 up on an upper one.
[[nodiscard]] std::vector<double> reducedCosts(const Problem& problem, const std::vector<double>& slope,
                                               double charged, const Duals& duals, const std::vector<double>& w);

/// Worst violation of a bound, a row, maximumCvar or cardinality, weight units, 0 or above; infinite when a weight is not
/// finite. Return and CVaR are measured by the weight that would set them right: divided by max |mean| and max |R|.
/// Cardinality: names beyond the most allowed, 1 each, and what a held one (|w| > 1e-9) lacks of its smallest size.
[[nodiscard]] double violationAt(const Problem& problem, const std::vector<double>& w, double cost, double cvar,
                                 double largestReturn);

}  // namespace ballast::certificate
