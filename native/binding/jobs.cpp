#include "jobs.h"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <exception>
#include <system_error>

#include "decode.h"
#include "encode.h"

namespace ballast {
namespace {

/// A solve takes what the processors have left: journal writes and orders do not wait for it. On Linux the nice value is a
/// thread's own, and the threads it starts inherit it. Where it is refused, the solve is merely a worse neighbour.
void stepBack() {
#ifdef __linux__
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 15));
#endif
}

/// True when the environment is closing: then stopAll() has or will have the job, and it must not be touched.
bool closing(Napi::Env env) { return static_cast<napi_env>(env) == nullptr; }

/// Runs JavaScript from the thread of the environment. A worker that is being terminated refuses every call with an
/// error that cannot be thrown any further: nobody is left to hear the news.
template <class Script>
void heard(Napi::Env env, Script&& script) {
  const Napi::HandleScope scope(env);
  try {
    script();
  } catch (const Napi::Error&) {
  }
}

void tell(Napi::Env env, Napi::Function, Job* job) {
  if (closing(env)) return;
  heard(env, [&] { job->listener.Call({encodeProgress(env, job->reports.take())}); });
}

}  // namespace

Jobs::Jobs(Napi::Env env) : env_(env), atOnce_(std::max(1u, std::thread::hardware_concurrency())) {
  // At the end of the environment (process exit or a worker's end) no thread may outlive the memory it reads.
  env.AddCleanupHook([this] { stopAll(); });
}

Napi::Value Jobs::start(Napi::Env env, std::unique_ptr<Work> work, const Napi::Object& source,
                        const Napi::Object& options) {
  auto owned = std::make_unique<Job>(env, std::move(work), source);
  Job* job = owned.get();
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", job->deferred.Promise());
  handle.Set("cancel", Napi::Function::New(env, [this, token = job->token](const Napi::CallbackInfo& info) { cancel(info.Env(), *token); }));
  job->options = decodeOptions(options);
  listen(job, options.Get("onProgress"));
  job->channel = Napi::ThreadSafeFunction::New(env, Napi::Function(), "ballast.solve", 0, 1);
  waiting_.push_back(std::move(owned));
  launch(env);
  return handle;
}

/// Hands waiting calls to threads while there is room.
void Jobs::launch(Napi::Env env) {
  while (running_.size() < atOnce_ && !waiting_.empty()) {
    Job* job = waiting_.front().get();
    running_.splice(running_.end(), waiting_, waiting_.begin());
    if (hand(job)) continue;
    job->channel.Release();
    job->work->fail("no thread could be started");
    job->deferred.Resolve(job->work->answer(env));
    running_.pop_back();
  }
}

/// Gives a job to an idle thread, or to a new one. False when there is none and none can be started.
bool Jobs::hand(Job* job) {
  const std::lock_guard lock(mutex_);
  handed_.push_back(job);
  if (handed_.size() > idle_) {
    try {
      threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) {
        handed_.pop_back();
        return false;
      }
    }
  }
  wake_.notify_one();
  return true;
}

/// A thread's life.
void Jobs::serve() {
  stepBack();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return ending_ || !handed_.empty(); });
    --idle_;
    if (handed_.empty()) return;
    Job* job = handed_.front();
    handed_.pop_front();
    lock.unlock();
    run(job);
    lock.lock();
  }
}

/// A call that waits for its turn is answered here: it ends as soon as it looks at its token.
void Jobs::cancel(Napi::Env env, CancelToken& token) {
  token.cancel();
  for (auto place = waiting_.begin(); place != waiting_.end(); ++place) {
    if (place->get()->token.get() != &token) continue;
    const std::unique_ptr<Job> job = std::move(*place);
    waiting_.erase(place);
    job->channel.Release();
    job->options.progress = nullptr;
    try {
      job->work->run(job->options, token);
    } catch (const std::exception& error) {
      job->work->fail(std::string("the solver failed: ") + error.what());
    }
    job->deferred.Resolve(job->work->answer(env));
    return;
  }
}

void Jobs::listen(Job* job, const Napi::Value& listener) {
  if (!listener.IsFunction()) return;
  job->listener = Napi::Persistent(listener.As<Napi::Function>());
  job->options.progress = [job](const Progress& latest) {
    job->reports.post(latest, [job] { return job->channel.NonBlockingCall(job, tell) == napi_ok; });
  };
}

/// On one of the threads.
void Jobs::run(Job* job) {
  try {
    job->work->run(job->options, *job->token);
  } catch (const std::exception& error) {
    job->work->fail(std::string("the solver failed: ") + error.what());
  }
  // A call that finds the environment closing gives the channel back; another one would reach into freed memory.
  if (job->reports.closed()) return;
  Napi::ThreadSafeFunction channel = job->channel;  // the job may be gone before the call returns
  const napi_status status = channel.BlockingCall(
      job, [this](Napi::Env env, Napi::Function, Job* done) { finish(env, done); });
  if (status == napi_ok) channel.Release();
}

void Jobs::finish(Napi::Env env, Job* job) {
  if (closing(env)) return;
  for (auto place = running_.begin(); place != running_.end(); ++place) {
    if (place->get() != job) continue;
    const std::unique_ptr<Job> owned = std::move(*place);
    running_.erase(place);
    launch(env);
    heard(env, [&] { owned->deferred.Resolve(owned->work->answer(env)); });
    return;
  }
}

void Jobs::stopAll() {
  waiting_.clear();
  for (const auto& job : running_) job->token->cancel();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  running_.clear();
}

}  // namespace ballast
