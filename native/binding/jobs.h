#pragma once

#include <napi.h>

#include <list>
#include <memory>
#include <thread>

#include "ballast/solve.h"

namespace ballast {

/// One running solve: its own thread, its cancel token, and a reference that keeps the caller's arrays alive.
struct Job {
  Job(Napi::Env env, const Napi::Object& dto)
      : pinned(Napi::Persistent(dto)), deferred(Napi::Promise::Deferred::New(env)) {}

  Problem problem;
  Options options;
  std::shared_ptr<CancelToken> token = std::make_shared<CancelToken>();
  Answer answer;
  Napi::ObjectReference pinned;
  Napi::Promise::Deferred deferred;
  Napi::ThreadSafeFunction settle;
  std::thread thread;
};

/// All solves of one environment (the addon keeps no other state). Used on that environment's thread only.
class Jobs {
 public:
  explicit Jobs(Napi::Env env);

  /// Starts a solve and returns { promise, cancel }. Never the libuv pool: journal writes run there.
  Napi::Value start(Napi::Env env, const Napi::Object& problem, const Napi::Object& options);

 private:
  void finish(Napi::Env env, Job* job);
  void stopAll();

  std::list<std::unique_ptr<Job>> running_;
};

}  // namespace ballast
