#pragma once

#include <string>

#include "naive.h"

namespace ballast::test {

/// What a seeded problem has besides a budget and bounds.
enum class Kind { Plain, Trading, LongShort, Limited, Weighted };

inline constexpr Kind kKinds[] = {Kind::Plain, Kind::Trading, Kind::LongShort, Kind::Limited, Kind::Weighted};

inline const char* kindName(Kind kind) {
  constexpr const char* kNames[] = {"plain", "trading", "long-short", "limited", "weighted"};
  return kNames[static_cast<int>(kind)];
}

/// Two common shocks, each instrument's own share of them, and now and then a bad day for all: simple returns [T x N].
inline std::vector<double> marketReturns(Index n, Index t, std::uint64_t seed) {
  Stream stream(seed);
  std::vector<double> share(2 * n), drift(n), returns(t * n);
  for (double& value : share) value = stream.between(0.2, 1.5);
  for (double& value : drift) value = stream.between(-0.0005, 0.0015);
  for (Index row = 0; row < t; ++row) {
    const double crash = stream.next() < 0.03 ? stream.between(-0.04, 0.0) : 0.0;
    const double first = stream.between(-0.02, 0.02) + crash, second = stream.between(-0.01, 0.01);
    for (Index i = 0; i < n; ++i) {
      const double own = stream.between(-0.02, 0.02) * (0.5 + stream.next());
      returns[row * n + i] = drift[i] + share[2 * i] * first + share[2 * i + 1] * second + own;
    }
  }
  return returns;
}

inline void addTrading(Instance& one, Stream& stream) {
  const Index n = one.columns;
  one.held.assign(n, 1.0 / static_cast<double>(n));
  one.base.cost = Costs{{}, {}, 20.0, {}};
  for (std::vector<double>* slopes : {&one.buy, &one.sell}) {
    for (Index i = 0; i < n; ++i) slopes->push_back(stream.between(0.0005, 0.004));
  }
  one.stepArrays.assign(3, std::vector<double>(n, 0.001));
  one.stepArrays[0].assign(n, 0.02);
  one.base.turnover = 0.4;
  one.base.cashUpper = 0.1;
}

/// A feasible problem of n instruments and t scenarios, the same for the same seed.
inline Instance market(Index n, Index t, Kind kind, std::uint64_t seed) {
  Instance one;
  one.columns = n;
  one.rows = t;
  one.returns = marketReturns(n, t, seed);
  one.lower.assign(n, 0.0);
  one.upper.assign(n, std::min(1.0, 4.0 / static_cast<double>(n)));
  Stream stream(seed + 1000);
  for (Index i = 0; i < n; ++i) one.mean.push_back(stream.between(-0.0002, 0.001));
  std::vector<double> half(n, 0.0);
  std::fill_n(half.begin(), n / 2, 1.0);
  if (kind == Kind::Trading) addTrading(one, stream);
  if (kind == Kind::LongShort) {
    one.lower.assign(n, -2.0 / static_cast<double>(n));
    one.base.leverage = 1.5;
    one.base.traded = 1.4;
  }
  if (kind == Kind::Limited) {
    one.groupArrays = {half};
    one.base.groups = {GroupRow{"half", {}, 0.3, 0.6}};
    one.base.minimumReturn = 0.0003;
    one.base.maximumCvar = 0.06;
  }
  if (kind == Kind::Weighted) {
    for (Index row = 0; row < t; ++row) one.probabilities.push_back(row % 7 == 0 ? 0.0 : 0.5 + stream.next());
    one.base.confidence = 0.9;
  }
  return one;
}

inline Answer solved(const Instance& one, const Options& options = {}, const Warm* warm = nullptr) {
  const CancelToken never;
  return solve(one.problem(), options, never, warm);
}

}  // namespace ballast::test
