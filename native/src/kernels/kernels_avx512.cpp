#define BALLAST_LANES 8
#include "kernels/simd.inl"

namespace ballast {
extern const Kernels kKernelsAvx512;
const Kernels kKernelsAvx512 = simd::table("avx512");
}  // namespace ballast
