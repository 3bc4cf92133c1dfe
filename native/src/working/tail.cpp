#include "working/tail.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "backend/host.h"

namespace ballast {

Tail::Tail(const Scenarios& scenarios, double confidence, double returnScale, Pool& pool, const Stop& stop)
    : scenarios_(scenarios), mass_(1.0 - confidence), returnScale_(returnScale),
      uniform_(!scenarios.probabilities.has_value()) {
  if (scenarios.residence) matrix_ = scenarios.residence->open(returnScale, stop);
  else matrix_ = std::make_unique<HostMatrix>(scenarios, returnScale, pool, stop);
  if (uniform_) {
    each_ = 1.0 / static_cast<double>(scenarios.rows);
    return;
  }
  double sum = 0.0;
  for (double p : *scenarios.probabilities) sum += p;
  probability_.reserve(scenarios.rows);
  for (double p : *scenarios.probabilities) probability_.push_back(p / sum);
}

void Tail::losses(const std::vector<double>& weights, std::vector<double>& loss) {
  ++passes_;
  matrix_->losses(weights, loss);
}

void Tail::addRows(const std::vector<double>& share, std::vector<double>& g) {
  ++passes_;
  matrix_->addRows(share, g);
}

const std::vector<double>& Tail::mean() {
  if (mean_.empty()) {
    mean_.assign(columns(), 0.0);
    addRows(uniform_ ? std::vector<double>(rows(), each_) : probability_, mean_);
  }
  return mean_;
}

void Tail::gather(const std::vector<Index>& rows, std::vector<double>& panel) const {
  const std::size_t begin = panel.size();
  panel.resize(begin + rows.size() * columns());
  const double scale = 1.0 / returnScale_;
  double* to = panel.data() + begin;
  for (const Index t : rows) {
    scenarios_.row(t, [&](const auto* r) {
      for (Index i = 0; i < columns(); ++i) to[i] = static_cast<double>(r[i]) * scale;
    });
    to += columns();
  }
}

void Tail::cut(const std::vector<double>& loss, Cut& cut) const {
  if (!uniform_) return cutWeighted(loss, cut);
  const Index count = rows();
  const double tail = mass_ * static_cast<double>(count);
  cut.order = loss;
  cut.above = std::min(static_cast<Index>(std::floor(tail + 1e-9)), count - 1);
  std::nth_element(cut.order.begin(), cut.order.begin() + cut.above, cut.order.end(), std::greater<>());
  cut.var = cut.order[cut.above];
  double sum = 0.0;
  for (Index k = 0; k < cut.above; ++k) sum += cut.order[k];
  cut.cvar = (sum + (tail - static_cast<double>(cut.above)) * cut.var) / tail;
}

/// Weighted quickselect: halve the range that holds VaR by the probability of its upper part.
void Tail::cutWeighted(const std::vector<double>& loss, Cut& cut) const {
  struct Item {
    double loss, p;
  };
  std::vector<Item> items;
  items.reserve(loss.size());
  for (Index t = 0; t < rows(); ++t) {
    if (probability_[t] > 0.0) items.push_back({loss[t], probability_[t]});
  }
  const auto worse = [](const Item& a, const Item& b) { return a.loss > b.loss || (a.loss == b.loss && a.p > b.p); };
  Index low = 0, high = static_cast<Index>(items.size());
  double taken = 0.0, sum = 0.0;
  while (high - low > 1) {
    const Index middle = low + (high - low) / 2;
    std::nth_element(items.begin() + low, items.begin() + middle, items.begin() + high, worse);
    double upper = 0.0, weighted = 0.0;
    for (Index k = low; k < middle; ++k) {
      upper += items[k].p;
      weighted += items[k].p * items[k].loss;
    }
    if (taken + upper > mass_) {
      high = middle;
    } else {
      taken += upper;
      sum += weighted;
      low = middle;
    }
  }
  cut.above = low;
  cut.var = items[low].loss;
  cut.cvar = (sum + (mass_ - taken) * cut.var) / mass_;
  cut.order.resize(items.size());
  for (std::size_t k = 0; k < items.size(); ++k) cut.order[k] = items[k].loss;
}

Tail::Cut::Band Tail::Cut::band(Index worse, Index better) {
  Band band{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  const auto begin = order.begin();
  const Index count = static_cast<Index>(order.size());
  if (worse < above) {
    std::nth_element(begin, begin + (above - worse), begin + above, std::greater<>());
    band.most = order[above - worse];
  }
  if (above + better < count) {
    std::nth_element(begin + above, begin + above + better, order.end(), std::greater<>());
    band.least = order[above + better];
  }
  return band;
}

Scenarios Tail::thin(Index stride, Thinned& memory) const {
  Scenarios thinned;
  thinned.columns = columns();
  thinned.rows = rows() / stride;
  if (scenarios_.residence) thinned.residence = scenarios_.residence->thinned(stride, thinned.rows);
  double mass = 0.0;
  for (Index k = 0; k < thinned.rows; ++k) {
    scenarios_.row(k * stride, [&](const auto* r) {
      if constexpr (std::is_same_v<decltype(r), const float* const&> || std::is_same_v<std::decay_t<decltype(*r)>, float>) {
        memory.single.insert(memory.single.end(), r, r + columns());
      } else {
        memory.returns.insert(memory.returns.end(), r, r + columns());
      }
    });
    if (!uniform_) memory.probability.push_back(probability_[k * stride]);
    mass += probability(k * stride);
  }
  thinned.returns = memory.returns;
  thinned.single = memory.single;
  if (!uniform_) {
    if (!(mass > 0.0)) std::fill(memory.probability.begin(), memory.probability.end(), 1.0);
    thinned.probabilities = memory.probability;
  }
  return thinned;
}

}  // namespace ballast
