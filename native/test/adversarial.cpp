// Inputs on which solvers stall, cycle, lose digits or lie.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "check.h"
#include "sample.h"

using namespace ballast;
using namespace ballast::test;

namespace {

void certified(const Answer& answer, const std::string& what) {
  check(answer.status == Status::Optimal, what + ": " + statusName(answer.status) + " " + answer.message);
  check(answer.figures.gap <= 1e-8, what + ": gap " + std::to_string(answer.figures.gap));
  check(answer.figures.violation <= 1e-9, what + ": violation");
}

#ifdef BALLAST_SANITIZE
constexpr double kSlack = 1000.0;  // instrumented code is an order slower
#else
constexpr double kSlack = 50.0;
#endif

}  // namespace

TEST("all scenarios equal, all assets equal, and no returns at all are solved") {
  Sample same(200, 12);
  for (Index t = 1; t < 200; ++t) std::copy_n(same.returns.begin(), 12, same.returns.begin() + t * 12);
  certified(same.solve(), "equal scenarios");
  Sample twins(200, 12);
  for (Index t = 0; t < 200; ++t) {
    for (Index i = 1; i < 12; ++i) twins.returns[t * 12 + i] = twins.returns[t * 12];
  }
  certified(twins.solve(), "equal assets");
  Sample flat(200, 12);
  std::fill(flat.returns.begin(), flat.returns.end(), 0.0);
  certified(flat.solve(), "no returns");
}

TEST("returns on a coarse grid, full of ties, are solved") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Sample grid(150, 10, seed);
    for (double& r : grid.returns) r = std::round(r * 100.0) / 100.0;
    certified(grid.solve(), "grid " + std::to_string(seed));
  }
}

TEST("a portfolio on which every scenario ties is left again") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Sample half(400, 40, seed);
    for (Index t = 0; t < 400; ++t) {
      for (Index i = 0; i < 40; i += 2) half.returns[t * 40 + i] = 0.001;
    }
    certified(half.solve(), "constant half " + std::to_string(seed));
  }
}

TEST("scaling returns by 1e-4 or 1e4 scales the objective") {
  Sample sample(120, 8, 3);
  const double reference = sample.solve().figures.objective;
  for (const double scale : {1e-4, 1e4}) {
    Sample scaled = sample;
    for (double& r : scaled.returns) r *= scale;
    const Answer answer = scaled.solve();
    certified(answer, "scaled");
    near(answer.figures.objective / scale, reference, 1e-12, "objective");
  }
}

TEST("bounds of 1e20 mean no bound") {
  Sample sample(120, 8, 3);
  const double reference = sample.solve().figures.objective;
  std::fill(sample.upper.begin(), sample.upper.end(), 1e20);
  const Answer answer = sample.solve();
  certified(answer, "wide");
  near(answer.figures.objective, reference, 1e-12, "objective");
}

TEST("all bounds tight leaves one point, or none") {
  Sample sample(50, 4);
  sample.lower = sample.upper = {0.1, 0.2, 0.3, 0.4};
  certified(sample.solve(), "tight");
  sample.lower = sample.upper = {0.1, 0.2, 0.3, 0.5};
  const Answer answer = sample.solve();
  check(answer.status == Status::Infeasible, "infeasible");
  check(!answer.conflict.empty() && answer.conflict[0] == "budget", "names the budget first");
}

TEST("an infeasible group pair is proven and named, bystanders are not") {
  Sample sample(50, 6);
  const std::vector<double> tech = {1, 1, 0, 0, 0, 0}, energy = {0, 0, 1, 1, 0, 0}, other = {0, 0, 0, 0, 1, 1};
  Problem problem = sample.problem();
  problem.groups = {GroupRow{"Tech", tech, 0.7, {}}, GroupRow{"Other", other, {}, 0.5}, GroupRow{"Energy", energy, 0.6, {}}};
  const CancelToken never;
  const Answer answer = solve(problem, {}, never);
  check(answer.status == Status::Infeasible, "infeasible");
  const auto named = [&](const char* name) {
    return std::find(answer.conflict.begin(), answer.conflict.end(), name) != answer.conflict.end();
  };
  check(named("group:Tech") && named("group:Energy") && named("budget"), "names both groups and the budget");
  check(!named("group:Other"), "does not name a bystander");
}

TEST("the same input gives the same bits") {
  Sample sample(300, 20, 9);
  const Answer first = sample.solve(), second = sample.solve();
  check(std::memcmp(first.weights.data(), second.weights.data(), 20 * sizeof(double)) == 0, "weights");
  check(first.duals.scenario == second.duals.scenario, "duals");
}

TEST("NaN, infinity and overflowing numbers are refused by name") {
  const double bad[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e200};
  for (const double value : bad) {
    Sample sample(10, 3);
    sample.returns[7] = value;
    const Answer answer = sample.solve();
    check(answer.status == Status::InvalidInput, "refused");
    check(answer.field == "scenarios.returns[7]", "field " + answer.field);
  }
}

TEST("a cancelled solve ends within 50 ms, a deadline within 50 ms of itself") {
  Sample sample(20'000, 200, 2);
  const Problem problem = sample.problem();
  CancelToken token;
  std::chrono::steady_clock::time_point asked;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    asked = std::chrono::steady_clock::now();
    token.cancel();
  });
  const Answer cancelled = solve(problem, {}, token);
  const auto ended = std::chrono::steady_clock::now();
  other.join();
  check(cancelled.status == Status::Cancelled, std::string("cancelled, not ") + statusName(cancelled.status));
  check(std::chrono::duration<double, std::milli>(ended - asked).count() < kSlack, "in time");
  const CancelToken never;
  const Answer late = solve(problem, Options{.timeLimitMs = 40.0, .progress = {}}, never);
  check(late.status == Status::TimeLimit, std::string("time limit, not ") + statusName(late.status));
  check(late.elapsedMs < 40.0 + kSlack, "elapsed " + std::to_string(late.elapsedMs));
}
