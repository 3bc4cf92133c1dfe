#include "jobs.h"

#include <exception>
#include <system_error>

#include "decode.h"
#include "encode.h"

namespace ballast {
namespace {

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

Jobs::Jobs(Napi::Env env) {
  // At the end of the environment (process exit or a worker's end) no thread may outlive the memory it reads.
  env.AddCleanupHook([this] { stopAll(); });
}

Napi::Value Jobs::start(Napi::Env env, std::unique_ptr<Work> work, const Napi::Object& source,
                        const Napi::Object& options) {
  auto owned = std::make_unique<Job>(env, std::move(work), source);
  Job* job = owned.get();
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", job->deferred.Promise());
  handle.Set("cancel", Napi::Function::New(env, [token = job->token](const Napi::CallbackInfo&) { token->cancel(); }));
  job->options = decodeOptions(options);
  listen(job, options.Get("onProgress"));
  job->channel = Napi::ThreadSafeFunction::New(env, Napi::Function(), "ballast.solve", 0, 1);
  try {
    job->thread = std::thread([this, job] { run(job); });
  } catch (const std::system_error& error) {
    job->channel.Release();
    job->work->fail(std::string("no thread could be started: ") + error.what());
    job->deferred.Resolve(job->work->answer(env));
    return handle;
  }
  running_.push_back(std::move(owned));
  return handle;
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
  try {
    job->work->run(job->options, *job->token);
  } catch (const std::exception& error) {
    job->work->fail(std::string("the solver failed: ") + error.what());
  }
  // A call that finds the environment closing gives the channel back; another one would reach into freed memory.
  if (job->reports.closed()) return;
  const napi_status status = job->channel.BlockingCall(
      job, [this](Napi::Env env, Napi::Function, Job* done) { finish(env, done); });
  if (status == napi_ok) job->channel.Release();
}

void Jobs::finish(Napi::Env env, Job* job) {
  if (closing(env)) return;
  for (auto place = running_.begin(); place != running_.end(); ++place) {
    if (place->get() != job) continue;
    const std::unique_ptr<Job> owned = std::move(*place);
    running_.erase(place);
    owned->thread.join();
    heard(env, [&] { owned->deferred.Resolve(owned->work->answer(env)); });
    return;
  }
}

void Jobs::stopAll() {
  for (const auto& job : running_) job->token->cancel();
  for (const auto& job : running_) {
    if (job->thread.joinable()) job->thread.join();
  }
  running_.clear();
}

}  // namespace ballast
