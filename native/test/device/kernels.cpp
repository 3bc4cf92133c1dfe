// Each kernel beside plain sums, through the library's table.
#include <algorithm>
#include <numeric>

#include "check.h"
#include "device/device.h"
#include "sample.h"

using namespace ballast;
using namespace ballast::test;
using cuda::Table;

namespace {

std::vector<double> numbers(Index count, std::uint64_t seed) {
  Stream stream(seed);
  std::vector<double> values(count);
  for (double& value : values) value = stream.between(-1.0, 1.0);
  return values;
}

double furthest(const std::vector<double>& a, const std::vector<double>& b) {
  double most = a.size() == b.size() ? 0.0 : 1e300;
  for (std::size_t k = 0; k < a.size() && k < b.size(); ++k) {
    if (!(std::fabs(a[k] - b[k]) <= most)) most = std::fabs(a[k] - b[k]);  // NaN stays
  }
  return most;
}

/// A set on the device and every stride-th row of it as plain float64 numbers, divided by the scale.
struct OnDevice {
  std::shared_ptr<const cuda::Library> library;
  cuda::Set* set;
  cuda::Run* run;
  Index rows, columns;
  std::vector<double> plain;

  OnDevice(Index all, Index width, bool single, Index stride, double scale) : columns(width) {
    libraryPath();
    library = cuda::Library::load();
    std::vector<double> values = numbers(all * width, 7);
    const std::vector<float> floats(values.begin(), values.end());
    if (single) std::copy(floats.begin(), floats.end(), values.begin());
    set = library->call(&Table::makeSet, all, width, single);
    const auto* bytes = single ? reinterpret_cast<const unsigned char*>(floats.data()) : reinterpret_cast<const unsigned char*>(values.data());
    const std::int64_t count = all * width * (single ? 4 : 8), half = count / 2;
    library->call(&Table::fillSet, set, std::int64_t{0}, static_cast<const void*>(bytes), half);
    library->call(&Table::fillSet, set, half, static_cast<const void*>(bytes + half), count - half);
    rows = (all + stride - 1) / stride;
    run = library->call(&Table::openRun, static_cast<const cuda::Set*>(set), stride, rows, scale);
    for (Index t = 0; t < rows; ++t) {
      for (Index i = 0; i < width; ++i) plain.push_back(values[t * stride * width + i] / scale);
    }
  }
  ~OnDevice() {
    library->table().closeRun(run);
    library->table().dropSet(set);
  }
  OnDevice(const OnDevice&) = delete;
};

std::string named(const OnDevice& on, const std::string& what) {
  return what + " of " + std::to_string(on.rows) + " x " + std::to_string(on.columns);
}

void checkProducts(const OnDevice& on) {
  const std::vector<double> w = numbers(on.columns, 8);
  std::vector<double> q = numbers(on.rows, 9), y(on.rows), g(on.columns), yPlain(on.rows, 0.0), gPlain(on.columns, 0.0);
  for (Index t = 0; t < on.rows; ++t) {
    for (Index i = 0; i < on.columns; ++i) yPlain[t] += on.plain[t * on.columns + i] * w[i];
  }
  on.library->call(&Table::dots, on.run, w.data(), y.data());
  check(furthest(y, yPlain) < 1e-12, named(on, "row products"));
  std::vector<Index> chosen;
  std::vector<double> shares;
  for (Index t = 0; t < on.rows; t += 3) {
    chosen.push_back(t);
    shares.push_back(q[t]);
  }
  const auto plainSum = [&](const std::vector<Index>& rows, const std::vector<double>& share) {
    gPlain.assign(on.columns, 0.0);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (Index i = 0; i < on.columns; ++i) gPlain[i] += share[k] * on.plain[rows[k] * on.columns + i];
    }
  };
  plainSum(chosen, shares);
  on.library->call(&Table::sums, on.run, static_cast<const Index*>(chosen.data()), static_cast<const double*>(shares.data()),
                   static_cast<Index>(chosen.size()), g.data());
  check(furthest(g, gPlain) < 1e-11, named(on, "sums of some rows"));
  std::vector<Index> all(on.rows);
  std::iota(all.begin(), all.end(), Index{0});
  plainSum(all, q);
  on.library->call(&Table::sums, on.run, static_cast<const Index*>(nullptr), static_cast<const double*>(q.data()), on.rows, g.data());
  check(furthest(g, gPlain) < 1e-11, named(on, "sums of all rows"));
}

/// A panel of two rows in three of the set and two means, at all columns or at some.
struct Paneled {
  const OnDevice& on;
  std::vector<Index> rows, columns;
  Index n, count;
  std::vector<double> plain;  // [count x n]
  cuda::Cut* cut;

  Paneled(const OnDevice& from, bool some) : on(from) {
    for (Index t = 0; t < on.rows; ++t) {
      if (t % 3 != 1) rows.push_back(on.rows - 1 - t);
    }
    for (Index i = 0; i < on.columns; ++i) {
      if (!some || i % 4 != 2) columns.push_back(i);
    }
    n = static_cast<Index>(columns.size());
    const std::vector<double> means = numbers(2 * n, 10);
    for (const Index t : rows) {
      for (const Index i : columns) plain.push_back(on.plain[t * on.columns + i]);
    }
    plain.insert(plain.end(), means.begin(), means.end());
    count = static_cast<Index>(rows.size()) + 2;
    const cuda::PanelShape shape{rows.data(), count - 2, some ? columns.data() : nullptr, n, means.data(), 2};
    cut = on.library->call(&Table::makePanel, on.run, &shape);
  }
  ~Paneled() { on.library->table().dropPanel(cut); }
  Paneled(const Paneled&) = delete;
};

void checkPanelProducts(const Paneled& p) {
  const std::vector<double> w = numbers(p.n, 11), q = numbers(p.count, 12);
  std::vector<double> y(p.count), g(p.n), yPlain(p.count, 0.0), gPlain(p.n, 0.0);
  for (Index j = 0; j < p.count; ++j) {
    for (Index i = 0; i < p.n; ++i) {
      yPlain[j] += p.plain[j * p.n + i] * w[i];
      gPlain[i] += p.plain[j * p.n + i] * q[j];
    }
  }
  p.on.library->call(&Table::panelDots, p.cut, w.data(), y.data());
  p.on.library->call(&Table::panelSums, p.cut, q.data(), g.data());
  check(furthest(y, yPlain) < 1e-12, named(p.on, "a panel's row products"));
  check(furthest(g, gPlain) < 1e-11, named(p.on, "a panel's row sums"));
}

void checkSystem(const Paneled& p, std::uint64_t seed) {
  const Index size = p.n + 1;
  std::vector<double> weight = numbers(p.count, seed), phi(p.n, 0.0), k(size * size, 0.0);
  for (double& value : weight) value = std::max(value, 0.0) + 1e-9;
  for (Index i = 0; i < p.n; ++i) phi[i] = 0.1 + 0.01 * static_cast<double>(i % 7);
  const auto at = [&](Index j, Index i) { return i == p.n ? 1.0 : p.plain[j * p.n + i]; };
  for (Index j = 0; j < p.count; ++j) {
    for (Index r = 0; r < size; ++r) {
      for (Index c = 0; c < size; ++c) k[r * size + c] += weight[j] * at(j, r) * at(j, c);
    }
  }
  for (Index i = 0; i < p.n; ++i) k[i * size + i] += phi[i];
  check(p.on.library->call(&Table::factor, p.cut, static_cast<const double*>(weight.data()), static_cast<const double*>(phi.data())),
        named(p.on, "positive definite"));
  const std::vector<double> x = numbers(size, 13);
  std::vector<double> b(size, 0.0);
  for (Index r = 0; r < size; ++r) {
    for (Index c = 0; c < size; ++c) b[r] += k[r * size + c] * x[c];
  }
  std::vector<double> three;
  for (int side = 0; side < 3; ++side) three.insert(three.end(), b.begin(), b.end());
  p.on.library->call(&Table::forward, p.cut, three.data(), Index{3});
  for (int side = 0; side < 3; ++side) {
    std::vector<double> solved(three.begin() + side * size, three.begin() + (side + 1) * size);
    p.on.library->call(&Table::backward, p.cut, solved.data());
    check(furthest(solved, x) < 1e-8, named(p.on, "solution"));
  }
}

}  // namespace

TEST("passes and sums on the device are right at every size, precision and stride") {
  for (const bool single : {false, true}) {
    for (const Index columns : {1, 31, 32, 33, 65, 130}) {
      for (const Index rows : {1, 3, 33, 200}) checkProducts(OnDevice(rows, columns, single, 1, 0.5));
    }
    checkProducts(OnDevice(1000, 5, single, 1, 2.0));
    checkProducts(OnDevice(1003, 7, single, 5, 2.0));
  }
}

TEST("a panel cut on the device has the right rows and columns, and its normal equations are solved") {
  for (const Index columns : {1, 5, 62, 63, 64, 130}) {
    for (const bool some : {false, true}) {
      const OnDevice on(columns == 130 ? 700 : 150, columns, some, 2, 0.25);
      const Paneled paneled(on, some);
      checkPanelProducts(paneled);
      checkSystem(paneled, 14);
      checkSystem(paneled, 15);  // as a graph, with other numbers
      if (columns == 5) checkSystem(paneled, 16);
    }
  }
}

TEST("normal equations that are not positive definite are refused, and the panel serves on") {
  const OnDevice on(40, 70, false, 1, 1.0);
  const Paneled paneled(on, false);
  std::vector<double> weight(paneled.count, 1.0), phi(paneled.n, -1e3);
  check(!on.library->call(&Table::factor, paneled.cut, static_cast<const double*>(weight.data()), static_cast<const double*>(phi.data())), "refused");
  checkSystem(paneled, 16);
}

TEST("no kernel has written outside its memory, and all of it was given back") {
  const EmulatedCounts counts = Controls().look();
  check(counts.broken == 0, "guards are whole");
  check(counts.blocks == 0 && counts.pinned == 0 && counts.streams == 0, "everything was given back");
}
