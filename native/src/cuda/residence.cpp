#include "cuda/residence.h"

#include <algorithm>

#include "interior/interior.h"

namespace ballast::cuda {
namespace {

constexpr std::int64_t kPiece = std::int64_t{1} << 26;  // bytes copied between two looks at the stop

class DevicePanel final : public Panel {
 public:
  DevicePanel(const Library& library, Cut* cut) : library_(library), cut_(cut) {}
  ~DevicePanel() override { library_.table().dropPanel(cut_); }
  DevicePanel(const DevicePanel&) = delete;
  DevicePanel& operator=(const DevicePanel&) = delete;

  void dots(const double* w, double* y) override { library_.call(&Table::panelDots, cut_, w, y); }
  void sums(const double* q, double* g) override { library_.call(&Table::panelSums, cut_, q, g); }
  [[nodiscard]] bool factor(const std::vector<double>& weight, const std::vector<double>& phi, bool) override {
    return library_.call(&Table::factor, cut_, weight.data(), phi.data());
  }
  void forward(double* b, Index count) override {
    if (count > 0) library_.call(&Table::forward, cut_, b, count);
  }
  void backward(double* b) override { library_.call(&Table::backward, cut_, b); }

 private:
  const Library& library_;
  Cut* cut_;
};

class DeviceMatrix final : public Matrix {
 public:
  DeviceMatrix(std::shared_ptr<const DeviceSet> set, Index stride, Index rows, double returnScale, const Stop& stop)
      : set_(std::move(set)), rows_(rows), stop_(stop),
        run_(set_->library().call(&Table::openRun, set_->set(), stride, rows, returnScale)) {}
  ~DeviceMatrix() override { set_->library().table().closeRun(run_); }
  DeviceMatrix(const DeviceMatrix&) = delete;
  DeviceMatrix& operator=(const DeviceMatrix&) = delete;

  void losses(const std::vector<double>& weights, std::vector<double>& loss) override {
    stop_.check();
    loss.resize(rows_);
    set_->library().call(&Table::dots, run_, weights.data(), loss.data());
    for (double& value : loss) value = -value;
  }

  void addRows(const std::vector<double>& share, std::vector<double>& g) override {
    stop_.check();
    std::vector<Index> rows;
    std::vector<double> shares, sum(set_->columns());
    for (Index t = 0; t < rows_; ++t) {
      if (share[t] == 0.0) continue;
      rows.push_back(t);
      shares.push_back(share[t]);
    }
    const Index count = static_cast<Index>(rows.size());
    if (count == 0) return;
    set_->library().call(&Table::sums, run_, count == rows_ ? nullptr : rows.data(), shares.data(), count, sum.data());
    for (std::size_t i = 0; i < sum.size(); ++i) g[i] += sum[i];
  }

  [[nodiscard]] std::unique_ptr<Panel> panel(const Master& master, Index assets) override {
    const double n = static_cast<double>(assets), work = static_cast<double>(master.count) * n * n;
    if (master.count == 0 || assets == 0 || work < set_->library().device().leastPanel) return nullptr;
    PanelShape shape{};
    shape.rows = master.rows.data();
    shape.rowCount = static_cast<Index>(master.rows.size());
    shape.columns = master.columns.empty() || assets == set_->columns() ? nullptr : master.columns.data();
    shape.columnCount = assets;
    shape.means = master.panel.data() + shape.rowCount * assets;
    shape.meanCount = master.count - shape.rowCount;
    return std::make_unique<DevicePanel>(set_->library(),
                                         set_->library().call(&Table::makePanel, run_, static_cast<const PanelShape*>(&shape)));
  }

 private:
  std::shared_ptr<const DeviceSet> set_;
  Index rows_;
  const Stop& stop_;
  Run* run_;
};

}  // namespace

DeviceSet::DeviceSet(std::shared_ptr<const Library> library, const Scenarios& scenarios, const Stop& stop)
    : library_(std::move(library)), rows_(scenarios.rows), columns_(scenarios.columns),
      set_(library_->call(&Table::makeSet, rows_, columns_, scenarios.isSingle())) {
  try {
    scenarios.row(0, [&](const auto* returns) {
      const std::int64_t bytes = rows_ * columns_ * static_cast<std::int64_t>(sizeof *returns);
      const auto* from = reinterpret_cast<const unsigned char*>(returns);
      for (std::int64_t at = 0; at < bytes; at += kPiece) {
        stop.check();
        library_->call(&Table::fillSet, set_, at, static_cast<const void*>(from + at), std::min(kPiece, bytes - at));
      }
    });
  } catch (...) {
    library_->table().dropSet(set_);
    throw;
  }
}

DeviceSet::~DeviceSet() { library_->table().dropSet(set_); }

std::unique_ptr<Matrix> DeviceResidence::open(double returnScale, const Stop& stop) const {
  return std::make_unique<DeviceMatrix>(set_, stride_, rows_, returnScale, stop);
}

}  // namespace ballast::cuda
