#pragma once

#include <cstdint>
#include <vector>

#include "working/tail.h"

namespace ballast {

/// What a scenario is to the master: nothing (its probability is 0), a row of its own, or part of the mean of the worse or
/// of the better ones.
enum class Class : std::uint8_t { Nothing, Unknown, Single, Worse, Better };

/// The classes of all scenarios. Single is for good, but for drop().
class Classes {
 public:
  explicit Classes(const Tail& tail);

  /// Scenarios whose class the losses contradict: worse ones below VaR, better ones above.
  [[nodiscard]] Index mistaken(const std::vector<double>& loss, double var) const;

  /// Scenarios that became single, ascending, and the class each left.
  struct Fresh {
    std::vector<Index> rows;
    std::vector<Class> origin;
  };

  /// Makes the `worse` losses above VaR and the `better` ones below it nearest to VaR single, and those mistaken;
  /// sorts the rest by VaR. Returns the new single ones. Reorders cut.order.
  Fresh widen(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better);

  /// Makes a single one part of a mean again.
  void drop(Index t, bool isWorse) { classes_[t] = isWorse ? Class::Worse : Class::Better; }

  /// Makes every scenario single; returns the new ones.
  Fresh allSingle();

  [[nodiscard]] Class of(Index t) const { return classes_[t]; }

 private:
  std::vector<Class> classes_;
};

}  // namespace ballast
