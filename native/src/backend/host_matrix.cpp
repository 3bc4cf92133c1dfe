#include <algorithm>

#include "backend/host.h"
#include "kernels/kernels.h"

namespace ballast {
namespace {

/// Elements one thread reads between two looks at the stop: about a millisecond.
constexpr Index kBlock = Index{1} << 19;
constexpr Index kSumPieces = 16;

void dots(const Kernels& inner, const double* r, Index rows, Index columns, const double* w, double* y) {
  inner.rowDots(r, rows, columns, w, y);
}
void dots(const Kernels& inner, const float* r, Index rows, Index columns, const double* w, double* y) {
  inner.rowDotsSingle(r, rows, columns, w, y);
}
void sums(const Kernels& inner, const double* r, Index rows, Index columns, const double* q, double* g) {
  inner.addRows(r, rows, columns, q, g);
}
void sums(const Kernels& inner, const float* r, Index rows, Index columns, const double* q, double* g) {
  inner.addRowsSingle(r, rows, columns, q, g);
}

}  // namespace

void HostMatrix::losses(const std::vector<double>& weights, std::vector<double>& loss) {
  const Index rows = scenarios_.rows, columns = scenarios_.columns;
  loss.resize(rows);
  std::vector<double> scaled(weights);
  for (double& w : scaled) w /= -returnScale_;
  const Index each = std::max<Index>(kBlock / columns, 1), pieces = (rows + each - 1) / each;
  pool_.each(pieces, [&](Index k) {
    stop_.check();
    const Index from = k * each, count = std::min(each, rows - from);
    scenarios_.row(from, [&](const auto* r) { dots(kernels(), r, count, columns, scaled.data(), loss.data() + from); });
  });
}

void HostMatrix::addRows(const std::vector<double>& share, std::vector<double>& g) {
  const Index rows = scenarios_.rows, columns = scenarios_.columns;
  const bool large = rows * columns > kBlock;
  const Index pieces = large ? kSumPieces : 1;
  std::vector<double> partial(pieces * columns, 0.0);
  pool_.each(pieces, [&](Index k) {
    const Index to = rows * (k + 1) / pieces, each = std::max<Index>(kBlock / columns, 4);
    for (Index from = rows * k / pieces; from < to; from += each) {
      stop_.check();
      const Index count = std::min(each, to - from);
      scenarios_.row(from, [&](const auto* r) {
        sums(kernels(), r, count, columns, share.data() + from, partial.data() + k * columns);
      });
    }
  });
  for (Index k = 0; k < pieces; ++k) {
    for (Index i = 0; i < columns; ++i) g[i] += partial[k * columns + i] / returnScale_;
  }
}

}  // namespace ballast
