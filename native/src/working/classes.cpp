#include "working/classes.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace ballast {

Classes::Classes(const Tail& tail) : classes_(tail.rows(), Class::Unknown) {
  for (Index t = 0; t < tail.rows(); ++t) {
    if (tail.probability(t) == 0.0) classes_[t] = Class::Nothing;
  }
}

Index Classes::mistaken(const std::vector<double>& loss, double var) const {
  Index count = 0;
  for (std::size_t t = 0; t < loss.size(); ++t) {
    if (classes_[t] == Class::Worse) count += loss[t] < var ? 1 : 0;
    else if (classes_[t] == Class::Better) count += loss[t] > var ? 1 : 0;
  }
  return count;
}

Classes::Fresh Classes::widen(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better) {
  const auto [most, least] = cut.band(worse, better);
  Fresh fresh;
  for (std::size_t t = 0; t < loss.size(); ++t) {
    Class& own = classes_[t];
    if (own == Class::Single || own == Class::Nothing) continue;
    const bool wrong = (own == Class::Worse && loss[t] < cut.var) || (own == Class::Better && loss[t] > cut.var);
    if (wrong || (loss[t] <= most && loss[t] >= least)) {
      fresh.rows.push_back(static_cast<Index>(t));
      fresh.origin.push_back(own);
      own = Class::Single;
    } else {
      own = loss[t] > cut.var ? Class::Worse : Class::Better;
    }
  }
  return fresh;
}

Classes::Fresh Classes::allSingle() {
  Fresh fresh;
  for (std::size_t t = 0; t < classes_.size(); ++t) {
    if (classes_[t] == Class::Single || classes_[t] == Class::Nothing) continue;
    fresh.rows.push_back(static_cast<Index>(t));
    fresh.origin.push_back(classes_[t]);
    classes_[t] = Class::Single;
  }
  return fresh;
}

}  // namespace ballast
