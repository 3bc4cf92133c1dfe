#pragma once

// Products with a row-major matrix that is read once: bound by memory. Sums have one order for given sizes.
#include "cuda/platform.h"

namespace ballast::cuda {

inline constexpr int kDotThreads = 256;
inline constexpr int kDotRows = 4;        // rows a warp reads at a time, so that many loads are on their way
inline constexpr int kSumThreads = 128;   // columns a block sums
inline constexpr Index kSumLeast = 64;    // rows worth a part of their own
inline constexpr Index kSumParts = 256;   // most parts of a sum

/// y = R w over rows `stride` apart: a warp for kDotRows rows, float64 sums.
template <class T>
__global__ void rowDots(const T* r, Index stride, Index rows, Index columns, const double* w, double* y) {
  const Index warps = blockDim.x / kWarp, lane = threadIdx.x % kWarp;
  const Index step = gridDim.x * warps * kDotRows;
  for (Index t = (blockIdx.x * warps + threadIdx.x / kWarp) * kDotRows; t < rows; t += step) {
    double sum[kDotRows] = {};
    for (Index i = lane; i < columns; i += kWarp) {
      const double weight = w[i];
#pragma unroll
      for (int k = 0; k < kDotRows; ++k) {
        if (t + k < rows) sum[k] += static_cast<double>(r[(t + k) * stride + i]) * weight;
      }
    }
#pragma unroll
    for (int k = 0; k < kDotRows; ++k) {
#pragma unroll
      for (int apart = kWarp / 2; apart > 0; apart /= 2) sum[k] += __shfl_down_sync(0xFFFFFFFFu, sum[k], apart);
      if (lane == 0 && t + k < rows) y[t + k] = sum[k];
    }
  }
}

/// Parts a sum of `count` rows is cut into, whatever the device.
inline Index sumParts(Index count) {
  const Index parts = count / kSumLeast;
  return parts < 1 ? 1 : parts > kSumParts ? kSumParts : parts;
}

/// partial[part][i] = sum over the part's k of share_k r[rows_k][i]. Grid: (column blocks, parts). No atomics.
template <class T>
__global__ void partialSums(const T* r, Index stride, const Index* rows, const double* share, Index count, Index columns,
                            double* partial) {
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= columns) return;
  const Index from = count * blockIdx.y / gridDim.y, to = count * (blockIdx.y + 1) / gridDim.y;
  double sum = 0.0;
#pragma unroll 4
  for (Index k = from; k < to; ++k) {
    const Index row = rows == nullptr ? k : rows[k];
    sum += share[k] * static_cast<double>(r[row * stride + i]);
  }
  partial[blockIdx.y * columns + i] = sum;
}

/// g[i] = sum of the parts, in their order.
__global__ void addParts(const double* partial, Index parts, Index columns, double* g) {
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= columns) return;
  double sum = 0.0;
  for (Index part = 0; part < parts; ++part) sum += partial[part * columns + i];
  g[i] = sum;
}

/// panel[first + j] = (r[rows_j][columns] * scale, 1, 0 ...), `width` wide. One block a row.
template <class T>
__global__ void gatherRows(const T* r, Index stride, const Index* rows, const Index* columns, Index count, double scale,
                           double* panel, Index first, Index width) {
  const Index j = blockIdx.x, row = rows == nullptr ? j : rows[j];
  for (Index c = threadIdx.x; c < width; c += blockDim.x) {
    double value = c == count ? 1.0 : 0.0;
    if (c < count) value = static_cast<double>(r[row * stride + (columns == nullptr ? c : columns[c])]) * scale;
    panel[(first + j) * width + c] = value;
  }
}

}  // namespace ballast::cuda
