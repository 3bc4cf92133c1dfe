#include "kernels/kernels.h"

namespace ballast {

extern const Kernels kKernelsBase;
#if defined(__x86_64__)
extern const Kernels kKernelsAvx2;
extern const Kernels kKernelsAvx512;
#endif

const Kernels& kernels() {
#if defined(__x86_64__)
  static const Kernels& chosen = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") ? kKernelsAvx512
                                 : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")       ? kKernelsAvx2
                                                                                                         : kKernelsBase;
  return chosen;
#else
  return kKernelsBase;
#endif
}

}  // namespace ballast
