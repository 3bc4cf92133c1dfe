#include "jobs.h"

#include <system_error>

#include "decode.h"

namespace ballast {

Jobs::Jobs(Napi::Env env) {
  // At the end of the environment (process exit or a worker's end) no thread may outlive the memory it reads.
  env.AddCleanupHook([this] { stopAll(); });
}

Napi::Value Jobs::start(Napi::Env env, const Napi::Object& problem, const Napi::Object& options) {
  auto owned = std::make_unique<Job>(env, problem);
  Job* job = owned.get();
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", job->deferred.Promise());
  handle.Set("cancel", Napi::Function::New(env, [token = job->token](const Napi::CallbackInfo&) { token->cancel(); }));

  Decoded decoded = decodeProblem(problem);
  if (decoded.fault) {
    job->answer.status = Status::InvalidInput;
    job->answer.field = decoded.fault->field;
    job->answer.message = decoded.fault->message;
    job->deferred.Resolve(encodeAnswer(env, job->answer));
    return handle;
  }
  job->problem = std::move(decoded.problem);
  job->options = decodeOptions(options);
  job->settle = Napi::ThreadSafeFunction::New(env, Napi::Function(), "ballast.solve", 0, 1);
  try {
    job->thread = std::thread([this, job] {
      job->answer = solve(job->problem, job->options, *job->token);
      const napi_status status = job->settle.BlockingCall(
          job, [this](Napi::Env inner, Napi::Function, Job* done) { finish(inner, done); });
      // Any other status means the environment is closing and has taken the function back.
      if (status == napi_ok) job->settle.Release();
    });
  } catch (const std::system_error& error) {
    job->settle.Release();
    job->answer.status = Status::Numerical;
    job->answer.message = std::string("no thread could be started: ") + error.what();
    job->deferred.Resolve(encodeAnswer(env, job->answer));
    return handle;
  }
  running_.push_back(std::move(owned));
  return handle;
}

void Jobs::finish(Napi::Env env, Job* job) {
  if (static_cast<napi_env>(env) == nullptr) return;  // closing: stopAll() has or will have the job
  for (auto place = running_.begin(); place != running_.end(); ++place) {
    if (place->get() != job) continue;
    const std::unique_ptr<Job> owned = std::move(*place);
    running_.erase(place);
    owned->thread.join();
    const Napi::HandleScope scope(env);
    owned->deferred.Resolve(encodeAnswer(env, owned->answer));
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
