// A device that fails in any call: the processors answer, say why, and nothing is left behind.
#include "ballast/many.h"
#include "ballast/scenario_store.h"
#include "check.h"
#include "device/device.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

Options onDevice() {
  libraryPath();
  Options options;
  options.backend = Backend::Cuda;
  return options;
}

void nothingLeft(const Controls& controls, const std::string& name) {
  controls.heal();
  const EmulatedCounts counts = controls.look();
  check(counts.blocks == 0 && counts.pinned == 0 && counts.streams == 0, name + ": everything was given back");
  check(counts.broken == 0, name + ": guards are whole");
}

/// Fails a later call each time, all early ones and ever fewer of the rest, until a solve gets through; each time the host's
/// answer must come. Returns how many failed.
long failEach(const Controls& controls, const Instance& one, int kind, int error, const std::string& reason) {
  const Answer host = solved(one);
  long failed = 0;
  for (long after = 0;; after += 1 + after / 4) {
    controls.fail(kind, after, error);
    const Answer answer = solved(one, onDevice());
    const std::string name = reason + " at call " + std::to_string(after);
    check(answer.status == Status::Optimal, name + ": " + statusName(answer.status) + " " + answer.message);
    nothingLeft(controls, name);
    if (answer.backend == "cuda") return failed;
    ++failed;
    check(answer.backend == "cpu" && answer.fallback.find(reason) != std::string::npos, name + ": " + answer.fallback);
    check(answer.weights == host.weights, name + ": the host's own answer");
  }
}

/// Asks for a device of a library that is not one.
void unavailable(const std::string& path, const std::string& reason) {
  const std::string before = libraryPath();
  ::setenv("BALLAST_CUDA_LIBRARY", path.c_str(), 1);
  const CudaState state = cudaState();
  check(!state.available && state.text.find(reason) != std::string::npos, "state: " + state.text);
  const Instance one = market(5, 50, Kind::Plain, 51);
  Options options;
  options.backend = Backend::Cuda;
  const Answer answer = solved(one, options);
  check(answer.status == Status::Optimal && answer.backend == "cpu", "the host answers");
  check(answer.fallback == state.text, "fallback: " + answer.fallback);
  options.backend = Backend::Auto;
  check(solved(one, options).fallback.empty(), "nobody asked for a device");
  ::setenv("BALLAST_CUDA_LIBRARY", before.c_str(), 1);
}

}  // namespace

TEST("the device says what it is") {
  libraryPath();
  const CudaState state = cudaState();
  check(state.available && state.text.find("compute capability") != std::string::npos, state.text);
}

TEST("an absent library, a broken one and one of another version are reasons, not failures") {
  unavailable("/nowhere/libballast_cuda.so", "this build has no libballast_cuda.so");
  unavailable("/proc/self/status", "cannot be loaded");
  unavailable(BALLAST_OTHER_VERSION, "is of version");
}

TEST("no device: the host answers and says so") {
  const Controls controls;
  if (!controls.emulated()) return;
  controls.fail(kFind, 0, kNoDevice);
  const std::string text = cudaState().text;
  check(text.find("no CUDA-capable device") != std::string::npos, text);
  const Instance one = market(6, 120, Kind::Plain, 52);
  check(failEach(controls, one, kFind, kNoDevice, "no CUDA-capable device") == 1, "once");
}

TEST("out of memory in any of the calls that take some") {
  const Controls controls;
  if (!controls.emulated()) return;
  const Instance one = market(6, 120, Kind::Trading, 53);
  check(failEach(controls, one, kMemory, kOutOfMemory, "taking device memory: out of memory") > 5, "many calls");
  check(failEach(controls, one, kPinned, kOutOfMemory, "taking pinned memory: out of memory") > 1, "pinned memory");
}

TEST("a device lost at any moment") {
  const Controls controls;
  if (!controls.emulated()) return;
  const Instance one = market(6, 120, Kind::Limited, 54);
  check(failEach(controls, one, kWait, kIllegalAddress, "an illegal memory access") > 10, "many moments");
}

TEST("a device lost among many problems: those after it are the host's, none is missing") {
  const Controls controls;
  if (!controls.emulated()) return;
  const Instance one = market(6, 120, Kind::Plain, 55);
  std::vector<Problem> problems(18, one.problem());
  const CancelToken never;
  Options options = onDevice();
  options.threads = 2;
  const long before = controls.look().waits;
  check(solveMany(problems, options, never).front().backend == "cuda", "all on the device");
  controls.fail(kWait, (controls.look().waits - before) / 2, kIllegalAddress);
  const std::vector<Answer> answers = solveMany(problems, options, never);
  long host = 0;
  for (const Answer& answer : answers) {
    check(answer.status == Status::Optimal, statusName(answer.status));
    host += answer.backend == "cpu" ? 1 : 0;
    check((answer.backend == "cpu") == !answer.fallback.empty(), "says why");
  }
  check(host > 0 && host < 18, "some of each: " + std::to_string(host));
  nothingLeft(controls, "many");
}

TEST("a device lost under held scenarios: solves go on, and new ones find the device again") {
  const Controls controls;
  if (!controls.emulated()) return;
  const CancelToken never;
  const Instance one = market(6, 120, Kind::Plain, 56);
  {
    ScenarioStore store;
    Problem problem = one.problem();
    const Held held = store.hold(problem.scenarios, onDevice(), never);
    problem.scenarios = held.scenarios;
    controls.fail(kWait, 3, kIllegalAddress);
    for (int k = 0; k < 2; ++k) {
      const Answer answer = solve(problem, onDevice(), never);
      check(answer.status == Status::Optimal && answer.backend == "cpu" && !answer.fallback.empty(), "goes on");
    }
    controls.heal();
    check(solve(problem, onDevice(), never).backend == "cuda", "well again");
  }
  controls.fail(kMemory, 0, kOutOfMemory);
  ScenarioStore store;
  const Held held = store.hold(one.problem().scenarios, onDevice(), never);
  check(held.status == Status::Optimal && held.backend == "cpu" && held.fallback.find("out of memory") != std::string::npos, "held on the host");
  nothingLeft(controls, "held");
}

TEST("a solve cancelled on the device ends at once and gives everything back") {
  const Controls controls;
  const Instance one = market(40, 4000, Kind::Trading, 57);
  CancelToken token;
  Options options = onDevice();
  options.progress = [&](const Progress& progress) {
    if (progress.passes > 2) token.cancel();
  };
  const Answer answer = solve(one.problem(), options, token);
  check(answer.status == Status::Cancelled && answer.weights.empty(), statusName(answer.status));
  nothingLeft(controls, "cancelled");
}
