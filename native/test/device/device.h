#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "cuda/loader.h"
#include "emulated/controls.h"

namespace ballast::test {

/// The library under test: the one in BALLAST_CUDA_LIBRARY, a real one on a machine with a device, else the emulated one.
inline std::string libraryPath() {
  static const std::string path = [] {
    const char* given = std::getenv("BALLAST_CUDA_LIBRARY");
    return std::string(given != nullptr ? given : BALLAST_EMULATED_LIBRARY);
  }();
  ::setenv("BALLAST_CUDA_LIBRARY", path.c_str(), 1);
  return path;
}

/// Reaches into the emulated device. Of a real one nothing is asked and it is told nothing: `emulated()` is false.
class Controls {
 public:
  Controls() {
    void* library = ::dlopen(libraryPath().c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    fail_ = reinterpret_cast<EmulatedFail>(::dlsym(library, "emulated_fail"));
    look_ = reinterpret_cast<EmulatedLook>(::dlsym(library, "emulated_look"));
  }
  ~Controls() { heal(); }

  [[nodiscard]] bool emulated() const { return look_ != nullptr; }
  [[nodiscard]] EmulatedCounts look() const { return emulated() ? look_() : EmulatedCounts{}; }
  void fail(int kind, long after, int error) const {
    if (emulated()) fail_(kind, after, error);
  }
  void heal() const {
    for (int kind = 0; kind < 4; ++kind) fail(kind, -1, 0);
  }

 private:
  EmulatedFail fail_ = nullptr;
  EmulatedLook look_ = nullptr;
};

inline constexpr int kMemory = 0, kWait = 1, kFind = 2, kPinned = 3;
inline constexpr int kOutOfMemory = 2, kNoDevice = 100, kIllegalAddress = 700;

}  // namespace ballast::test
