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
  handle.Set("cancel", Napi::Function::New(env, [this, token = job->token](const Napi::CallbackInfo&) { cancel(*token); }));
  job->options = decodeOptions(options);
  listen(job, options.Get("onProgress"));
  job->channel = Napi::ThreadSafeFunction::New(env, Napi::Function(), "ballast.solve", 0, 1);
  waiting_.push_back(std::move(owned));
  while (running_.size() < atOnce_ && !waiting_.empty()) launch(env, waiting_.begin());
  return handle;
}

void Jobs::launch(Napi::Env env, Queue::iterator place) {
  Job* job = place->get();
  running_.splice(running_.end(), waiting_, place);
  try {
    job->thread = std::thread([this, job, gone = job->gone] {
      run(job);
      gone->store(true);
    });
  } catch (const std::system_error& error) {
    job->channel.Release();
    job->work->fail(std::string("no thread could be started: ") + error.what());
    job->deferred.Resolve(job->work->answer(env));
    running_.pop_back();
  }
}

/// A call that waits for its turn is let through at once: it ends as soon as it looks at its token.
void Jobs::cancel(CancelToken& token) {
  token.cancel();
  for (auto place = waiting_.begin(); place != waiting_.end(); ++place) {
    if (place->get()->token.get() == &token) return launch(env_, place);
  }
}

void Jobs::listen(Job* job, const Napi::Value& listener) {
  if (!listener.IsFunction()) return;
  job->listener = Napi::Persistent(listener.As<Napi::Function>());
  job->options.progress = [job](const Progress& latest) {
    job->reports.post(latest, [job] { return job->channel.NonBlockingCall(job, tell) == napi_ok; });
  };
}

/// On the job's own thread.
void Jobs::run(Job* job) {
  stepBack();
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

/// Joins the threads that have ended, without waiting for those about to.
void Jobs::reap() {
  std::erase_if(leaving_, [](Leaving& one) {
    if (!one.gone->load()) return false;
    one.thread.join();
    return true;
  });
}

void Jobs::finish(Napi::Env env, Job* job) {
  if (closing(env)) return;
  for (auto place = running_.begin(); place != running_.end(); ++place) {
    if (place->get() != job) continue;
    const std::unique_ptr<Job> owned = std::move(*place);
    running_.erase(place);
    // It has only its way out left, but with many solves running that may take long: nobody waits for it here.
    leaving_.push_back({std::move(owned->thread), owned->gone});
    reap();
    while (running_.size() < atOnce_ && !waiting_.empty()) launch(env, waiting_.begin());
    heard(env, [&] { owned->deferred.Resolve(owned->work->answer(env)); });
    return;
  }
}

void Jobs::stopAll() {
  waiting_.clear();
  for (const auto& job : running_) job->token->cancel();
  for (const auto& job : running_) {
    if (job->thread.joinable()) job->thread.join();
  }
  running_.clear();
  for (Leaving& one : leaving_) one.thread.join();
  leaving_.clear();
}

}  // namespace ballast
