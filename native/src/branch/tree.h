#pragma once

#include <set>
#include <string>
#include <vector>

#include "branch/relaxation.h"

namespace ballast {

/// How a tree ended. `bound` holds for every portfolio within the limits; without weights and not interrupted by the node
/// limit there is none.
struct TreeResult {
  std::vector<double> weights;  // exactly 0 where not held
  double bound = -kInfinity;    // problem units
  bool infeasible = false;      // proven: no names meet the limits
  std::vector<std::string> conflict;  // limits of the proofs, without `cardinality`
  Index nodes = 0;
  Index iterations = 0;
  Index passes = 0;
};

/// Branch and bound over which names are held. Nodes are taken by the least bound: relaxations cost far more than the
/// memory of open nodes, and no other order solves fewer of them; incumbents come from portfolios over the names that a
/// node's relaxation likes best and from exchanges of names. Until there is one, the newest node goes first.
/// A time limit ends the tree with what it holds; without weights it is thrown on, as a cancellation always is.
/// Land & Doig, Econometrica 28(3), 1960; perspective row: Frangioni & Gentile, Math. Programming 106(2), 2006.
class Tree {
 public:
  Tree(Relaxations& relaxations, const Problem& problem, const Options& options, const Stop& stop);

  /// `seed`: the relaxation without a limit on names.
  [[nodiscard]] TreeResult grow(std::shared_ptr<const Seed> seed);

 private:
  struct Node {
    Names names;
    double bound = -kInfinity;
    std::shared_ptr<const Seed> seed;
  };

  void visit(Node node);
  RelaxationResult relax(const Names& names, double tolerance, const Seed* seed);
  bool close(const Node& node, const RelaxationResult& found);
  void settle(Names& names, const RelaxationResult& found) const;
  void branch(const Node& node, const RelaxationResult& found);
  void lookAround(const Node& node, const RelaxationResult& found);
  void exchange();
  bool hold(const Names& allowed, const std::vector<double>& ranking);
  bool tryNames(const Names& held);
  [[nodiscard]] Names largestOf(const Names& allowed, const std::vector<double>& ranking, double share) const;
  [[nodiscard]] Index nextNode() const;
  [[nodiscard]] double cutoff() const;
  void report();

  Relaxations& relaxations_;
  const Options& options_;
  const Stop& stop_;
  std::vector<double> heldNow_;
  std::vector<Node> open_;
  double closed_ = kInfinity;   // least bound of what was cut off
  double current_ = kInfinity;  // bound of the node at hand
  double best_ = kInfinity;
  Names bestNames_;
  RelaxationResult bestFound_;
  std::set<Names> tried_;
  bool unknown_ = false;  // a leaf without weights and without a proof
  double shownGap_ = kInfinity;
  TreeResult result_;
};

}  // namespace ballast
