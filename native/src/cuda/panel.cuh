#pragma once

// The panel of one master on the device, and its normal equations.
#include "cuda/kernels/cholesky.cuh"
#include "cuda/run.cuh"

namespace ballast::cuda {

struct Cut {
  Cut(Run& owner, const PanelShape& shape)
      : run(owner), count(shape.rowCount + shape.meanCount), n(shape.columnCount), width(roundUp(n + 1, kTile)),
        blocks(width / kTile), parts(gramParts(count)), panel(count * width), weight(count), phi(n), y(count),
        gram(width * width), partial(parts * triangle(blocks) * kTile * kTile), side(width),
        sumsPartial(kSumParts * width), singular(1) {
    fill(shape);
  }

  /// Rows of the set, then the means.
  void fill(const PanelShape& shape) {
    const Index rows = shape.rowCount, meanSize = shape.meanCount * n;
    double* stage = run.staging.atLeast(rows + n + meanSize);
    DeviceArray<Index> rowList(rows), columnList(shape.columns == nullptr ? 0 : n);
    DeviceArray<double> means(meanSize);
    const dim3 block(kDotThreads);
    if (shape.columns != nullptr) {
      std::memcpy(stage + rows, shape.columns, sizeof(Index) * n);
      run.stream.copyIn(columnList.data(), stage + rows, sizeof(Index) * n);
    }
    if (rows > 0) {
      std::memcpy(stage, shape.rows, sizeof(Index) * rows);
      run.stream.copyIn(rowList.data(), stage, sizeof(Index) * rows);
      run.matrix([&](const auto* r) {
        using T = std::remove_const_t<std::remove_pointer_t<decltype(r)>>;
        BALLAST_RUN(run.stream.get(), dim3(static_cast<unsigned>(rows)), block, gatherRows<T>, r, run.stride,
                    rowList.data(), columnList.data(), n, 1.0 / run.scale, panel.data(), Index{0}, width);
      });
    }
    if (shape.meanCount > 0) {
      const Index* every = nullptr;
      std::memcpy(stage + rows + n, shape.means, sizeof(double) * meanSize);
      run.stream.copyIn(means.data(), stage + rows + n, sizeof(double) * meanSize);
      BALLAST_RUN(run.stream.get(), dim3(static_cast<unsigned>(shape.meanCount)), block, gatherRows<double>, means.data(),
                  n, every, every, n, 1.0, panel.data(), rows, width);
    }
    run.stream.wait();  // the lists go
  }

  void dots(const double* w, double* out) {
    double* stage = run.staging.atLeast(n + count);
    std::memcpy(stage, w, sizeof(double) * n);
    run.stream.copyIn(side.data(), stage, sizeof(double) * n);
    launchDots<double>(run.stream, panel.data(), width, count, n, side.data(), y.data());
    run.stream.copyOut(stage + n, y.data(), sizeof(double) * count);
    run.stream.wait();
    std::memcpy(out, stage + n, sizeof(double) * count);
  }

  void sums(const double* q, double* out) {
    const Index* every = nullptr;
    double* stage = run.staging.atLeast(n + count);
    std::memcpy(stage, q, sizeof(double) * count);
    run.stream.copyIn(y.data(), stage, sizeof(double) * count);
    launchSums<double>(run.stream, panel.data(), width, every, y.data(), count, n, sumsPartial, side.data());
    run.stream.copyOut(stage + count, side.data(), sizeof(double) * n);
    run.stream.wait();
    std::memcpy(out, stage + count, sizeof(double) * n);
  }

  bool factor(const double* weights, const double* ridge) {
    double* stage = run.staging.atLeast(count + n);
    std::memcpy(stage, weights, sizeof(double) * count);
    std::memcpy(stage + count, ridge, sizeof(double) * n);
    run.stream.copyIn(weight.data(), stage, sizeof(double) * count);
    run.stream.copyIn(phi.data(), stage + count, sizeof(double) * n);
    graph.run(run.stream, [&] { launchFactor(); });
    int failed = 1;
    run.stream.copyOut(&failed, singular.data(), sizeof failed);
    run.stream.wait();
    return failed == 0;
  }

  void launchFactor() {
    const cudaStream_t on = run.stream.get();
    const dim3 block(kTileThreads), tiles(static_cast<unsigned>(triangle(blocks)));
    double* k = gram.data();
    BALLAST_RUN(on, dim3(tiles.x, static_cast<unsigned>(parts)), block, gramTiles, panel.data(), weight.data(), count, width,
                partial.data());
    BALLAST_RUN(on, tiles, block, addTiles, partial.data(), parts, width, k);
    BALLAST_RUN(on, dim3(1), block, addRidge, k, width, n, phi.data(), singular.data());
    for (Index b = 0; b < blocks; ++b) {
      const Index below = blocks - b - 1;
      BALLAST_RUN(on, dim3(1), block, factorTile, k, width, b, singular.data());
      if (below == 0) break;
      BALLAST_RUN(on, dim3(static_cast<unsigned>(below)), dim3(kTile), solveTiles, k, width, b);
      BALLAST_RUN(on, dim3(static_cast<unsigned>(triangle(below))), block, updateTiles, k, width, b);
    }
  }

  void forward(double* b, Index sides) {
    inPlace(b, sides, [&] {
      BALLAST_RUN(run.stream.get(), dim3(static_cast<unsigned>(sides)), dim3(kTileThreads), solveForward, gram.data(), width,
                  side.data());
    });
  }

  void backward(double* b) {
    inPlace(b, 1, [&] {
      BALLAST_RUN(run.stream.get(), dim3(1), dim3(kTileThreads), solveBackward, gram.data(), width, side.data());
    });
  }

  /// Copies right sides of n + 1 in, padded with 0, launches, copies them out.
  template <class Launch>
  void inPlace(double* b, Index sides, Launch&& launch) {
    const std::size_t bytes = sizeof(double) * sides * width;
    double* stage = run.staging.atLeast(sides * width);
    std::memset(stage, 0, bytes);
    for (Index k = 0; k < sides; ++k) std::memcpy(stage + k * width, b + k * (n + 1), sizeof(double) * (n + 1));
    run.stream.copyIn(side.atLeast(sides * width), stage, bytes);
    launch();
    run.stream.copyOut(stage, side.data(), bytes);
    run.stream.wait();
    for (Index k = 0; k < sides; ++k) std::memcpy(b + k * (n + 1), stage + k * width, sizeof(double) * (n + 1));
  }

  Run& run;
  Index count, n, width, blocks, parts;
  DeviceArray<double> panel, weight, phi, y, gram, partial, side, sumsPartial;
  DeviceArray<int> singular;
  Graph graph;
};

}  // namespace ballast::cuda
