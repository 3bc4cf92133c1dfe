#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "ballast/solve.h"

namespace ballast {

/// Scenarios made ready for many solves. The memory remains the caller's and must neither change nor go while they are used.
struct Held {
  Status status = Status::Numerical;  // Optimal when they are held
  std::string field;                  // InvalidInput: path of the offending value
  std::string message;                // every failure: one sentence
  Scenarios scenarios;  // for Problem::scenarios: no call checks them again; the last copy of it gives device memory back
  std::string digest;   // 32 hex digits: of size, precision and returns
  std::string backend;  // "cpu" or "cuda": where they are
  std::string fallback; // as in Answer
};

/// Keeps scenarios for many solves: checked once, copied to a device once. Sets of the same digest share one copy there for
/// as long as any of them is held. For any number of threads.
class ScenarioStore {
 public:
  /// The last `keep` copies stay on the device although nobody holds them, until it runs out of memory.
  explicit ScenarioStore(std::size_t keep = 0) : keep_(keep) {}

  /// One pass over the scenarios and one for the digest. Never throws: every failure is a status.
  [[nodiscard]] Held hold(const Scenarios& scenarios, const Options& options, const CancelToken& cancel);

 private:
  [[nodiscard]] std::shared_ptr<const Residence> reside(const Held& held, Backend wanted, const Stop& stop, std::string& why);

  void keep(const std::shared_ptr<const Residence>& residence);

  std::size_t keep_;
  std::mutex mutex_;  // guards all that follows
  std::deque<std::shared_ptr<const Residence>> kept_;  // the latest first
  std::map<std::string, std::weak_ptr<const Residence>> resident_;
};

}  // namespace ballast
