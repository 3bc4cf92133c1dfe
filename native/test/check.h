#pragma once

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace ballast::test {

/// One named test; registers itself, run by main().
struct Case {
  Case(const char* name, std::function<void()> body) { all().push_back({name, std::move(body)}); }

  struct Entry {
    const char* name;
    std::function<void()> body;
  };
  static std::vector<Entry>& all() {
    static std::vector<Entry> entries;
    return entries;
  }
};

/// Number of failed checks so far.
inline int& failures() {
  static int count = 0;
  return count;
}

inline void check(bool holds, const std::string& what) {
  if (holds) return;
  ++failures();
  std::printf("    FAILED: %s\n", what.c_str());
}

inline void near(double value, double expected, double tolerance, const std::string& what) {
  char text[128];
  std::snprintf(text, sizeof text, "%s is %.15g, expected %.15g +- %g", what.c_str(), value, expected, tolerance);
  check(std::fabs(value - expected) <= tolerance, text);
}

}  // namespace ballast::test

/// Defines a test whose name is a sentence.
#define BALLAST_JOIN2(a, b) a##b
#define BALLAST_JOIN(a, b) BALLAST_JOIN2(a, b)
#define TEST(sentence)                                                                              \
  static void BALLAST_JOIN(body, __LINE__)();                                                       \
  static const ballast::test::Case BALLAST_JOIN(entry, __LINE__)(sentence, BALLAST_JOIN(body, __LINE__)); \
  static void BALLAST_JOIN(body, __LINE__)()
