#include "check.h"

int main() {
  int failed = 0;
  for (const auto& entry : ballast::test::Case::all()) {
    const int before = ballast::test::failures();
    entry.body();
    const bool passed = ballast::test::failures() == before;
    std::printf("%s %s\n", passed ? "ok  " : "FAIL", entry.name);
    if (!passed) ++failed;
  }
  const int total = static_cast<int>(ballast::test::Case::all().size());
  std::printf("%d passed, %d failed\n", total - failed, failed);
  return failed == 0 ? 0 : 1;
}
