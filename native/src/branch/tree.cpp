#include "branch/tree.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

constexpr Index kNodes = 10'000;
constexpr double kCoarse = 1e-5;    // gap of a node that is going to be branched on anyway
constexpr double kHeld = 1e-9;      // as certify() counts names

}  // namespace

Tree::Tree(Relaxations& relaxations, const Problem& problem, const Options& options, const Stop& stop)
    : relaxations_(relaxations), options_(options), stop_(stop) {
  for (Index i = 0; i < relaxations.assets(); ++i) heldNow_.push_back(heldOf(problem, i));
}

/// Bounds from here on leave nothing to gain within the tolerance.
double Tree::cutoff() const {
  return std::isfinite(best_) ? best_ - 0.9 * options_.tolerance * std::fabs(best_) : kInfinity;
}

TreeResult Tree::grow(std::shared_ptr<const Seed> seed) {
  open_.push_back({relaxations_.root(), -kInfinity, std::move(seed)});
  try {
    while (!open_.empty() && result_.nodes < kNodes) {
      const Index k = nextNode();
      Node node = std::move(open_[k]);
      open_[k] = std::move(open_.back());
      open_.pop_back();
      current_ = node.bound;
      if (node.bound < cutoff()) {
        visit(std::move(node));
        report();
      } else {
        closed_ = std::min(closed_, node.bound);
      }
      current_ = kInfinity;
    }
  } catch (const Interrupted& interrupted) {
    if (interrupted.status != Status::TimeLimit || result_.weights.empty()) throw;
  }
  result_.infeasible = open_.empty() && current_ == kInfinity && result_.weights.empty() && !unknown_;
  result_.bound = std::min({closed_, current_, best_});
  for (const Node& node : open_) result_.bound = std::min(result_.bound, node.bound);
  return std::move(result_);
}

Index Tree::nextNode() const {
  if (result_.weights.empty()) return static_cast<Index>(open_.size()) - 1;
  const auto lower = [](const Node& a, const Node& b) { return a.bound < b.bound; };
  return std::min_element(open_.begin(), open_.end(), lower) - open_.begin();
}

void Tree::report() {
  if (!options_.progress) return;
  double bound = std::min(closed_, best_);
  for (const Node& node : open_) bound = std::min(bound, node.bound);
  if (std::isfinite(best_)) shownGap_ = std::min(shownGap_, (best_ - bound) / std::max(std::fabs(best_), 1e-12));
  options_.progress({stop_.elapsedMs(), shownGap_, result_.iterations, result_.passes});
}

RelaxationResult Tree::relax(const Names& names, double tolerance, const Seed* seed) {
  stop_.check();
  RelaxationResult found = relaxations_.solve(names, {tolerance, result_.weights.empty()}, seed);
  result_.iterations += found.iterations;
  result_.passes += found.passes;
  if (found.end != RelaxationEnd::Infeasible) return found;
  for (const std::string& name : found.conflict) {
    std::vector<std::string>& all = result_.conflict;
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  }
  return found;
}

void Tree::visit(Node node) {
  ++result_.nodes;
  const double fine = 0.9 * options_.tolerance;
  if (countOf(node.names, Name::In) > relaxations_.most()) return;
  if (countOf(node.names, Name::In) == relaxations_.most()) {
    std::replace(node.names.begin(), node.names.end(), Name::Free, Name::Out);
  }
  const bool leaf = countOf(node.names, Name::Free) == 0;
  RelaxationResult found = relax(node.names, leaf ? fine : std::max(kCoarse, fine), node.seed.get());
  node.bound = current_ = std::max(node.bound, found.bound);
  if (close(node, found)) return;
  lookAround(node, found);
  if (close(node, found)) return;
  const std::vector<double>& w = found.weights;
  Index broken = 0;
  for (Index i = 0; i < relaxations_.assets(); ++i) {
    if (w.empty() || (w[i] > kHeld && w[i] < relaxations_.least(i) - kHeld)) ++broken;
  }
  const Index held = std::count_if(w.begin(), w.end(), [](double weight) { return weight > kHeld; });
  const bool whole = broken == 0 && held <= relaxations_.most();
  if (!leaf && (whole || found.objective >= cutoff())) {
    RelaxationResult exact = relax(node.names, fine, found.seed.get());
    if (exact.end == RelaxationEnd::Solved) found = std::move(exact);
    node.bound = current_ = std::max(node.bound, found.bound);
    if (whole && found.end == RelaxationEnd::Solved) hold(node.names, found.weights);
    if (close(node, found)) return;
  }
  if (leaf) {
    if (found.end == RelaxationEnd::Solved && found.objective < best_) tryNames(node.names);
    unknown_ = unknown_ || found.end == RelaxationEnd::Unknown;
    closed_ = std::min(closed_, node.bound);
    return;
  }
  branch(node, found);
}

/// True when the node needs no more: infeasible, or nothing to gain.
bool Tree::close(const Node& node, const RelaxationResult& found) {
  if (found.end == RelaxationEnd::Infeasible) return true;
  if (node.bound < cutoff()) return false;
  closed_ = std::min(closed_, node.bound);
  return true;
}

/// Instruments whose other state the bounds exclude.
void Tree::settle(Names& names, const RelaxationResult& found) const {
  for (Index i = 0; i < relaxations_.assets(); ++i) {
    if (names[i] != Name::Free) continue;
    if (found.whenIn[i] >= cutoff()) names[i] = Name::Out;
    else if (found.whenOut[i] >= cutoff()) names[i] = Name::In;
  }
}

/// Splits at the instrument whose two bounds rise most, else at the largest share w / u that is not 1.
void Tree::branch(const Node& node, const RelaxationResult& found) {
  Names names = node.names;
  settle(names, found);
  // What settled names exclude scores no less than the cutoff.
  if (names != node.names) closed_ = std::min(closed_, std::max(node.bound, cutoff()));
  const double small = 1e-4 * std::max(std::fabs(node.bound), 1e-12);
  Index chosen = -1;
  double most = -1.0;
  for (Index i = 0; i < relaxations_.assets(); ++i) {
    if (names[i] != Name::Free) continue;
    const double weight = found.weights.empty() ? 0.0 : found.weights[i], share = weight / relaxations_.upper(i);
    const double rise = (found.whenIn[i] - found.bound + small) * (found.whenOut[i] - found.bound + small);
    const double score = weight > kHeld ? 1.0 + rise / (small * small) + std::min(share, 1.0 - share) : rise / (small * small) * 1e-3;
    if (score > most) {
      most = score;
      chosen = i;
    }
  }
  const auto child = [&](Name kind) {
    Node next{names, node.bound, found.seed ? found.seed : node.seed};
    if (chosen >= 0) {
      next.names[chosen] = kind;
      next.bound = std::max(node.bound, kind == Name::In ? found.whenIn[chosen] : found.whenOut[chosen]);
    }
    open_.push_back(std::move(next));
  };
  if (chosen < 0) return child(Name::Free);
  child(Name::Out);
  child(Name::In);
}

}  // namespace ballast
