#pragma once

#include "backend/matrix.h"
#include "backend/panel.h"
#include "linear/symmetric.h"
#include "parallel/pool.h"

namespace ballast {

/// The matrix in the caller's memory, read in place by the threads of a pool.
class HostMatrix final : public Matrix {
 public:
  HostMatrix(const Scenarios& scenarios, double returnScale, Pool& pool, const Stop& stop)
      : scenarios_(scenarios), returnScale_(returnScale), pool_(pool), stop_(stop) {}

  void losses(const std::vector<double>& weights, std::vector<double>& loss) override;
  void addRows(const std::vector<double>& share, std::vector<double>& g) override;

 private:
  const Scenarios& scenarios_;
  double returnScale_;
  Pool& pool_;
  const Stop& stop_;
};

/// A master's own panel, its products cut over threads when large.
class HostPanel final : public Panel {
 public:
  HostPanel(const Master& master, Index assets, Pool& pool);

  void dots(const double* w, double* y) override;
  void sums(const double* q, double* g) override;
  [[nodiscard]] bool factor(const std::vector<double>& weight, const std::vector<double>& phi, bool single) override;
  void forward(double* b, Index count) override { system_.forward(b, count); }
  void backward(double* b) override { system_.backward(b); }

 private:
  const Master& master_;
  Index assets_;
  Pool& pool_;
  Index pieces_;
  std::vector<double> partial_;
  Symmetric system_;  // [n + 1]
};

/// The panel of a master: its matrix's own where that has one, else the host's.
[[nodiscard]] std::unique_ptr<Panel> panelOf(const Master& master, Index assets, Pool& pool);

}  // namespace ballast
