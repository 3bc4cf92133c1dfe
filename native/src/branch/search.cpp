// The part of the tree that looks for portfolios.
#include <algorithm>
#include <numeric>

#include "branch/tree.h"

namespace ballast {
namespace {

constexpr Index kOften = 20;   // first nodes, each of which looks for a portfolio
constexpr Index kSeldom = 8;   // later every so many do
constexpr Index kRounds = 20;  // of exchanges after each better portfolio
constexpr Index kEach = 3;     // names tried on either side of an exchange
constexpr double kCoarse = 1e-5;

std::vector<Index> sorted(std::vector<Index> which, const std::vector<double>& by) {
  std::stable_sort(which.begin(), which.end(), [&](Index a, Index b) { return by[a] < by[b]; });
  return which;
}

}  // namespace

/// The allowed instruments of the largest ranking that may be held together, the others out; those free to be held that
/// rank below `share` of their least weight are left out too.
Names Tree::largestOf(const Names& allowed, const std::vector<double>& ranking, double share) const {
  Names names = allowed;
  std::vector<Index> free;
  Index room = relaxations_.most();
  for (Index i = 0; i < relaxations_.assets(); ++i) {
    if (names[i] == Name::In) --room;
    if (names[i] != Name::Free) continue;
    names[i] = Name::Out;
    if (ranking[i] > 0.0 && ranking[i] >= share * relaxations_.least(i)) free.push_back(i);
  }
  std::stable_sort(free.begin(), free.end(), [&](Index a, Index b) { return ranking[a] > ranking[b]; });
  for (Index k = 0; k < std::min(room, static_cast<Index>(free.size())); ++k) names[free[k]] = Name::In;
  return names;
}

/// Tries the names a ranking likes best; true when they make a better portfolio.
bool Tree::hold(const Names& allowed, const std::vector<double>& ranking) {
  const bool all = tryNames(largestOf(allowed, ranking, 0.0));
  return tryNames(largestOf(allowed, ranking, 0.5)) || all;
}

/// Solves for exactly these names; true when that is the best portfolio so far.
bool Tree::tryNames(const Names& held) {
  if (!tried_.insert(held).second) return false;
  const Seed* seed = bestFound_.seed.get();
  RelaxationResult found = relax(held, 0.9 * options_.tolerance, seed);
  if (found.end != RelaxationEnd::Solved || !(found.objective < best_)) return false;
  best_ = found.objective;
  bestNames_ = held;
  result_.weights = found.weights;
  bestFound_ = std::move(found);
  return true;
}

void Tree::lookAround(const Node& node, const RelaxationResult& found) {
  if (result_.nodes > kOften && result_.nodes % kSeldom != 0 && !result_.weights.empty()) return;
  const double before = best_;
  if (!found.weights.empty()) hold(node.names, found.weights);
  if (result_.nodes == 1) hold(relaxations_.root(), heldNow_);
  if (best_ < before) exchange();
}

/// Widens the best portfolio by the names its prices like best, keeps the largest of what that holds, and then swaps
/// single names, as long as either helps.
void Tree::exchange() {
  for (Index round = 0; round < kRounds; ++round) {
    std::vector<Index> in, out;
    for (Index i = 0; i < relaxations_.assets(); ++i) {
      if (relaxations_.root()[i] != Name::Free) continue;
      (bestNames_[i] == Name::In ? in : out).push_back(i);
    }
    out = sorted(out, bestFound_.price);
    in = sorted(in, bestFound_.weights);
    Names wide = bestNames_;
    for (const Index i : in) wide[i] = Name::Free;
    for (Index k = 0; k < std::min<Index>(relaxations_.most(), static_cast<Index>(out.size())); ++k) wide[out[k]] = Name::Free;
    const RelaxationResult around = relax(wide, kCoarse, bestFound_.seed.get());
    if (around.end == RelaxationEnd::Solved && hold(wide, around.weights)) continue;
    bool better = false;
    for (Index a = 0; a < std::min<Index>(kEach, static_cast<Index>(out.size())) && !better; ++a) {
      for (Index d = 0; d < std::min<Index>(kEach, static_cast<Index>(in.size())) && !better; ++d) {
        Names swapped = bestNames_;
        swapped[in[d]] = Name::Out;
        swapped[out[a]] = Name::In;
        better = tryNames(swapped);
      }
    }
    if (!better) return;
  }
}

}  // namespace ballast
