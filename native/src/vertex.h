#pragma once

#include <cstdint>
#include <vector>

#include "dense.h"
#include "model.h"
#include "stop.h"

namespace ballast {

/// Where a vertex search begins and which scenarios it ties to VaR at once.
struct VertexStart {
  std::vector<double> x;     // [E] inside the segments
  std::vector<Index> kinks;  // scenarios with equal losses at x, VaR there; empty means find VaR
};

/// When a number counts as zero; all quantities of the model are of order 1.
struct VertexTolerances {
  double pivot = 1e-11;      // smallest pivot of a usable basis
  double dependent = 1e-9;   // an eliminated coefficient below this makes no pivot when a basis is chosen
  double still = 1e-12;      // a form changing slower than this per unit step meets no kink
  double optimal = 1e-12;    // a multiplier this close to its interval is optimal
};

/// Result of one phase.
struct VertexResult {
  bool converged = false;
  std::vector<double> x;       // [E]
  std::vector<double> q;       // [J] scaled tail density
  std::vector<Index> kinks;    // scenarios tied to VaR
  std::vector<double> y;       // [m] scaled row duals, > 0 when the lower side binds
  double infeasibility = 0.0;  // phase 1: sum of row violations left
  Index pivots = 0;
  Index passes = 0;            // passes over all scenarios of the model
};

/// Exact primal simplex for a piecewise-linear programme (Fourer, Math. Programming 33, 1985), over the segments and t.
///
/// The objective is a sum of convex piecewise-linear functions of forms f(z): one per scenario, max(0, loss - t), and
/// one per row, zero between its limits. A vertex is as many forms at a kink as there are columns off their bounds;
/// that square system is the basis, a few dozen wide however many scenarios there are. One pivot lets a column or a
/// form go, walks through every kink on the way while the objective still falls, and ties the form where it stops.
///   feasibility phase: rows cost their violation, scenarios nothing; a positive optimum proves infeasibility.
///   optimality phase:  rows are walls.
/// It polishes interior points to exact vertices, and is the fallback for inputs on which an interior point stalls.
class VertexMethod {
 public:
  VertexMethod(const Model& model, const Stop& stop, const VertexTolerances& tolerances = {});

  /// Moves `x` into the rows. result.infeasibility > 0 leaves the Farkas ray in result.y.
  /// `disabled` rows count as absent.
  VertexResult reachRows(std::vector<double> x, const std::vector<bool>& disabled);

  /// Minimises from a point that reachRows() returned; gives up after `maxPivots`.
  VertexResult minimise(const VertexStart& start, Index maxPivots);

 private:
  enum class Mode { Feasibility, Optimality };
  struct Candidate {
    bool column = false;  // a column off the basis, else a form in it
    Index id = -1;
    int direction = 0;    // of the column's value, or of the form's value
    double rate = 0.0;    // objective change per unit, <= 0
  };
  struct Event {
    double step;
    double jump;   // slope gained by passing; infinite for a wall
    double pivot;  // size of the change per unit step
    Index id;      // form, or column when `column`
    bool column;
    bool own;      // the moving column or form meets its own other limit
  };

  // vertex_basis.cpp
  void place(const VertexStart& start);
  void chooseBasis(const std::vector<Index>& columns, const std::vector<Index>& forms);
  bool factor();
  void refresh();
  void settle();
  void price();
  [[nodiscard]] double coefficient(Index form, Index column) const;
  [[nodiscard]] double kink(Index form) const;
  [[nodiscard]] double leftSlope(Index form) const;
  [[nodiscard]] double rightSlope(Index form) const;
  [[nodiscard]] double regionSlope(Index form) const;
  void addScenario(Index j, double multiple);
  void sortRegions();
  void perturb(bool on);
  [[nodiscard]] const std::vector<double>& columnOf(Index asset);

  // vertex_step.cpp
  [[nodiscard]] Candidate choose();
  void direction(const Candidate& candidate);
  void collect(const Candidate& candidate);
  bool move(const Candidate& candidate);
  void advance(const Candidate& candidate, double step);
  void pass(const Event& event);
  void exchange(const Candidate& candidate, const Event& event);

  // vertex.cpp
  bool run(Index maxPivots);
  [[nodiscard]] VertexResult result(bool converged) const;

  [[nodiscard]] bool isScenario(Index form) const { return form < scenarios_; }
  [[nodiscard]] double random();

  const Model& model_;
  const Stop& stop_;
  const VertexTolerances tolerances_;
  Mode mode_ = Mode::Optimality;
  Index scenarios_ = 0;  // J, or 0 in the feasibility phase
  Index columns_ = 0;    // E, or E + 1 with t
  std::vector<double> low_, high_;  // row limits in force, [m]
  std::vector<bool> disabled_;

  std::vector<double> x_;      // [columns] t last
  std::vector<double> w_;      // [N]
  std::vector<double> value_;  // [J + m] forms
  std::vector<double> shift_;  // [J] added to the losses while ties are broken, else empty
  std::vector<std::int8_t> region_;  // of an inactive form: 0 below, 1 between, 2 above
  std::vector<std::int8_t> upper_;   // of an active row: which kink
  std::vector<Index> basic_;         // columns in the basis
  std::vector<Index> active_;        // forms in the basis
  std::vector<Index> place_;         // [columns] index in basic_, or -1
  std::vector<Index> seat_;          // [J + m] index in active_, or -1
  DenseLu lu_;

  std::vector<double> pull_;        // [N] gradient of the inactive scenarios above VaR
  double pullTime_ = 0.0;           // the same for t
  std::vector<double> multiplier_;  // per active_
  std::vector<double> reduced_;     // [columns]
  std::vector<double> moveBasic_;   // per basic_, per unit step
  std::vector<double> moveWeight_;  // [N]
  std::vector<double> moveForm_;    // [J + m]
  std::vector<std::vector<double>> column_;  // [N] scaled losses of the instruments that have moved, [J] each
  std::vector<Event> events_;
  Index stalled_ = 0;
  Index perturbations_ = 0;
  Index pivots_ = 0;
  Index passes_ = 0;
  std::uint64_t seed_ = 0x9E3779B97F4A7C15ull;
};

}  // namespace ballast
