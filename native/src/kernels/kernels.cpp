#include "kernels/kernels.h"

namespace ballast {

extern const Kernels kKernelsBase;
#if defined(__x86_64__)
extern const Kernels kKernelsAvx2;
extern const Kernels kKernelsAvx512;
#endif

std::vector<const Kernels*> runnableKernels() {
  std::vector<const Kernels*> sets;
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx512) sets.push_back(&kKernelsAvx512);
  if (avx2) sets.push_back(&kKernelsAvx2);
#endif
  sets.push_back(&kKernelsBase);
  return sets;
}

const Kernels& kernels() {
  static const Kernels& best = *runnableKernels().front();
  return best;
}

}  // namespace ballast
