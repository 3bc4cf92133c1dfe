#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "ballast/scenario_store.h"
#include "reports.h"
#include "work.h"

namespace ballast {

/// One call: its cancel token, and references that keep the caller's arrays and listener alive.
struct Job {
  Job(Napi::Env env, std::unique_ptr<Work> wanted, const Napi::Object& source)
      : work(std::move(wanted)), pinned(Napi::Persistent(source)), deferred(Napi::Promise::Deferred::New(env)) {}

  std::unique_ptr<Work> work;
  Options options;
  std::shared_ptr<CancelToken> token = std::make_shared<CancelToken>();
  Reports reports;
  Napi::ObjectReference pinned;
  Napi::FunctionReference listener;  // empty when nobody listens to progress
  Napi::Promise::Deferred deferred;
  Napi::ThreadSafeFunction channel;
};

/// All calls of one environment (the addon keeps no other state). Used on that environment's thread only.
class Jobs {
 public:
  explicit Jobs(Napi::Env env);

  /// Starts work over the arrays of `source` and returns { promise, cancel }. As many run at once as there are processors,
  /// each on a thread of its own; others wait their turn. Never the libuv pool: journal writes run there. `options` as decodeOptions(), and onProgress, a function or missing.
  Napi::Value start(Napi::Env env, std::unique_ptr<Work> work, const Napi::Object& source, const Napi::Object& options);

  /// Scenarios on a device, found again by their content.
  [[nodiscard]] ScenarioStore& store() { return store_; }

 private:
  using Queue = std::list<std::unique_ptr<Job>>;

  void launch(Napi::Env env);
  void cancel(Napi::Env env, CancelToken& token);
  void listen(Job* job, const Napi::Value& listener);
  void finish(Napi::Env env, Job* job);
  void stopAll();

  bool hand(Job* job);
  void serve();
  void run(Job* job);

  /// Copies that stay on a device between calls: a few universes, each at one or two lengths of history.
  static constexpr std::size_t kKept = 4;

  ScenarioStore store_{kKept};
  Napi::Env env_;
  std::size_t atOnce_;
  Queue waiting_;
  Queue running_;

  // Threads stay for the next call: their stacks and memory are warm, and a small solve takes no longer than starting one.
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> handed_;   // guarded by mutex_
  std::size_t idle_ = 0;      // guarded by mutex_
  bool ending_ = false;       // guarded by mutex_
};

}  // namespace ballast
