#include "working/scenarios.h"

#include <algorithm>

#include "kernels/kernels.h"

namespace ballast {

void WorkingScenarios::join(const Classes::Fresh& fresh) {
  panel_.resize(static_cast<Index>(single_.size()) * tail_.columns());  // without the last master's means
  tail_.gather(fresh.rows, panel_);
  single_.insert(single_.end(), fresh.rows.begin(), fresh.rows.end());
  origin_.insert(origin_.end(), fresh.origin.begin(), fresh.origin.end());
}

void WorkingScenarios::widen(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better) {
  join(classes_.widen(loss, cut, worse, better));
}

void WorkingScenarios::narrow(const std::vector<double>& loss, Tail::Cut& cut, Index worse, Index better) {
  const auto [most, least] = cut.band(worse, better);
  const Index n = tail_.columns();
  std::size_t kept = 0;
  for (std::size_t k = 0; k < single_.size(); ++k) {
    const Index t = single_[k];
    if (loss[t] > most || loss[t] < least) {
      classes_.drop(t, loss[t] > cut.var);
      continue;
    }
    single_[kept] = t;
    origin_[kept] = origin_[k];
    if (kept != k) std::copy_n(panel_.begin() + static_cast<Index>(k) * n, n, panel_.begin() + static_cast<Index>(kept) * n);
    ++kept;
  }
  if (kept == single_.size()) return;
  single_.resize(kept);
  origin_.resize(kept);
  ++drops_;
}

void WorkingScenarios::clear() {
  classes_ = Classes(tail_);
  single_.clear();
  origin_.clear();
  panel_.clear();
  aggregates_.clear();
  ++drops_;
}

void WorkingScenarios::takeAll() { join(classes_.allSingle()); }

Master WorkingScenarios::master(const Model& model) {
  Master master;
  master.lambda = model.lambda;
  master.tailLimit = model.tailLimit;
  const Index n = model.assets;
  panel_.resize(static_cast<Index>(single_.size()) * n);
  std::vector<double> worse(n, 0.0), better(tail_.mean());
  double pWorse = 0.0, pBetter = 0.0;
  std::vector<double> share(tail_.rows(), 0.0);
  for (Index t = 0; t < tail_.rows(); ++t) {
    if (classes_.of(t) == Class::Worse) pWorse += share[t] = tail_.probability(t);
    if (classes_.of(t) == Class::Better) pBetter += tail_.probability(t);
  }
  if (pWorse > 0.0) tail_.addRows(share, worse);
  master.cap.reserve(single_.size() + 2);
  std::vector<double> weight(single_.size());
  for (std::size_t k = 0; k < single_.size(); ++k) {
    weight[k] = tail_.probability(single_[k]);
    master.cap.push_back(tail_.cap(weight[k]));
  }
  if (pBetter > 0.0) {
    std::vector<double> known(n, 0.0);
    kernels().addRows(panel_.data(), static_cast<Index>(single_.size()), n, weight.data(), known.data());
    for (Index i = 0; i < n; ++i) better[i] = (better[i] - worse[i] - known[i]) / pBetter;
  }
  aggregates_.clear();
  const auto append = [&](Class kind, double p, const std::vector<double>& row) {
    if (!(p > 0.0)) return;
    aggregates_.push_back({kind, p});
    master.cap.push_back(tail_.cap(p));
    panel_.insert(panel_.end(), row.begin(), row.end());
  };
  for (double& value : worse) value /= pWorse > 0.0 ? pWorse : 1.0;
  append(Class::Worse, pWorse, worse);
  append(Class::Better, pBetter, better);
  master.panel = panel_;
  master.count = static_cast<Index>(master.cap.size());
  master.matrix = &tail_.matrix();
  master.rows = single_;
  return master;
}

Master WorkingScenarios::narrowed(const Master& master, const std::vector<Index>& free, const std::vector<double>& fixedAt) {
  Master narrow;
  narrow.count = master.count;
  narrow.cap = master.cap;
  narrow.lambda = master.lambda;
  narrow.tailLimit = master.tailLimit;
  narrow.matrix = master.matrix;
  narrow.rows = master.rows;
  narrow.columns = free;
  const Index n = tail_.columns(), kept = static_cast<Index>(free.size());
  if (kept == n) {
    narrow.panel = panel_;
    return narrow;
  }
  narrowPanel_.resize(master.count * kept);
  narrow.panel = narrowPanel_;
  narrow.offset.resize(master.count);
  std::vector<double> still = fixedAt;
  for (const Index a : free) still[a] = 0.0;
  kernels().rowDots(panel_.data(), master.count, n, still.data(), narrow.offset.data());
  const Index pieces = master.count * n > (Index{1} << 18) ? 8 : 1;
  pool_.each(pieces, [&](Index piece) {
    for (Index j = master.count * piece / pieces; j < master.count * (piece + 1) / pieces; ++j) {
      const double* row = panel_.data() + j * n;
      for (Index k = 0; k < kept; ++k) narrowPanel_[j * kept + k] = row[free[k]];
    }
  });
  return narrow;
}

std::vector<double> WorkingScenarios::spread(const std::vector<double>& density) const {
  std::vector<double> all(tail_.rows(), 0.0);
  for (std::size_t k = 0; k < single_.size(); ++k) all[single_[k]] = density[k];
  for (std::size_t k = 0; k < aggregates_.size(); ++k) {
    const double each = density[single_.size() + k] / aggregates_[k].probability;
    for (Index t = 0; t < tail_.rows(); ++t) {
      if (classes_.of(t) == aggregates_[k].kind) all[t] = each * tail_.probability(t);
    }
  }
  return all;
}

std::vector<double> WorkingScenarios::carried(const std::vector<double>& density, const Layout& earlier) const {
  if (earlier.drops != drops_) return {};
  const auto each = [&](Class kind) {
    for (std::size_t k = 0; k < earlier.aggregates.size(); ++k) {
      const Aggregate& mean = earlier.aggregates[k];
      if (mean.kind == kind) return density[earlier.singles + k] / mean.probability;
    }
    return 0.0;
  };
  const double worse = each(Class::Worse), better = each(Class::Better);
  const auto shareOf = [&](Class kind) { return kind == Class::Worse ? worse : kind == Class::Better ? better : 0.0; };
  std::vector<double> now(density.begin(), density.begin() + static_cast<std::ptrdiff_t>(earlier.singles));
  for (std::size_t k = earlier.singles; k < single_.size(); ++k) {
    now.push_back(shareOf(origin_[k]) * tail_.probability(single_[k]));
  }
  for (const Aggregate& mean : aggregates_) now.push_back(shareOf(mean.kind) * mean.probability);
  return now;
}

}  // namespace ballast
