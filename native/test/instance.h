#pragma once

#include <string>

#include "naive.h"

namespace ballast::test {

/// Random small problems with every feature present or absent by chance. `anchor` keeps all limits, most with room.
class Instances {
 public:
  explicit Instances(std::uint64_t seed) : stream_(seed) {}

  Instance next() {
    Instance one;
    one.columns = 1 + whole(4);
    one.rows = 1 + whole(12);
    shape(one);
    trading(one);
    limits(one);
    return one;
  }

  /// Multipliers of every row, present or not, of either sign; now and then one that is no number.
  Duals duals(const Instance& one) {
    Duals duals;
    duals.scenario = array(one.rows, -0.5 / static_cast<double>(one.rows), 2.0 / static_cast<double>(one.rows));
    for (double* y : {&duals.budget, &duals.buys, &duals.sells, &duals.traded, &duals.leverage, &duals.minimumReturn,
                      &duals.maximumCvar}) {
      *y = dual();
    }
    for (std::size_t g = 0; g < one.groupArrays.size(); ++g) duals.groups.push_back(dual());
    return duals;
  }

  bool coin(double chance = 0.5) { return stream_.next() < chance; }
  Index whole(Index below) { return static_cast<Index>(stream_.next() * static_cast<double>(below)); }
  std::vector<double> array(Index count, double low, double high) {
    std::vector<double> values(count);
    for (double& value : values) value = stream_.between(low, high);
    return values;
  }
  Stream& stream() { return stream_; }

 private:
  double dual() {
    if (coin(0.2)) return 0.0;
    if (coin(0.03)) return std::numeric_limits<double>::quiet_NaN();
    return stream_.between(-0.1, 0.1);
  }

  void shape(Instance& one) {
    one.returns = array(one.rows * one.columns, -0.08, 0.08);
    if (coin(0.3)) {
      for (double& r : one.returns) r = std::round(r * 50.0) / 50.0;  // many equal losses
    }
    if (coin()) {
      one.probabilities = array(one.rows, 0.1, 1.0);
      for (double& p : one.probabilities) p = coin(0.3) ? 0.0 : p;
      one.probabilities[whole(one.rows)] = 1.0;
    }
    const double levels[] = {0.5, 0.75, 0.9, 0.95, stream_.between(0.02, 0.99)};
    one.base.confidence = levels[whole(5)];
    one.base.riskAversion = coin(0.2) ? 0.0 : stream_.between(0.1, 3.0);
    if (coin(0.7)) one.mean = array(one.columns, -0.01, 0.02);
    if (coin()) one.funding = array(one.columns, -0.3, 1.0);
    const bool names = coin(0.3);
    for (Index i = 0; i < one.columns; ++i) {
      one.lower.push_back(names ? 0.0 : stream_.between(-0.6, 0.2));
      one.upper.push_back(one.lower[i] + (coin(0.1) ? 0.0 : stream_.between(0.1, 1.0)));
      one.anchor.push_back(stream_.between(one.lower[i], one.upper[i]));
    }
    if (names) {
      one.base.cardinality = Cardinality{one.columns, {}};
      for (double w : one.anchor) one.smallest.push_back(w * stream_.next());
    }
  }

  void trading(Instance& one) {
    if (coin(0.7)) one.held = array(one.columns, -0.7, 0.9);
    if (!coin(0.7)) return;
    one.base.cost = Costs{{}, {}, coin() ? 1.0 : stream_.between(2.0, 20.0), {}};
    one.buy = array(one.columns, 0.0, 0.02);
    one.sell = array(one.columns, 0.0, 0.02);
    for (Index k = whole(3); k > 0; --k) {
      one.stepArrays.push_back(array(one.columns, 0.0, 0.6));
      one.stepArrays.push_back(array(one.columns, 0.0, 0.03));
      one.stepArrays.push_back(array(one.columns, 0.0, 0.03));
    }
  }

  double room() { return coin(0.1) ? 0.0 : stream_.between(0.0, 0.3); }

  /// Limits around what the anchor does; the anchor stays within them but for rounding.
  void limits(Instance& one) {
    for (Index g = whole(3); g > 0; --g) one.groupArrays.push_back(array(one.columns, -1.0, 1.0));
    one.base.groups.resize(one.groupArrays.size());
    for (std::size_t g = 0; g < one.groupArrays.size(); ++g) {
      double value = 0.0;
      for (Index i = 0; i < one.columns; ++i) value += one.groupArrays[g][i] * one.anchor[i];
      if (coin(0.7)) one.base.groups[g].lower = value - room();
      if (coin(0.7)) one.base.groups[g].upper = value + room();
    }
    const Problem free = one.problem();
    const NaiveSums sums = naiveSums(free, one.anchor);
    const double cash = static_cast<double>(1 - sums.funded - sums.cost);
    one.base.cashLower = cash - room();
    one.base.cashUpper = cash + room();
    if (coin()) one.base.turnover = static_cast<double>(std::max(sums.buys, sums.sells)) + room();
    if (coin()) one.base.traded = static_cast<double>(sums.buys + sums.sells) + room();
    if (coin()) one.base.leverage = static_cast<double>(sums.size) + room();
    if (coin() && !one.mean.empty()) one.base.minimumReturn = static_cast<double>(sums.gained) - 0.02 * room();
    if (coin()) one.base.maximumCvar = static_cast<double>(naiveTail(free, one.anchor).cvar) + 0.05 * room();
  }

  Stream stream_;
};

/// Problems each law is tried on.
inline constexpr int kInstances = 300;

inline std::string named(int k, const char* what) { return "instance " + std::to_string(k) + ": " + what; }

inline double rounded(Real value) { return static_cast<double>(value); }

/// Weights somewhere between the anchor and anywhere in the box: near the anchor most limits hold.
inline std::vector<double> around(const Instance& one, Instances& chance) {
  std::vector<double> w = one.anchor;
  const double step = chance.coin(0.3) ? 1.0 : chance.stream().next() * 0.4;
  for (Index i = 0; i < one.columns; ++i) w[i] += step * (chance.stream().between(one.lower[i], one.upper[i]) - w[i]);
  return w;
}

/// Every combination of the places where an instrument's Lagrangian may bend, and the ends of its bounds.
inline std::vector<std::vector<double>> corners(const Problem& p) {
  std::vector<std::vector<double>> points = {{}};
  for (Index i = 0; i < p.scenarios.columns; ++i) {
    const double held = heldOf(p, i);
    std::vector<double> places = {p.lower[i], p.upper[i], held, 0.0};
    for (std::size_t k = 0; p.cost && k < p.cost->steps.size(); ++k) {
      places.push_back(held + p.cost->steps[k].beyond[i]);
      places.push_back(held - p.cost->steps[k].beyond[i]);
    }
    for (double& place : places) place = std::clamp(place, p.lower[i], p.upper[i]);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    std::vector<std::vector<double>> longer;
    for (const std::vector<double>& point : points) {
      for (double place : places) {
        longer.push_back(point);
        longer.back().push_back(place);
      }
    }
    points = std::move(longer);
  }
  return points;
}

}  // namespace ballast::test
