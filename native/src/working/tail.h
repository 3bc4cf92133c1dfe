#pragma once

#include <vector>

#include "backend/matrix.h"
#include "ballast/problem.h"
#include "parallel/pool.h"
#include "stop.h"

namespace ballast {

/// The scenarios of a tail term with their normalised probabilities, and the passes over them. Returns count in units
/// of `returnScale`.
class Tail {
 public:
  Tail(const Scenarios& scenarios, double confidence, double returnScale, Pool& pool, const Stop& stop);

  [[nodiscard]] Index rows() const { return scenarios_.rows; }
  [[nodiscard]] Index columns() const { return scenarios_.columns; }
  [[nodiscard]] double mass() const { return mass_; }
  [[nodiscard]] double probability(Index t) const { return uniform_ ? each_ : probability_[t]; }

  /// Largest density of a scenario per unit of lambda. At most 2: sum q = lambda makes more irrelevant, and it keeps
  /// confidence near 1 well conditioned.
  [[nodiscard]] double cap(double probability) const { return std::min(probability / mass_, 2.0); }

  /// L = -R w for weights [N], into loss [T]. One pass.
  void losses(const std::vector<double>& weights, std::vector<double>& loss);

  /// g += sum_t share_t r_t; rows of share 0 are not read. One pass over the others.
  void addRows(const std::vector<double>& share, std::vector<double>& g);

  /// sum_t p_t r_t [N]. One pass, the first time only.
  const std::vector<double>& mean();

  /// Takes a mean computed before over the same scenarios and return scale.
  void know(const std::vector<double>& mean) { mean_ = mean; }

  /// Appends rows to a panel [.. x N].
  void gather(const std::vector<Index>& rows, std::vector<double>& panel) const;

  /// VaR and CVaR of losses, and the losses partly ordered around them.
  struct Cut {
    double var = 0.0;
    double cvar = 0.0;
    Index above = 0;            // losses ordered before VaR
    std::vector<double> order;  // [T' <= T] losses with p > 0: the first `above` are >= VaR, order[above] is VaR, the rest <=

    /// The largest and the smallest of the `worse` losses above VaR and the `better` ones below it that are nearest to it;
    /// infinite where there are no more. Reorders order.
    struct Band {
      double most, least;
    };
    Band band(Index worse, Index better);
  };
  void cut(const std::vector<double>& loss, Cut& cut) const;

  /// Every stride-th scenario, as a scenario set of its own; `memory` holds it.
  struct Thinned {
    std::vector<double> returns, probability;
    std::vector<float> single;
  };
  [[nodiscard]] Scenarios thin(Index stride, Thinned& memory) const;

  /// The matrix itself, on the backend that has it.
  [[nodiscard]] Matrix& matrix() { return *matrix_; }

  [[nodiscard]] Index passes() const { return passes_; }

 private:
  void cutWeighted(const std::vector<double>& loss, Cut& cut) const;

  const Scenarios& scenarios_;
  double mass_;
  double returnScale_;
  bool uniform_;
  double each_ = 0.0;
  std::vector<double> probability_;
  std::vector<double> mean_;
  std::unique_ptr<Matrix> matrix_;
  Index passes_ = 0;
};

}  // namespace ballast
