// A library whose table has another version.
#include "cuda/table.h"

extern "C" __attribute__((visibility("default"))) const ballast::cuda::Table* ballast_cuda_table() {
  static const ballast::cuda::Table table = [] {
    ballast::cuda::Table other{};
    other.version = ballast::cuda::kTableVersion + 1;
    return other;
  }();
  return &table;
}
