#include <napi.h>

#include "ballast/solve.h"
#include "jobs.h"

namespace ballast {
namespace {

Napi::Value startSolve(const Napi::CallbackInfo& info) {
  if (info.Length() != 2 || !info[0].IsObject() || !info[1].IsObject()) {
    throw Napi::TypeError::New(info.Env(), "solve(problem, options) takes two objects");
  }
  return info.Env().GetInstanceData<Jobs>()->start(info.Env(), info[0].As<Napi::Object>(), info[1].As<Napi::Object>());
}

Napi::Value versionText(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), version()); }

Napi::Value describe(const Napi::CallbackInfo& info) {
  Napi::Object text = Napi::Object::New(info.Env());
  text.Set("backend", "cpu");
  text.Set("version", version());
  text.Set("cuda", "unavailable (this build has no CUDA backend)");
  return text;
}

Napi::Object load(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Jobs(env));
  exports.Set("solve", Napi::Function::New(env, startSolve, "solve"));
  exports.Set("version", Napi::Function::New(env, versionText, "version"));
  exports.Set("describe", Napi::Function::New(env, describe, "describe"));
  return exports;
}

}  // namespace

Napi::Object loadBallast(Napi::Env env, Napi::Object exports) { return load(env, exports); }

}  // namespace ballast

using ballast::loadBallast;
NODE_API_MODULE(ballast, loadBallast)
