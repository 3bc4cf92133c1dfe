// Whole solves on the device: certified, and in agreement with the processors.
#include "ballast/frontier.h"
#include "ballast/many.h"
#include "ballast/scenario_store.h"
#include "check.h"
#include "device/device.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

Options on(Backend backend, int threads = 1) {
  libraryPath();
  Options options;
  options.backend = backend;
  options.threads = threads;
  options.timeLimitMs = 1e6;  // an emulated device under a sanitizer is slow beyond measure
  return options;
}

bool sameWeights(const Answer& a, const Answer& b) { return a.weights == b.weights && a.duals.scenario == b.duals.scenario; }

void agree(const Answer& device, const Answer& host, const std::string& name) {
  check(host.status == Status::Optimal, name + " on the host: " + statusName(host.status) + " " + host.message);
  check(device.status == Status::Optimal, name + ": " + statusName(device.status) + " " + device.message);
  check(device.backend == "cuda" && device.fallback.empty(), name + ": " + device.backend + ", " + device.fallback);
  check(device.figures.gap <= 1e-8 && device.figures.violation <= 1e-9, name + ": certified");
  near(device.figures.objective, host.figures.objective, 2e-8 * host.figures.gapScale, name + ": objective");
  check(device.figures.lowerBound <= host.figures.objective + 1e-12, name + ": its bound is no higher than the optimum");
}

}  // namespace

TEST("every kind of problem is solved on the device as on the host, with the same bits again") {
  for (const Kind kind : kKinds) {
    const Instance one = market(14, 240, kind, 41);
    const Answer device = solved(one, on(Backend::Cuda));
    agree(device, solved(one), kindName(kind));
    if (kind != Kind::Limited) continue;
    check(sameWeights(device, solved(one, on(Backend::Cuda, 2))), "same bits");
  }
}

TEST("more instruments than a tile is wide, float32, and a thinned first level") {
  const Instance wide = market(66, 300, Kind::Trading, 42);
  agree(solved(wide, on(Backend::Cuda)), solved(wide), "wide");
  const Instance tall = market(6, 10'400, Kind::Weighted, 43);
  agree(solved(tall, on(Backend::Cuda)), solved(tall), "tall");
  const Instance one = market(12, 900, Kind::Plain, 44);
  const std::vector<float> single(one.returns.begin(), one.returns.end());
  Problem problem = one.problem();
  problem.scenarios.returns = {};
  problem.scenarios.single = single;
  const CancelToken never;
  agree(solve(problem, on(Backend::Cuda), never), solve(problem, Options{}, never), "float32");
}

TEST("frontiers, many problems and limits on names are solved on the device") {
  const CancelToken never;
  Instance one = market(8, 200, Kind::Plain, 45);
  const Frontier device = frontier(one.problem(), 3, on(Backend::Cuda), never), host = frontier(one.problem(), 3, {}, never);
  check(device.status == Status::Optimal && device.points.size() == 3, "frontier");
  for (std::size_t k = 0; k < device.points.size(); ++k) agree(device.points[k], host.points[k], "frontier");
  std::vector<Problem> problems(6, one.problem());
  for (std::size_t k = 0; k < problems.size(); ++k) problems[k].riskAversion = 1.0 + 0.1 * static_cast<double>(k);
  const std::vector<Answer> several = solveMany(problems, on(Backend::Cuda, 2), never), alone = solveMany(problems, {}, never);
  for (std::size_t k = 0; k < several.size(); ++k) agree(several[k], alone[k], "many");
  one.base.cardinality = Cardinality{3, {}};
  one.smallest.assign(8, 0.05);
  one.upper.assign(8, 1.0);
  agree(solved(one, on(Backend::Cuda)), solved(one), "names");
}

TEST("infeasible, invalid and cancelled solves answer on the device as on the host") {
  Instance one = market(10, 500, Kind::Plain, 46);
  CancelToken cancelled;
  cancelled.cancel();
  check(solve(one.problem(), on(Backend::Cuda), cancelled).status == Status::Cancelled, "cancelled");
  one.base.maximumCvar = -0.5;
  check(solved(one, on(Backend::Cuda)).conflict == solved(one).conflict, "conflict");
  check(solved(one, on(Backend::Cuda)).status == Status::Infeasible, "infeasible");
  one.returns[7] = std::nan("");
  check(solved(one, on(Backend::Cuda)).field == "scenarios.returns[7]", "invalid");
}

TEST("held scenarios go to the device once, however many solves and holders they have, and leave it with the last") {
  const Controls controls;
  const CancelToken never;
  const Instance one = market(12, 300, Kind::Trading, 47);
  const long size = 12 * 300 * 8;
  ScenarioStore store;
  {
    Problem problem = one.problem();
    const Held held = store.hold(problem.scenarios, on(Backend::Cuda), never);
    check(held.status == Status::Optimal && held.backend == "cuda" && held.digest.size() == 32, "held");
    const std::vector<double> copy = one.returns;
    Scenarios other = problem.scenarios;
    other.returns = copy;
    const Held again = store.hold(other, on(Backend::Cuda, 2), never);
    check(again.digest == held.digest && again.scenarios.residence == held.scenarios.residence, "one copy");
    problem.scenarios = held.scenarios;
    const long start = controls.look().bytesIn;
    const Answer first = solve(problem, on(Backend::Cuda), never);
    agree(first, solved(one), "held");
    const long between = controls.look().bytesIn;
    check(sameWeights(first, solved(one, on(Backend::Cuda))), "the same bits as when it is not held");
    const long end = controls.look().bytesIn;
    if (controls.emulated()) check((end - between) - (between - start) == size, "held scenarios are not copied again");
    problem.scenarios = again.scenarios;
    const Answer host = solve(problem, on(Backend::Cpu), never);
    check(host.backend == "cpu" && sameWeights(host, solved(one)), "the host can be asked for all the same");
  }
  check(controls.look().blocks == 0, "given back");
  Instance other = one;
  other.returns[5] = std::nextafter(other.returns[5], 1.0);
  check(store.hold(other.problem().scenarios, on(Backend::Cpu), never).digest !=
            store.hold(one.problem().scenarios, on(Backend::Cpu), never).digest, "a bit more is another digest");
  other.returns[5] = std::nan("");
  check(store.hold(other.problem().scenarios, on(Backend::Cuda), never).field == "scenarios.returns[5]", "invalid");
}

TEST("a store keeps as many copies as it is told, and lets them go when memory runs out") {
  const Controls controls;
  const CancelToken never;
  ScenarioStore store(2);
  const auto reach = [&](std::uint64_t seed) {
    const Instance one = market(5, 60, Kind::Plain, seed);
    const Held held = store.hold(one.problem().scenarios, on(Backend::Cuda), never);
    check(held.backend == "cuda", "held: " + held.fallback);
  };
  for (const std::uint64_t seed : {61u, 62u, 63u}) reach(seed);
  if (!controls.emulated()) return;
  check(controls.look().blocks == 2, "two are kept");
  const long before = controls.look().bytesIn;
  reach(63);
  check(controls.look().bytesIn == before, "found again by its content");
  reach(61);
  check(controls.look().bytesIn > before, "the oldest was let go");
  controls.fail(kMemory, 0, kOutOfMemory);
  reach(64);
  check(controls.look().blocks == 1, "the others made room");
}

TEST("auto takes the device for many scenarios and the host for few") {
  check(solved(market(5, 300, Kind::Plain, 48), on(Backend::Auto)).backend == "cpu", "few");
  if (!Controls().emulated()) return;  // a real device asks for more than these
  check(solved(market(20, 6000, Kind::Plain, 48), on(Backend::Auto)).backend == "cuda", "many");
}
