#pragma once

#include "working/face.h"
#include "working/fixing.h"
#include "working/scenarios.h"

namespace ballast {

/// A point carried from one solve to the next: over scenarios thinned, over limits moved, or over time.
struct Carry {
  std::vector<double> weights;  // [N]
  Multipliers multipliers;      // of the model's rows; empty: none
  std::vector<char> fixed;      // [N] instruments that stood at a bend; empty: none
  double distance = 0.0;        // how far objective and bound may be apart, model units
};

enum class StepEnd { Taken, Infeasible, Failed };

/// The current point of a run and the best bound so far; each step solves one master and moves there.
class Steps {
 public:
  Steps(const Model& model, WorkingScenarios& scenarios, Pool& pool, const Stop& stop);

  /// Starts at a carried point, as far as it fits the model, or at equal weights.
  void take(const Carry& carry);
  void startEqual();

  /// Solves a master over the instruments that are not fixed, else over all. `distance` tells how far objective and bound
  /// may still be apart; without a point to start from it counts for nothing. `alike`: no scenario of the last master was
  /// on the wrong side of VaR.
  StepEnd improve(const Master& master, const InteriorOptions& options, double distance, bool alike);

  /// Gives up the fixed instruments; gives up the point as a start.
  void release() { fixing_.fixed.clear(); }
  void forget() { known_ = false; }

  /// Fixes what stands at a bend at the end of a run, for the next one.
  void settleFixing();

  [[nodiscard]] const Polyhedron& whole() const { return whole_; }
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }
  [[nodiscard]] const Multipliers& multipliers() const { return multipliers_; }
  [[nodiscard]] const Fixing& fixing() const { return fixing_; }
  [[nodiscard]] bool known() const { return known_; }
  [[nodiscard]] double carriedDistance() const { return distance_; }
  [[nodiscard]] Index iterations() const { return iterations_; }

  /// The best bound, its multipliers, and its density over all scenarios.
  double bound = -kInfinity;
  Multipliers boundMultipliers;
  std::vector<double> boundDensity;

 private:
  /// A master's settled point over its own instruments, and how the run to it ended. Infeasible: the point is the ray.
  struct Solved {
    InteriorEnd end = InteriorEnd::Stalled;
    FacePoint point;
    Settled worth;
    double mu = 0.0;
  };

  StepEnd improveWhole(const Master& master, const InteriorOptions& options, double distance);
  [[nodiscard]] bool improveRestricted(const Master& master, const InteriorOptions& options, double distance);
  [[nodiscard]] Solved solveWarm(const Polyhedron& poly, const Master& master, const std::vector<Index>& free,
                                 double distance, const InteriorOptions& options);
  [[nodiscard]] bool cheap(const Master& master) const;
  double accept(const Master& master, const Solved& found, const std::vector<Index>& free,
                const std::vector<double>& fixedAt);
  [[nodiscard]] Solved solve(const Polyhedron& poly, const Master& master, const InteriorStart& start,
                             const InteriorOptions& options);
  [[nodiscard]] std::vector<double> gradientOf(const Master& master, const std::vector<double>& density) const;
  [[nodiscard]] std::vector<Index> unfixed(const std::vector<char>& fixed) const;
  [[nodiscard]] bool warm() const { return known_ && static_cast<Index>(multipliers_.row.size()) == whole_.rows; }

  const Model& model_;
  WorkingScenarios& scenarios_;
  Pool& pool_;
  const Stop& stop_;
  Polyhedron whole_;  // all instruments
  std::vector<double> weights_;
  bool known_ = false;  // weights_ come from a solve
  Multipliers multipliers_;
  Fixing fixing_;
  std::vector<double> gradient_;  // [N] R'q of the last master
  std::vector<double> density_;        // [J] of the last master
  WorkingScenarios::Layout layout_;    // what it stands for
  bool alike_ = false;                 // the present master is much like the one before
  double distance_ = 0.0;
  Index failures_ = 0;
  Index iterations_ = 0;
};

}  // namespace ballast
