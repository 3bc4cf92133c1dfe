// Solves beside each other, and solves that are stopped.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <thread>

#include "check.h"
#include "market.h"

using namespace ballast;
using namespace ballast::test;

namespace {

using Clock = std::chrono::steady_clock;

#ifdef BALLAST_SANITIZE
constexpr double kSlackMs = 1000.0;  // instrumented code is an order slower
constexpr Index kManyRows = 6000;
#else
constexpr double kSlackMs = 50.0;
constexpr Index kManyRows = 30'000;
#endif

double since(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

std::vector<Answer> atOnce(int count, const std::function<Answer(int)>& one) {
  std::vector<Answer> answers(count);
  std::vector<std::thread> threads;
  for (int k = 0; k < count; ++k) threads.emplace_back([&, k] { answers[k] = one(k); });
  for (std::thread& thread : threads) thread.join();
  return answers;
}

struct Stopped {
  Answer answer;
  double afterMs = 0.0;  // from the cancel to the answer
};

/// A solve that another thread cancels after a while.
Stopped cancelAfter(const Problem& problem, double ms, int threads) {
  CancelToken token;
  Clock::time_point asked;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(ms));
    asked = Clock::now();
    token.cancel();
  });
  Stopped stopped;
  stopped.answer = solve(problem, Options{.threads = threads, .progress = {}}, token);
  const Clock::time_point ended = Clock::now();
  other.join();
  stopped.afterMs = std::chrono::duration<double, std::milli>(ended - asked).count();
  return stopped;
}

/// Cancelled early enough a solve says so, and in time; the best of a few tries, since other programs run here too.
void endsInTime(const Problem& problem, double ms, int threads, const std::string& name) {
  double soonest = 1e9;
  for (int attempt = 0; attempt < 3 && !(soonest < kSlackMs); ++attempt) {
    const Stopped stopped = cancelAfter(problem, ms, threads);
    const Status status = stopped.answer.status;
    check(status == Status::Cancelled || status == Status::Optimal, name + ": " + statusName(status));
    if (status == Status::Cancelled) check(stopped.answer.weights.empty(), name + ": weights of a cancelled solve");
    soonest = std::min(soonest, stopped.afterMs);
  }
  check(soonest < kSlackMs, name + ": ended " + std::to_string(soonest) + " ms after the cancel");
}

}  // namespace

TEST("24 solves at once on threads of their own, each of its own problem, answer as they do alone") {
  std::vector<Instance> problems;
  for (int k = 0; k < 24; ++k) problems.push_back(market(15 + k, 400 + 20 * k, kKinds[k % 5], 40 + k));
  const std::vector<Answer> together =
      atOnce(24, [&](int k) { return solved(problems[k], Options{.threads = 1 + k % 2, .progress = {}}); });
  for (int k = 0; k < 24; ++k) {
    const Answer alone = solved(problems[k]);
    check(together[k].status == Status::Optimal, std::to_string(k) + ": " + statusName(together[k].status));
    check(together[k].weights == alone.weights && together[k].duals.scenario == alone.duals.scenario,
          std::to_string(k) + ": other bits than alone");
  }
}

TEST("24 solves at once of one problem in one memory give the same bits") {
  const Instance one = market(40, 3000, Kind::Trading, 50);
  const std::vector<Answer> answers =
      atOnce(24, [&](int k) { return solved(one, Options{.threads = 1 + k % 2, .progress = {}}); });
  for (const Answer& answer : answers) {
    check(answer.status == Status::Optimal, statusName(answer.status));
    check(answer.weights == answers[0].weights, "other bits");
  }
}

TEST("24 solves at once are all stopped by one token, which stops later ones at once") {
  const Instance one = market(100, 5000, Kind::Plain, 51);
  const Problem problem = one.problem();
  CancelToken token;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    token.cancel();
  });
  for (const Answer& answer : atOnce(24, [&](int) { return solve(problem, {}, token); })) {
    check(answer.status == Status::Cancelled || answer.status == Status::Optimal, statusName(answer.status));
  }
  other.join();
  const Answer later = solve(problem, {}, token);
  check(later.status == Status::Cancelled && later.passes == 0, "a cancelled token begins nothing");
  const CancelToken fresh;
  check(solve(problem, {}, fresh).status == Status::Optimal, "a fresh token lets it run");
}

TEST("a cancel from another thread ends a large solve in time, in every phase of it") {
  const Instance plain = market(300, kManyRows, Kind::Plain, 52);
  const Problem problem = plain.problem();
  for (const double ms : {0.0, 1.0, 5.0, 20.0, 60.0}) {
    for (const int threads : {1, 2}) {
      endsInTime(problem, ms, threads, std::to_string(ms) + " ms on " + std::to_string(threads) + " threads");
    }
  }
}

TEST("a cancel during the last look at an answer leaves no weights in it") {
  const Instance one = market(20, 1000, Kind::Plain, 54);
  CancelToken token;
  Options options;
  options.progress = [&](const Progress& progress) {
    if (progress.gap <= options.tolerance) token.cancel();
  };
  const Answer answer = solve(one.problem(), options, token);
  check(answer.status == Status::Cancelled, statusName(answer.status));
  check(answer.weights.empty() && answer.duals.scenario.empty(), "weights of a cancelled solve");
}

TEST("a time limit ends a large solve in time") {
  const Instance plain = market(300, kManyRows, Kind::Plain, 52);
  const Problem problem = plain.problem();
  const CancelToken never;
  for (const double limit : {1e-3, 2.0, 10.0, 40.0}) {
    double late = 1e9;
    for (int attempt = 0; attempt < 3 && !(late < kSlackMs); ++attempt) {
      const Clock::time_point begin = Clock::now();
      const Answer answer = solve(problem, Options{.timeLimitMs = limit, .progress = {}}, never);
      late = std::min(late, since(begin) - limit);
      check(answer.status == Status::TimeLimit || answer.status == Status::Optimal, statusName(answer.status));
    }
    check(late < kSlackMs, "limit " + std::to_string(limit) + " ms: late by " + std::to_string(late) + " ms");
  }
}

TEST("an exception of the progress function ends the solve as a failure, on any number of threads") {
  const Instance one = market(100, 5000, Kind::Plain, 53);
  for (const int threads : {1, 3}) {
    Options options;
    options.threads = threads;
    options.progress = [](const Progress&) { throw std::runtime_error("no more"); };
    const Answer answer = solved(one, options);
    check(answer.status == Status::Numerical && answer.message.find("no more") != std::string::npos, answer.message);
  }
}
