#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model.h"
#include "parallel/pool.h"
#include "working/working_set.h"

namespace ballast {

/// What is decided about an instrument: nothing, held at its smallest size or more, or not held.
enum class Name : std::uint8_t { Free, In, Out };
using Names = std::vector<Name>;  // [N]

[[nodiscard]] Index countOf(const Names& names, Name kind);

/// Where a child of a node starts: the node's weights and duals.
struct Seed {
  Warm warm;
  std::vector<char> fixed;  // [N] as in Carry
  double distance = 0.0;    // as in Carry, objective units
};

enum class RelaxationEnd { Solved, Infeasible, Unknown };

/// A node's continuous relaxation, in the units of the problem. Infeasible is proven; Unknown has no weights but its
/// bound holds.
struct RelaxationResult {
  RelaxationEnd end = RelaxationEnd::Unknown;
  std::vector<double> weights;   // [N] 0 where out; empty unless Solved
  double objective = kInfinity;
  double bound = -kInfinity;
  std::vector<double> whenIn;    // [N] bound of the node once a free instrument is in; `bound` for others
  std::vector<double> whenOut;   // [N] the same once it is out
  std::vector<double> price;     // [N] slope of the objective in each weight after all rows, without bends and names
  std::vector<std::string> conflict;  // Infeasible and asked for: limits of the proof, without bounds and names
  std::shared_ptr<const Seed> seed;
  Index iterations = 0;
  Index passes = 0;
};

/// What a relaxation is solved for.
struct RelaxationGoal {
  double tolerance = 1e-8;
  bool explain = false;  // name the limits behind an infeasible node
};

/// The continuous relaxations of a problem with cardinality, one for each state of its names.
///   free: 0 <= w <= u,   in: max(l, smallest) <= w <= u,   out: w = 0,
///   sum over free of w / u <= most - |in|      (w <= u z and sum z <= most)
/// Upper bounds u are first narrowed to what budget, trading and leverage leave, which makes that row tight.
class Relaxations {
 public:
  Relaxations(const Problem& problem, double largestReturn, Pool& pool, const Stop& stop);

  /// What holds of every feasible portfolio: in where a weight of 0 is out of reach, out where only 0 is in reach.
  [[nodiscard]] const Names& root() const { return root_; }
  [[nodiscard]] Index most() const { return problem_.cardinality->most; }
  [[nodiscard]] Index groups() const { return static_cast<Index>(problem_.groups.size()); }
  [[nodiscard]] double upper(Index i) const { return upper_[i]; }
  /// Least weight of an instrument that is held.
  [[nodiscard]] double least(Index i) const { return std::max(lower_[i], problem_.cardinality->smallest[i]); }
  [[nodiscard]] Index assets() const { return static_cast<Index>(upper_.size()); }

  [[nodiscard]] RelaxationResult solve(const Names& names, const RelaxationGoal& goal, const Seed* seed);

 private:
  void narrow();
  void decide();
  void explain(const Model& model, bool wanted, RelaxationResult& result);
  void boundNames(const Model& model, const Names& names, const WorkingResult& found, RelaxationResult& result);

  const Problem& problem_;
  double largestReturn_;
  Pool& pool_;
  const Stop& stop_;
  std::vector<double> lower_, upper_;
  Names root_;
  std::optional<Tail> tail_;
};

}  // namespace ballast
