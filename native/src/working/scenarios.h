#pragma once

#include <vector>

#include "interior/interior.h"
#include "working/classes.h"

namespace ballast {

/// The scenarios of a run as its masters see them: single ones in a growing panel, the others as means of their class.
class WorkingScenarios {
 public:
  WorkingScenarios(Tail& tail, Pool& pool) : tail_(tail), pool_(pool), classes_(tail) {}

  /// See Classes::mistaken.
  [[nodiscard]] Index mistaken(const std::vector<double>& loss, double var) const { return classes_.mistaken(loss, var); }

  /// See Classes::widen; the new single ones join the panel.
  void widen(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better);

  /// Makes every scenario single.
  void takeAll();

  /// The master over all instruments: a relaxation of the problem. Its panel lives until the next change here.
  [[nodiscard]] Master master(const Model& model);

  /// A master over some instruments, the others at their weights in `fixedAt` [N]. Both lists outlive it.
  [[nodiscard]] Master narrowed(const Master& master, const std::vector<Index>& free, const std::vector<double>& fixedAt);

  /// Density over all scenarios [T] from that of the last master: a mean's part is shared by probability.
  [[nodiscard]] std::vector<double> spread(const std::vector<double>& density) const;

 private:
  struct Aggregate {
    Class kind;
    double probability;
  };

  void join(const std::vector<Index>& fresh);

  Tail& tail_;
  Pool& pool_;
  Classes classes_;
  std::vector<Index> single_;        // in the order of the panel
  std::vector<double> panel_;        // [single + aggregates x N]
  std::vector<double> narrowPanel_;  // [single + aggregates x free instruments]
  std::vector<Aggregate> aggregates_;
};

}  // namespace ballast
