#pragma once

#include <vector>

#include "ballast/problem.h"

namespace ballast {

/// Width of a strip: symmetric matrices and panels are stored in strips of this many rows.
inline constexpr Index kStrip = 16;

/// The inner loops, one set per instruction set of the processor. Matrices are row-major, [rows x columns].
/// Each sum has one order for given sizes, so results repeat bit by bit on one machine.
struct Kernels {
  const char* name;  // "avx512", "avx2" or "base"

  /// y = R w.
  void (*rowDots)(const double* returns, Index rows, Index columns, const double* w, double* y);
  void (*rowDotsSingle)(const float* returns, Index rows, Index columns, const double* w, double* y);

  /// g += R' q; rows with q = 0 are not read.
  void (*addRows)(const double* returns, Index rows, Index columns, const double* q, double* g);
  void (*addRowsSingle)(const float* returns, Index rows, Index columns, const double* q, double* g);

  /// c[col][row] += sign * sum_k a[k][row] b[k][col] over strips a, b of kStrip columns and `depth` rows.
  void (*addTile)(Index depth, const double* a, const double* b, double sign, double* c);
  void (*addTileSingle)(Index depth, const float* a, const float* b, float* c);

  /// X <- X inverse(L)' with L the lower triangle of a tile: both are [col][row] tiles.
  void (*solveTile)(const double* lower, double* x);

  /// x[row] -= sum_k strip[k][row] y[k], k < depth.
  void (*forwardStrip)(const double* strip, Index depth, const double* y, double* x);

  /// y[k] -= sum_row strip[k][row] x[row], k < depth.
  void (*backwardStrip)(const double* strip, Index depth, const double* x, double* y);
};

/// The set this processor runs best.
[[nodiscard]] const Kernels& kernels();

/// Every set this processor runs, the best first.
[[nodiscard]] std::vector<const Kernels*> runnableKernels();

}  // namespace ballast
