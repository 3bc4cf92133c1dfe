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

  /// Makes the single ones farther from VaR than the `worse` and `better` nearest losses part of a mean again.
  /// Reorders cut.order.
  void narrow(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better);

  /// Numbers that a pass over all scenarios reads.
  [[nodiscard]] Index singles() const { return static_cast<Index>(single_.size()); }
  [[nodiscard]] Index elements() const { return tail_.rows() * tail_.columns(); }

  /// Makes none single.
  void clear();

  /// Makes every scenario single.
  void takeAll();

  /// The master over all instruments: a relaxation of the problem. Its panel lives until the next change here.
  [[nodiscard]] Master master(const Model& model);

  /// A master over some instruments, the others at their weights in `fixedAt` [N]. Both lists outlive it.
  [[nodiscard]] Master narrowed(const Master& master, const std::vector<Index>& free, const std::vector<double>& fixedAt);

  /// Density over all scenarios [T] from that of the last master: a mean's part is shared by probability.
  [[nodiscard]] std::vector<double> spread(const std::vector<double>& density) const;

  /// What the density of a master stands for.
  struct Aggregate {
    Class kind;
    double probability;
  };
  struct Layout {
    Index drops = 0;  // how often single ones had been dropped
    std::size_t singles = 0;
    std::vector<Aggregate> aggregates;
  };
  [[nodiscard]] Layout layout() const { return {drops_, single_.size(), aggregates_}; }

  /// The density of an earlier master over the scenarios of the last one: what left a mean takes its share along.
  /// Empty when single ones were dropped since.
  [[nodiscard]] std::vector<double> carried(const std::vector<double>& density, const Layout& earlier) const;

 private:
  void join(const Classes::Fresh& fresh);

  Tail& tail_;
  Pool& pool_;
  Classes classes_;
  std::vector<Index> single_;        // in the order of the panel
  std::vector<Class> origin_;        // of each single one: the class it left
  std::vector<double> panel_;        // [single + aggregates x N]
  std::vector<double> narrowPanel_;  // [single + aggregates x free instruments]
  std::vector<Aggregate> aggregates_;
  Index drops_ = 0;
};

}  // namespace ballast
