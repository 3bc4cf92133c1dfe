#pragma once

#include <napi.h>

#include <atomic>
#include <list>
#include <memory>
#include <thread>

#include "ballast/solve.h"
#include "reports.h"
#include "work.h"

namespace ballast {

/// One running call: its own thread, its cancel token, and references that keep the caller's arrays and listener alive.
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
  std::thread thread;
  std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);  // the thread touches nothing more
};

/// All calls of one environment (the addon keeps no other state). Used on that environment's thread only.
class Jobs {
 public:
  explicit Jobs(Napi::Env env);

  /// Starts work over the arrays of `source` and returns { promise, cancel }. As many run at once as there are processors,
  /// each on a thread of its own; others wait their turn. Never the libuv pool: journal writes run there. `options` as decodeOptions(), and onProgress, a function or missing.
  Napi::Value start(Napi::Env env, std::unique_ptr<Work> work, const Napi::Object& source, const Napi::Object& options);

 private:
  using Queue = std::list<std::unique_ptr<Job>>;

  void launch(Napi::Env env, Queue::iterator place);
  void cancel(CancelToken& token);
  void listen(Job* job, const Napi::Value& listener);
  void run(Job* job);
  void finish(Napi::Env env, Job* job);
  void reap();
  void stopAll();

  struct Leaving {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> gone;
  };

  Napi::Env env_;
  std::size_t atOnce_;
  Queue waiting_;
  Queue running_;
  std::list<Leaving> leaving_;  // answered, on their way out
};

}  // namespace ballast
