#pragma once

#include <napi.h>

namespace ballast {

/// Exports sharedMemory(), mapShared(handle, bytes) and endWithParent(): an Error is returned, not thrown, when the kernel
/// refuses.
void exportMemory(Napi::Env env, Napi::Object& exports);

}  // namespace ballast
