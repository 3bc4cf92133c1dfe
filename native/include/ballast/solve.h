#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "ballast/backend.h"
#include "ballast/problem.h"

namespace ballast {

/// Set from any thread to stop a solve; the solve answers Cancelled within 50 ms.
class CancelToken {
 public:
  void cancel() noexcept { flag_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const noexcept { return flag_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
};

/// Where a running solve stands; gaps only fall. With cardinality the relaxation comes first, then the search over names,
/// each with its own gaps.
struct Progress {
  double elapsedMs = 0.0;
  double gap = 0.0;      // relative, infinite before the first feasible point
  Index iterations = 0;  // interior point iterations so far
  Index passes = 0;      // passes over the whole scenario matrix so far
};

/// Limits of one solve.
struct Options {
  double tolerance = 1e-8;        // relative optimality gap to certify, > 0
  double timeLimitMs = 60'000.0;  // wall time, milliseconds, > 0
  int threads = 1;                // threads of this solve, >= 1; the answer's bits do not depend on it
  Backend backend = Backend::Cpu; // on which the last digits of an answer depend
  std::function<void(const Progress&)> progress;  // called on the solving thread after each outer pass
};

enum class Status { Optimal, Feasible, Infeasible, InvalidInput, Cancelled, TimeLimit, Numerical };

/// Name of a status as the TypeScript port spells it, e.g. "TIME_LIMIT".
[[nodiscard]] const char* statusName(Status status);

/// Multipliers. A row's dual is > 0 when its lower side binds and < 0 when its upper side binds.
struct Duals {
  std::vector<double> scenario;     // [T] tail density q: sum = lambda, 0 <= q <= lambda p / (1 - alpha),
                                    // lambda = riskAversion + maximumCvar
  double budget = 0.0;
  double buys = 0.0;                // <= 0
  double sells = 0.0;               // <= 0
  double traded = 0.0;              // <= 0
  double leverage = 0.0;            // <= 0
  double minimumReturn = 0.0;       // >= 0
  double maximumCvar = 0.0;         // >= 0: what a unit of CVaR costs beyond riskAversion
  std::vector<double> groups;       // one per group row
  std::vector<double> reducedCost;  // [N] filled by certify()
};

/// What can be recomputed from weights and duals alone, in float64.
struct Figures {
  double cash = 0.0;            // 1 - funding'w - cost, fraction of equity
  double objective = 0.0;
  double lowerBound = 0.0;      // Lagrangian box bound: no feasible weights score less; an answer's with cardinality is
                                // that of the search over names, the solver's word: certify() bounds without that limit
  double gap = 0.0;             // (objective - lowerBound) / gapScale, never negative
  double gapScale = 0.0;        // see certify()
  double cvar = 0.0;            // per period, positive is a loss
  double var = 0.0;
  double expectedReturn = 0.0;  // mean'w
  double cost = 0.0;            // undivided, fraction of equity
  double violation = 0.0;       // worst violation of a bound or row, weight units
};

/// The answer of solve(). Weights, duals and figures are filled for Optimal and Feasible only.
struct Answer {
  Status status = Status::Numerical;
  std::string field;                  // InvalidInput: path of the offending value
  std::string message;                // every failure: one sentence
  // Infeasible: 'budget', 'turnover', 'traded', 'leverage', 'minimumReturn', 'maximumCvar', 'group:<name>', 'bound:<index>';
  // 'cardinality' first when only the number of names makes the conflict
  std::vector<std::string> conflict;
  std::vector<double> weights;
  Duals duals;
  Figures figures;
  Index iterations = 0;  // interior point iterations
  Index passes = 0;      // passes over the whole scenario matrix
  double elapsedMs = 0.0;
  std::string backend;   // "cpu" or "cuda"
  std::string fallback;  // why it was the processors although a device was asked for; else empty
};

/// A point to start from: the weights and duals of an answer to a problem like this one. Wrong lengths are ignored.
struct Warm {
  std::vector<double> weights;
  Duals duals;
};

/// Solves one problem. Never throws: every failure is a status.
/// Optimal only when certify() finds gap <= options.tolerance and violation <= 1e-8; same input, same bits. With
/// cardinality the gap is that of the search, a time limit leaves Feasible once there are weights, and the duals are
/// those of the problem without that limit.
/// `warm` changes the path and the last digits, never what is proven.
[[nodiscard]] Answer solve(const Problem& problem, const Options& options, const CancelToken& cancel,
                           const Warm* warm = nullptr);

/// Recomputes all figures and the reduced costs from weights and duals, by code the solver itself does not use.
/// q is first clipped into [0, lambda p / (1 - alpha)] and moved to sum lambda, so the lower bound holds for any duals.
/// Cardinality enters `violation` only: the bound is that of the problem without it.
/// gapScale = max(|objective|, 1e-3 lambda mean|L|, 1e-5 max(lambda max|R|, max|mean|, max cost slope / H)).
/// `stop`, when given, may interrupt the passes over the scenarios.
[[nodiscard]] Figures certify(const Problem& problem, const std::vector<double>& weights, Duals& duals,
                              const Stop* stop = nullptr);

/// Margin by which row multipliers prove that no weights in the box satisfy all rows; > 0 is a proof.
/// It is min over the box of sum_r y_r (limit_r - row_r(w)), less a bound on its own rounding error.
[[nodiscard]] double farkasMargin(const Problem& problem, const Duals& ray);

/// Library version, semantic.
[[nodiscard]] const char* version();

}  // namespace ballast
