#define BALLAST_LANES 4
#include "kernels/simd.inl"

namespace ballast {
extern const Kernels kKernelsAvx2;
const Kernels kKernelsAvx2 = simd::table("avx2");
}  // namespace ballast
