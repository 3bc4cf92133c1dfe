#include <napi.h>

#include <cstdlib>

#include "ballast/file_lock.h"
#include "ballast/notify.h"
#include "ballast/solve.h"
#include "jobs.h"
#include "memory.h"
#include "work.h"

namespace ballast {
namespace {

Napi::Value begin(const Napi::CallbackInfo& info, std::unique_ptr<Work> work) {
  const Napi::Object source = info[0].As<Napi::Object>(), options = info[1].As<Napi::Object>();
  return info.Env().GetInstanceData<Jobs>()->start(info.Env(), std::move(work), source, options);
}

ScenarioStore& storeOf(const Napi::CallbackInfo& info) { return info.Env().GetInstanceData<Jobs>()->store(); }

Napi::Value startSolve(const Napi::CallbackInfo& info) {
  if (info.Length() != 2 || !info[0].IsObject() || !info[1].IsObject()) {
    throw Napi::TypeError::New(info.Env(), "solve(problem, options) takes two objects");
  }
  return begin(info, solveWork(info[0].As<Napi::Object>(), storeOf(info)));
}

Napi::Value startFrontier(const Napi::CallbackInfo& info) {
  if (info.Length() != 2 || !info[0].IsObject() || !info[1].IsObject()) {
    throw Napi::TypeError::New(info.Env(), "frontier(problem, options) takes two objects");
  }
  const double points = info[1].As<Napi::Object>().Get("points").ToNumber().DoubleValue();
  return begin(info, frontierWork(info[0].As<Napi::Object>(), points, storeOf(info)));
}

Napi::Value startMany(const Napi::CallbackInfo& info) {
  if (info.Length() != 2 || !info[0].IsArray() || !info[1].IsObject()) {
    throw Napi::TypeError::New(info.Env(), "solveMany(problems, options) takes a list and an object");
  }
  return begin(info, manyWork(info[0].As<Napi::Array>(), storeOf(info)));
}

Napi::Value versionText(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), version()); }

Napi::Value describe(const Napi::CallbackInfo& info) {
  Napi::Object text = Napi::Object::New(info.Env());
  text.Set("backend", "cpu");
  text.Set("version", version());
  const CudaState cuda = cudaState();
  text.Set("cuda", cuda.available ? cuda.text : "unavailable (" + cuda.text + ")");
  return text;
}

/// sdNotify(state): true when sent, false without NOTIFY_SOCKET, an Error (returned, not thrown) when it failed.
Napi::Value sdNotify(const Napi::CallbackInfo& info) {
  if (info.Length() != 1 || !info[0].IsString()) throw Napi::TypeError::New(info.Env(), "sdNotify(state) takes a text");
  const char* address = std::getenv("NOTIFY_SOCKET");
  const Notification outcome = notify(address == nullptr ? "" : address, info[0].As<Napi::String>().Utf8Value());
  if (!outcome.error.empty()) return Napi::Error::New(info.Env(), outcome.error).Value();
  return Napi::Boolean::New(info.Env(), outcome.sent);
}

/// A question about the lock of an open file: true or false, an Error (returned, not thrown) when the kernel refuses.
template <LockAnswer (*Ask)(int)>
Napi::Value askLock(const Napi::CallbackInfo& info) {
  if (info.Length() != 1 || !info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "takes an open file's handle");
  const LockAnswer answer = Ask(info[0].As<Napi::Number>().Int32Value());
  if (!answer.error.empty()) return Napi::Error::New(info.Env(), answer.error).Value();
  return Napi::Boolean::New(info.Env(), answer.yes);
}

Napi::Object load(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Jobs(env));
  exports.Set("solve", Napi::Function::New(env, startSolve, "solve"));
  exports.Set("frontier", Napi::Function::New(env, startFrontier, "frontier"));
  exports.Set("solveMany", Napi::Function::New(env, startMany, "solveMany"));
  exports.Set("version", Napi::Function::New(env, versionText, "version"));
  exports.Set("describe", Napi::Function::New(env, describe, "describe"));
  exports.Set("sdNotify", Napi::Function::New(env, sdNotify, "sdNotify"));
  exports.Set("lockFile", Napi::Function::New(env, askLock<lockFile>, "lockFile"));
  exports.Set("fileLocked", Napi::Function::New(env, askLock<fileLocked>, "fileLocked"));
  exportMemory(env, exports);
  return exports;
}

}  // namespace

Napi::Object loadBallast(Napi::Env env, Napi::Object exports) { return load(env, exports); }

}  // namespace ballast

using ballast::loadBallast;
NODE_API_MODULE(ballast, loadBallast)
