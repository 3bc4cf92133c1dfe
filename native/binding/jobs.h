#pragma once

#include <napi.h>

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
};

/// All calls of one environment (the addon keeps no other state). Used on that environment's thread only.
class Jobs {
 public:
  explicit Jobs(Napi::Env env);

  /// Starts work over the arrays of `source` and returns { promise, cancel }. Never the libuv pool: journal writes run
  /// there. `options` as decodeOptions(), and onProgress, a function or missing.
  Napi::Value start(Napi::Env env, std::unique_ptr<Work> work, const Napi::Object& source, const Napi::Object& options);

 private:
  void listen(Job* job, const Napi::Value& listener);
  void run(Job* job);
  void finish(Napi::Env env, Job* job);
  void stopAll();

  std::list<std::unique_ptr<Job>> running_;
};

}  // namespace ballast
