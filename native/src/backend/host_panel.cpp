#include <algorithm>

#include "backend/host.h"
#include "interior/interior.h"
#include "kernels/kernels.h"

namespace ballast {
namespace {

constexpr double kWorthThreads = 4e5;
constexpr Index kPieces = 8;

}  // namespace

HostPanel::HostPanel(const Master& master, Index assets, Pool& pool) : master_(master), assets_(assets), pool_(pool) {
  const double work = static_cast<double>(master.count) * static_cast<double>(assets);
  pieces_ = work > kWorthThreads ? kPieces : 1;
}

void HostPanel::dots(const double* w, double* y) {
  pool_.each(pieces_, [&](Index k) {
    const Index from = master_.count * k / pieces_, to = master_.count * (k + 1) / pieces_;
    kernels().rowDots(master_.panel.data() + from * assets_, to - from, assets_, w, y + from);
  });
}

void HostPanel::sums(const double* q, double* g) {
  partial_.assign(pieces_ * assets_, 0.0);
  pool_.each(pieces_, [&](Index k) {
    const Index from = master_.count * k / pieces_, to = master_.count * (k + 1) / pieces_;
    kernels().addRows(master_.panel.data() + from * assets_, to - from, assets_, q + from, partial_.data() + k * assets_);
  });
  for (Index i = 0; i < assets_; ++i) {
    double sum = 0.0;
    for (Index k = 0; k < pieces_; ++k) sum += partial_[k * assets_ + i];
    g[i] = sum;
  }
}

bool HostPanel::factor(const std::vector<double>& weight, const std::vector<double>& phi, bool single) {
  system_.reset(assets_ + 1);
  if (master_.count > 0) system_.addGram(master_.panel.data(), weight, single, pool_);
  else system_.at(assets_, assets_) = 1.0;
  double largest = 0.0;
  for (Index a = 0; a < assets_; ++a) largest = std::max(largest, system_.at(a, a));
  for (Index a = 0; a < assets_; ++a) system_.at(a, a) += phi[a] + 1e-14 * largest;
  system_.at(assets_, assets_) *= 1.0 + 1e-14;
  return system_.factor(pool_);
}

std::unique_ptr<Panel> panelOf(const Master& master, Index assets, Pool& pool) {
  if (master.matrix != nullptr) {
    if (std::unique_ptr<Panel> own = master.matrix->panel(master, assets)) return own;
  }
  return std::make_unique<HostPanel>(master, assets, pool);
}

}  // namespace ballast
