#pragma once

#include <string>

namespace ballast {

/// Where the passes over the scenarios and the masters' linear algebra run.
///   Cpu   this machine's processors
///   Cuda  a CUDA device; without one, or when it fails, the processors, and the answer says why
///   Auto  a CUDA device when there is one and the scenarios are many enough, else the processors
enum class Backend { Cpu, Cuda, Auto };

/// What the CUDA backend finds on this machine.
struct CudaState {
  bool available = false;
  std::string text;  // the device, its compute capability and memory; or why there is none
};

/// Loads libballast_cuda.so from beside this code (or the path in BALLAST_CUDA_LIBRARY) and asks it for a device. Never
/// fails: an absent library, driver or device is an answer. The first call in a process may take a second.
[[nodiscard]] CudaState cudaState();

}  // namespace ballast
