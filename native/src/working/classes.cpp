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

std::vector<Index> Classes::widen(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better) {
  double most = std::numeric_limits<double>::infinity(), least = -most;
  const auto begin = cut.order.begin();
  const Index above = cut.above, count = static_cast<Index>(cut.order.size());
  if (worse < above) {
    std::nth_element(begin, begin + (above - worse), begin + above, std::greater<>());
    most = cut.order[above - worse];
  }
  if (above + better < count) {
    std::nth_element(begin + above, begin + above + better, cut.order.end(), std::greater<>());
    least = cut.order[above + better];
  }
  std::vector<Index> fresh;
  for (std::size_t t = 0; t < loss.size(); ++t) {
    Class& own = classes_[t];
    if (own == Class::Single || own == Class::Nothing) continue;
    const bool wrong = (own == Class::Worse && loss[t] < cut.var) || (own == Class::Better && loss[t] > cut.var);
    if (wrong || (loss[t] <= most && loss[t] >= least)) {
      own = Class::Single;
      fresh.push_back(static_cast<Index>(t));
    } else {
      own = loss[t] > cut.var ? Class::Worse : Class::Better;
    }
  }
  return fresh;
}

std::vector<Index> Classes::allSingle() {
  std::vector<Index> fresh;
  for (std::size_t t = 0; t < classes_.size(); ++t) {
    if (classes_[t] == Class::Single || classes_[t] == Class::Nothing) continue;
    classes_[t] = Class::Single;
    fresh.push_back(static_cast<Index>(t));
  }
  return fresh;
}

}  // namespace ballast
