#include "memory.h"

#include <cmath>
#include <string>

#include "ballast/shared_memory.h"

namespace ballast {
namespace {

/// sharedMemory(): a handle, to be closed by whoever asked.
Napi::Value makeMemory(const Napi::CallbackInfo& info) {
  const MemoryHandle memory = sharedMemory();
  if (!memory.error.empty()) return Napi::Error::New(info.Env(), memory.error).Value();
  return Napi::Number::New(info.Env(), memory.handle);
}

/// mapShared(handle, bytes): an ArrayBuffer over the memory itself. Writing to it ends the process.
Napi::Value mapMemory(const Napi::CallbackInfo& info) {
  if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsNumber()) {
    throw Napi::TypeError::New(info.Env(), "mapShared(handle, bytes) takes two numbers");
  }
  const double wanted = info[1].As<Napi::Number>().DoubleValue();
  if (!(wanted >= 1.0 && wanted < 9e15) || wanted != std::floor(wanted)) {
    throw Napi::TypeError::New(info.Env(), "mapShared: bytes is not a whole number from 1");
  }
  const auto bytes = static_cast<std::size_t>(wanted);
  const Mapping mapping = mapShared(info[0].As<Napi::Number>().Int32Value(), bytes);
  if (!mapping.error.empty()) return Napi::Error::New(info.Env(), mapping.error).Value();
  return Napi::ArrayBuffer::New(info.Env(), const_cast<void*>(mapping.data), bytes,
                                [bytes](Napi::Env, void* data) { unmapShared(data, bytes); });
}

/// endWithParent(): true when the kernel will see to it.
Napi::Value bindToParent(const Napi::CallbackInfo& info) {
  const std::string error = endWithParent();
  if (!error.empty()) return Napi::Error::New(info.Env(), error).Value();
  return Napi::Boolean::New(info.Env(), true);
}

}  // namespace

void exportMemory(Napi::Env env, Napi::Object& exports) {
  exports.Set("sharedMemory", Napi::Function::New(env, makeMemory, "sharedMemory"));
  exports.Set("mapShared", Napi::Function::New(env, mapMemory, "mapShared"));
  exports.Set("endWithParent", Napi::Function::New(env, bindToParent, "endWithParent"));
}

}  // namespace ballast
