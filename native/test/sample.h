#pragma once

#include <cstdint>
#include <vector>

#include "ballast/solve.h"

namespace ballast::test {

/// Reproducible uniform numbers in [0, 1): splitmix64.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : state_(seed) {}

  double next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

  double between(double low, double high) { return low + (high - low) * next(); }

 private:
  std::uint64_t state_;
};

/// A long-only, fully invested problem that owns its arrays. Change the arrays freely, then call problem().
struct Sample {
  Index rows;
  Index columns;
  std::vector<double> returns, lower, upper;
  Problem base;

  Sample(Index t, Index n, std::uint64_t seed = 1)
      : rows(t), columns(n), returns(t * n), lower(n, 0.0), upper(n, 1.0) {
    Stream stream(seed);
    for (Index row = 0; row < t; ++row) {
      const double shock = stream.between(-0.03, 0.03);
      for (Index i = 0; i < n; ++i) returns[row * n + i] = shock + stream.between(-0.02, 0.021);
    }
  }

  Problem problem() const {
    Problem problem = base;
    problem.scenarios.rows = rows;
    problem.scenarios.columns = columns;
    problem.scenarios.returns = returns;
    problem.lower = lower;
    problem.upper = upper;
    return problem;
  }

  Answer solve(const Options& options = {}) const {
    const CancelToken never;
    return ballast::solve(problem(), options, never);
  }
};

}  // namespace ballast::test
