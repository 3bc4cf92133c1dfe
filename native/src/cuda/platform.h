#pragma once

// The kernels and the library around them are compiled by nvcc, and for tests by a plain C++ compiler against a device
// that lives in native/test/emulated. Only what is named here differs.
#ifdef BALLAST_EMULATED
#include "emulated/runtime.h"
#else
#include <cuda_runtime.h>

#define BALLAST_LAUNCH(stream, grid, block, kernel, ...) kernel<<<grid, block, 0, stream>>>(__VA_ARGS__)
#define BALLAST_SHARED(type, name, count) __shared__ type name[count]
#endif

#include <cstdint>

namespace ballast::cuda {

using Index = std::int64_t;

inline constexpr int kWarp = 32;

__host__ __device__ constexpr Index ceilDiv(Index a, Index b) { return (a + b - 1) / b; }
__host__ __device__ constexpr Index roundUp(Index a, Index b) { return ceilDiv(a, b) * b; }

}  // namespace ballast::cuda
