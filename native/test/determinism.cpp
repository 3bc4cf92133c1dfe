// The same input gives the same bits, on any number of threads.
#include <cstdlib>
#include <cstring>

#include "check.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

/// FNV-1a over the bits of all weights and duals.
std::uint64_t bitsOf(const Answer& answer) {
  std::uint64_t hash = 14695981039346656037ull;
  const auto add = [&](const double* values, std::size_t count) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(values);
    for (std::size_t k = 0; k < count * sizeof(double); ++k) hash = (hash ^ bytes[k]) * 1099511628211ull;
  };
  const Duals& duals = answer.duals;
  for (const std::vector<double>* values : {&answer.weights, &duals.scenario, &duals.groups, &duals.reducedCost}) {
    add(values->data(), values->size());
  }
  for (const double* value : {&duals.budget, &duals.buys, &duals.sells, &duals.traded, &duals.leverage,
                              &duals.minimumReturn, &duals.maximumCvar, &answer.figures.objective,
                              &answer.figures.lowerBound}) {
    add(value, 1);
  }
  return hash;
}

/// Leverage, short positions, costs, turnover, a group and a tail limit at once.
Instance everything(Index n, Index t, std::uint64_t seed) {
  Instance one = market(n, t, Kind::Trading, seed);
  one.lower.assign(n, -1.0 / static_cast<double>(n));
  one.base.leverage = 1.3;
  one.base.traded = 0.7;
  one.base.maximumCvar = 0.08;
  return one;
}

/// Repeats beyond the first few cost time and find little: BALLAST_CAMPAIGN=1 runs them all.
int repeatsOf(const Instance& one) {
  return one.rows < 5000 || std::getenv("BALLAST_CAMPAIGN") != nullptr ? 10 : 2;
}

void sameBits(const Instance& one, const std::string& name) {
  const Answer first = solved(one);
  check(first.status == Status::Optimal, name + ": " + statusName(first.status) + " " + first.message);
  const std::uint64_t bits = bitsOf(first);
  for (const int threads : {2, 4}) {
    const Answer again = solved(one, Options{.threads = threads, .progress = {}});
    check(bitsOf(again) == bits, name + ": other bits on " + std::to_string(threads) + " threads");
    check(again.iterations == first.iterations && again.passes == first.passes, name + ": another way there");
  }
  for (int repeat = 1; repeat < repeatsOf(one); ++repeat) {
    const int threads = 1 + repeat % 3;
    check(bitsOf(solved(one, Options{.threads = threads, .progress = {}})) == bits, name + ": other bits when repeated");
  }
}

}  // namespace

TEST("20 x 1000: the bits do not depend on threads or on the run") {
  for (const Kind kind : kKinds) sameBits(market(20, 1000, kind, 31), kindName(kind));
  sameBits(everything(20, 1000, 31), "everything");
}

TEST("100 x 5000: the bits do not depend on threads or on the run") {
  sameBits(market(100, 5000, Kind::Plain, 32), "plain");
  sameBits(everything(100, 5000, 32), "everything");
}

TEST("300 x 12000, where threads share the work and a coarse level leads: the bits stay the same") {
  sameBits(market(300, 12'000, Kind::Plain, 33), "plain");
  if (std::getenv("BALLAST_CAMPAIGN") != nullptr) sameBits(everything(300, 12'000, 33), "everything");
}
