#include <string>

#include "check.h"

/// All tests; with --first-failure those until one fails, with --only TEXT those whose name has that text.
int main(int count, char** arguments) {
  const bool early = count > 1 && std::string(arguments[1]) == "--first-failure";
  const std::string only = count > 2 && std::string(arguments[1]) == "--only" ? arguments[2] : "";
  int failed = 0, run = 0;
  for (const auto& entry : ballast::test::Case::all()) {
    if (std::string(entry.name).find(only) == std::string::npos) continue;
    ++run;
    const int before = ballast::test::failures();
    entry.body();
    const bool passed = ballast::test::failures() == before;
    std::printf("%s %s\n", passed ? "ok  " : "FAIL", entry.name);
    if (!passed) ++failed;
    if (failed > 0 && early) return 1;
  }
  std::printf("%d passed, %d failed\n", run - failed, failed);
  return failed == 0 && run > 0 ? 0 : 1;
}
