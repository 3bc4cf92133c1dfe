#pragma once

// Cholesky factorisation K = L L' in tiles, lower triangle, row-major [width x width] with width a multiple of kTile, and
// the triangular solves.
#include "cuda/kernels/gram.cuh"

namespace ballast::cuda {

/// Factors the diagonal tile `b` in shared memory. One block.
__global__ void factorTile(double* k, Index width, Index b, int* singular) {
  BALLAST_SHARED(double, tile, kTile * (kTile + 1));
  constexpr int pitch = kTile + 1;
  double* own = k + b * kTile * (width + 1);
  for (int e = threadIdx.x; e < kTile * kTile; e += kTileThreads) tile[e / kTile * pitch + e % kTile] = own[e / kTile * width + e % kTile];
  __syncthreads();
  for (int c = 0; c < kTile; ++c) {
    const double pivot = tile[c * pitch + c];
    __syncthreads();
    if (!(pivot > 0.0)) {  // every thread sees the same pivot
      if (threadIdx.x == 0) *singular = 1;
      return;
    }
    const double root = sqrt(pivot);
    for (int r = c + threadIdx.x; r < kTile; r += kTileThreads) tile[r * pitch + c] = r == c ? root : tile[r * pitch + c] / root;
    __syncthreads();
    for (int e = threadIdx.x; e < kTile * kTile; e += kTileThreads) {
      const int r = e / kTile, s = e % kTile;
      if (s > c && r >= s) tile[r * pitch + s] -= tile[r * pitch + c] * tile[s * pitch + c];
    }
    __syncthreads();
  }
  for (int e = threadIdx.x; e < kTile * kTile; e += kTileThreads) own[e / kTile * width + e % kTile] = tile[e / kTile * pitch + e % kTile];
}

/// The tiles below a factored diagonal tile `b`: X <- X inverse(L_bb)'. One block a tile, one thread a row.
__global__ void solveTiles(double* k, Index width, Index b) {
  BALLAST_SHARED(double, lower, kTile * kTile);
  const double* pivot = k + b * kTile * (width + 1);
  for (int e = threadIdx.x; e < kTile * kTile; e += kTile) lower[e] = pivot[e / kTile * width + e % kTile];
  __syncthreads();
  double* row = k + ((b + 1 + blockIdx.x) * kTile + threadIdx.x) * width + b * kTile;
  for (int c = 0; c < kTile; ++c) {
    double value = row[c];
    for (int s = 0; s < c; ++s) value -= row[s] * lower[c * kTile + s];
    row[c] = value / lower[c * kTile + c];
  }
}

/// What is left to factor after column `b`: K_ij -= L_ib L_jb'. Grid: tiles of the triangle below.
__global__ void updateTiles(double* k, Index width, Index b) {
  BALLAST_SHARED(double, left, kDepth * kTile);
  BALLAST_SHARED(double, right, kDepth * kTile);
  Index row, column;
  tileAt(blockIdx.x, row, column);
  const double* upper = k + (b + 1 + row) * kTile * width + b * kTile;
  const double* other = k + (b + 1 + column) * kTile * width + b * kTile;
  double sum[kEach][kEach] = {};
  for (int base = 0; base < kTile; base += kDepth) {
    for (int e = threadIdx.x; e < kDepth * kTile; e += kTileThreads) {
      const int r = e / kDepth, d = e % kDepth;  // along a row of K: neighbours in memory
      left[d * kTile + r] = upper[r * width + base + d];
      right[d * kTile + r] = other[r * width + base + d];
    }
    __syncthreads();
    addDepth(left, right, sum);
    __syncthreads();
  }
  double* out = k + (b + 1 + row) * kTile * width + (b + 1 + column) * kTile;
  const int x = threadIdx.x % kSide, y = threadIdx.x / kSide;
  for (int a = 0; a < kEach; ++a) {
    for (int c = 0; c < kEach; ++c) out[(kSide * a + y) * width + kSide * c + x] -= sum[a][c];
  }
}

/// L x = b in place. One block a right side, `width` apart.
__global__ void solveForward(const double* k, Index width, double* sides) {
  double* x = sides + blockIdx.x * width;
  for (Index base = 0; base < width; base += kTile) {
    for (int c = 0; c < kTile; ++c) {
      const Index at = base + c;
      if (threadIdx.x == 0) x[at] /= k[at * width + at];
      __syncthreads();
      const Index row = at + 1 + threadIdx.x;
      if (row < base + kTile) x[row] -= k[row * width + at] * x[at];
      __syncthreads();
    }
    for (Index row = base + kTile + threadIdx.x; row < width; row += kTileThreads) {
      double sum = 0.0;
      for (int c = 0; c < kTile; ++c) sum += k[row * width + base + c] * x[base + c];
      x[row] -= sum;
    }
    __syncthreads();
  }
}

/// L' x = b in place. One block.
__global__ void solveBackward(const double* k, Index width, double* x) {
  constexpr int kGroups = kTileThreads / kTile;
  BALLAST_SHARED(double, part, kTileThreads);
  const int group = threadIdx.x / kTile, column = threadIdx.x % kTile;
  for (Index base = width - kTile; base >= 0; base -= kTile) {
    double sum = 0.0;
    for (Index row = base + kTile + group; row < width; row += kGroups) sum += k[row * width + base + column] * x[row];
    part[threadIdx.x] = sum;
    __syncthreads();
    if (group == 0) {
      for (int g = 1; g < kGroups; ++g) sum += part[g * kTile + column];
      x[base + column] -= sum;
    }
    __syncthreads();
    for (int c = kTile - 1; c >= 0; --c) {
      const Index at = base + c;
      if (threadIdx.x == 0) x[at] /= k[at * width + at];
      __syncthreads();
      if (static_cast<int>(threadIdx.x) < c) x[base + threadIdx.x] -= k[at * width + base + threadIdx.x] * x[at];
      __syncthreads();
    }
  }
}

}  // namespace ballast::cuda
