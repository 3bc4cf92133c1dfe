#define BALLAST_LANES 2
#include "kernels/simd.inl"

namespace ballast {
extern const Kernels kKernelsBase;
const Kernels kKernelsBase = simd::table("base");
}  // namespace ballast
