#pragma once

// A scenario matrix in device memory, and a run over it: a stream, working memory, products with all of it.
#include <cstring>

#include "cuda/kernels/products.cuh"
#include "cuda/memory.cuh"

namespace ballast::cuda {

struct Set {
  Set(Index rowCount, Index columnCount, bool isSingle)
      : rows(rowCount), columns(columnCount), single(isSingle), bytes(rowCount * columnCount * (isSingle ? 4 : 8)),
        memory(bytes) {}

  void fill(Index at, const void* from, Index count) {
    if (at < 0 || count < 0 || at + count > bytes) throw Failure{Code::Failed, cudaErrorInvalidValue, "filling a set"};
    stream.copyIn(memory.data() + at, from, static_cast<std::size_t>(count));
    stream.wait();
  }

  Index rows, columns;
  bool single;
  Index bytes;
  DeviceArray<unsigned char> memory;
  Stream stream;
};

/// Blocks of the pass: enough for every device of today to be busy; more rows than they take in one turn go round.
inline constexpr Index kMostBlocks = 4096;

template <class T>
void launchDots(const Stream& stream, const T* r, Index stride, Index rows, Index columns, const double* w, double* y) {
  const Index each = kDotThreads / kWarp * kDotRows, wanted = ceilDiv(rows, each);
  const dim3 grid(static_cast<unsigned>(wanted < kMostBlocks ? wanted : kMostBlocks));
  BALLAST_RUN(stream.get(), grid, dim3(kDotThreads), rowDots<T>, r, stride, rows, columns, w, y);
}

template <class T>
void launchSums(const Stream& stream, const T* r, Index stride, const Index* rows, const double* share, Index count,
                Index columns, DeviceArray<double>& partial, double* g) {
  const Index parts = sumParts(count);
  const unsigned blocks = static_cast<unsigned>(ceilDiv(columns, kSumThreads));
  BALLAST_RUN(stream.get(), dim3(blocks, static_cast<unsigned>(parts)), dim3(kSumThreads), partialSums<T>, r, stride, rows,
              share, count, columns, partial.data());
  BALLAST_RUN(stream.get(), dim3(blocks), dim3(kSumThreads), addParts, partial.data(), parts, columns, g);
}

struct Run {
  Run(const Set& from, Index everyRow, Index rowCount, double returnScale)
      : set(from), stride(everyRow * from.columns), rows(rowCount), scale(returnScale), w(from.columns), y(rowCount),
        g(from.columns), partial(kSumParts * from.columns) {
    if (rowCount < 1 || everyRow < 1 || (rowCount - 1) * everyRow >= from.rows) {
      throw Failure{Code::Failed, cudaErrorInvalidValue, "opening a run"};
    }
  }

  /// Calls visit(r) with the matrix as it is stored.
  template <class Visit>
  void matrix(Visit&& visit) const {
    if (set.single) visit(reinterpret_cast<const float*>(set.memory.data()));
    else visit(reinterpret_cast<const double*>(set.memory.data()));
  }

  void dots(const double* weights, double* out) {
    const Index n = set.columns;
    double* stage = staging.atLeast(n + rows);
    for (Index i = 0; i < n; ++i) stage[i] = weights[i] / scale;
    stream.copyIn(w.data(), stage, sizeof(double) * n);
    matrix([&](const auto* r) { launchDots(stream, r, stride, rows, n, w.data(), y.data()); });
    stream.copyOut(stage + n, y.data(), sizeof(double) * rows);
    stream.wait();
    std::memcpy(out, stage + n, sizeof(double) * rows);
  }

  void sums(const Index* which, const double* share, Index count, double* out) {
    const Index n = set.columns;
    double* stage = staging.atLeast(2 * count + n);
    std::memcpy(stage, share, sizeof(double) * count);
    stream.copyIn(shares.atLeast(count), stage, sizeof(double) * count);
    if (which != nullptr) {
      std::memcpy(stage + count, which, sizeof(Index) * count);
      stream.copyIn(chosen.atLeast(count), stage + count, sizeof(Index) * count);
    }
    const Index* list = which == nullptr ? nullptr : chosen.data();
    matrix([&](const auto* r) { launchSums(stream, r, stride, list, shares.data(), count, n, partial, g.data()); });
    stream.copyOut(stage + 2 * count, g.data(), sizeof(double) * n);
    stream.wait();
    for (Index i = 0; i < n; ++i) out[i] = stage[2 * count + i] / scale;
  }

  const Set& set;
  Index stride, rows;
  double scale;
  Stream stream;
  Staging staging;
  DeviceArray<double> w, y, g, partial, shares;
  DeviceArray<Index> chosen;
};

}  // namespace ballast::cuda
