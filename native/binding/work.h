#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "ballast/scenario_store.h"

namespace ballast {

/// What one call from JavaScript asks for: decoded and answered on the environment's thread, run on one of its own.
class Work {
 public:
  virtual ~Work() = default;

  /// Does the work; touches no JavaScript. May throw.
  virtual void run(const Options& options, const CancelToken& cancel) = 0;

  /// Makes the answer a NUMERICAL failure with this sentence.
  virtual void fail(const std::string& message) = 0;

  /// The answer object of src/adapters/solver/dto.ts.
  [[nodiscard]] virtual Napi::Value answer(Napi::Env env) const = 0;
};

/// What follows finds scenarios that are to be on a device in `store`, which outlives the work.

/// One problem, one answer.
[[nodiscard]] std::unique_ptr<Work> solveWork(const Napi::Object& problem, ScenarioStore& store);

/// The frontier of a problem in `points` points.
[[nodiscard]] std::unique_ptr<Work> frontierWork(const Napi::Object& problem, double points, ScenarioStore& store);

/// A list of problems over the same scenario arrays, answers in its order; one of the wrong shape is answered
/// INVALID_INPUT in its place and the others are solved.
[[nodiscard]] std::unique_ptr<Work> manyWork(const Napi::Array& problems, ScenarioStore& store);

}  // namespace ballast
