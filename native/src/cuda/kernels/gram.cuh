#pragma once

// K = A' diag(weight) A in tiles, each cut over the rows of A into parts that are added in their order.
#include "cuda/platform.h"

namespace ballast::cuda {

inline constexpr int kTile = 64;           // rows and columns of a tile
inline constexpr int kDepth = 16;          // rows of A held in shared memory at a time
inline constexpr int kSide = 16;           // a block is kSide x kSide threads
inline constexpr int kEach = kTile / kSide;  // each thread adds up kEach x kEach elements
inline constexpr int kTileThreads = kSide * kSide;
inline constexpr Index kGramLeast = 256;   // rows worth a part of their own
inline constexpr Index kGramParts = 16;    // most parts

/// Tiles of a lower triangle of `blocks` x `blocks`.
__host__ __device__ constexpr Index triangle(Index blocks) { return blocks * (blocks + 1) / 2; }

/// Tile number `k` of a lower triangle, row by row: its block row and column.
__device__ inline void tileAt(Index k, Index& row, Index& column) {
  row = 0;
  while (triangle(row + 1) <= k) ++row;
  column = k - triangle(row);
}

/// sum[a][b] += sum over k of left[k][kSide a + y] right[k][kSide b + x], k < kDepth, for thread (x, y).
__device__ inline void addDepth(const double* left, const double* right, double (&sum)[kEach][kEach]) {
  const int x = threadIdx.x % kSide, y = threadIdx.x / kSide;
#pragma unroll
  for (int k = 0; k < kDepth; ++k) {
    double l[kEach], r[kEach];
#pragma unroll
    for (int e = 0; e < kEach; ++e) {
      l[e] = left[k * kTile + kSide * e + y];
      r[e] = right[k * kTile + kSide * e + x];
    }
#pragma unroll
    for (int a = 0; a < kEach; ++a) {
#pragma unroll
      for (int b = 0; b < kEach; ++b) sum[a][b] += l[a] * r[b];
    }
  }
}

inline Index gramParts(Index rows) {
  const Index parts = rows / kGramLeast;
  return parts < 1 ? 1 : parts > kGramParts ? kGramParts : parts;
}

/// partial[part][tile] = the part's rows of A' diag(weight) A at a tile. A is [rows x width], width a multiple of kTile.
/// Grid: (tiles, parts).
__global__ void gramTiles(const double* a, const double* weight, Index rows, Index width, double* partial) {
  BALLAST_SHARED(double, left, kDepth * kTile);
  BALLAST_SHARED(double, right, kDepth * kTile);
  Index row, column;
  tileAt(blockIdx.x, row, column);
  const Index from = rows * blockIdx.y / gridDim.y, to = rows * (blockIdx.y + 1) / gridDim.y;
  double sum[kEach][kEach] = {};
  for (Index base = from; base < to; base += kDepth) {
    for (int k = threadIdx.x; k < kDepth * kTile; k += kTileThreads) {
      const Index j = base + k / kTile, c = k % kTile;
      left[k] = j < to ? weight[j] * a[j * width + row * kTile + c] : 0.0;
      right[k] = j < to ? a[j * width + column * kTile + c] : 0.0;
    }
    __syncthreads();
    addDepth(left, right, sum);
    __syncthreads();
  }
  double* out = partial + (blockIdx.y * gridDim.x + blockIdx.x) * kTile * kTile;
  const int x = threadIdx.x % kSide, y = threadIdx.x / kSide;
  for (int a2 = 0; a2 < kEach; ++a2) {
    for (int b = 0; b < kEach; ++b) out[(kSide * a2 + y) * kTile + kSide * b + x] = sum[a2][b];
  }
}

/// The tiles of K, row-major [width x width], from their parts in order. Grid: tiles.
__global__ void addTiles(const double* partial, Index parts, Index width, double* k) {
  Index row, column;
  tileAt(blockIdx.x, row, column);
  for (int e = threadIdx.x; e < kTile * kTile; e += kTileThreads) {
    double sum = 0.0;
    for (Index part = 0; part < parts; ++part) sum += partial[(part * gridDim.x + blockIdx.x) * kTile * kTile + e];
    k[(row * kTile + e / kTile) * width + column * kTile + e % kTile] = sum;
  }
}

/// K + diag(phi, 0), with a ridge of 1e-14 relative to its largest diagonal, and 1 on the padding. One block.
__global__ void addRidge(double* k, Index width, Index count, const double* phi, int* singular) {
  BALLAST_SHARED(double, largest, kTileThreads);
  const int own = threadIdx.x;
  double most = 0.0;
  for (Index a = own; a < count; a += kTileThreads) {
    const double value = k[a * width + a];
    most = value > most ? value : most;
  }
  largest[own] = most;
  __syncthreads();
  for (int apart = kTileThreads / 2; apart > 0; apart /= 2) {
    if (own < apart && largest[own + apart] > largest[own]) largest[own] = largest[own + apart];
    __syncthreads();
  }
  for (Index a = own; a < width; a += kTileThreads) {
    double& value = k[a * width + a];
    if (a < count) value += phi[a] + 1e-14 * largest[0];
    else if (a == count) value *= 1.0 + 1e-14;
    else value = 1.0;
  }
  if (own == 0) *singular = 0;
}

}  // namespace ballast::cuda
