// The inner loops over vectors of BALLAST_LANES doubles. Included once per instruction set, each in a file compiled
// for it; the unnamed namespace keeps their code apart.
#include <cstring>

#include "kernels/kernels.h"

namespace ballast {
namespace {
namespace simd {

constexpr Index kLanes = BALLAST_LANES;
typedef double Vector __attribute__((vector_size(BALLAST_LANES * 8)));
typedef float HalfVector __attribute__((vector_size(BALLAST_LANES * 4)));     // as many floats as Vector has doubles
typedef float SingleVector __attribute__((vector_size(BALLAST_LANES * 8)));   // a full register of floats

template <class V, class T>
inline V load(const T* from) {
  V value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline Vector wide(const double* from) { return load<Vector>(from); }
inline Vector wide(const float* from) { return __builtin_convertvector(load<HalfVector>(from), Vector); }

template <class V, class T>
inline void store(T* to, V value) {
  std::memcpy(to, &value, sizeof value);
}

inline double total(Vector value) {
  double sum = 0.0;
  for (Index k = 0; k < kLanes; ++k) sum += value[k];
  return sum;
}

template <int Rows, class T>
inline void dots(const T* r, Index columns, const double* w, double* y) {
  Vector sum[Rows] = {};
  Index i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    const Vector weight = wide(w + i);
    for (int k = 0; k < Rows; ++k) sum[k] += wide(r + k * columns + i) * weight;
  }
  for (int k = 0; k < Rows; ++k) {
    double rest = 0.0;
    for (Index j = i; j < columns; ++j) rest += static_cast<double>(r[k * columns + j]) * w[j];
    y[k] = total(sum[k]) + rest;
  }
}

template <class T>
void rowDots(const T* r, Index rows, Index columns, const double* w, double* y) {
  Index t = 0;
  for (; t + 4 <= rows; t += 4) dots<4>(r + t * columns, columns, w, y + t);
  for (; t < rows; ++t) dots<1>(r + t * columns, columns, w, y + t);
}

template <class T>
void addRows(const T* r, Index rows, Index columns, const double* q, double* g) {
  Index taken[4];
  Index count = 0;
  const auto flush = [&] {
    const T* a[4];
    double scale[4] = {};
    for (Index k = 0; k < 4; ++k) {
      a[k] = r + taken[k < count ? k : 0] * columns;
      if (k < count) scale[k] = q[taken[k]];
    }
    Index i = 0;
    for (; i + kLanes <= columns; i += kLanes) {
      Vector sum = wide(g + i);
      for (Index k = 0; k < 4; ++k) sum += wide(a[k] + i) * scale[k];
      store(g + i, sum);
    }
    for (; i < columns; ++i) {
      for (Index k = 0; k < 4; ++k) g[i] += static_cast<double>(a[k][i]) * scale[k];
    }
    count = 0;
  };
  for (Index t = 0; t < rows; ++t) {
    if (q[t] == 0.0) continue;
    taken[count++] = t;
    if (count == 4) flush();
  }
  if (count > 0) flush();
}

/// One block of the tile: RowVectors registers of rows by Columns columns.
template <class V, int RowVectors, int Columns, class T>
inline void tileBlock(Index depth, const T* a, const T* b, T sign, T* c) {
  constexpr Index lanes = sizeof(V) / sizeof(T);
  V sum[Columns][RowVectors] = {};
  for (Index k = 0; k < depth; ++k) {
    V left[RowVectors];
    for (int v = 0; v < RowVectors; ++v) left[v] = load<V>(a + k * kStrip + v * lanes);
    for (int col = 0; col < Columns; ++col) {
      for (int v = 0; v < RowVectors; ++v) sum[col][v] += left[v] * b[k * kStrip + col];
    }
  }
  for (int col = 0; col < Columns; ++col) {
    for (int v = 0; v < RowVectors; ++v) {
      T* at = c + col * kStrip + v * lanes;
      store(at, load<V>(at) + sum[col][v] * sign);
    }
  }
}

template <class V, int RowVectors, int Columns, class T>
inline void tile(Index depth, const T* a, const T* b, T sign, T* c) {
  constexpr Index rows = RowVectors * static_cast<Index>(sizeof(V) / sizeof(T));
  for (Index col = 0; col < kStrip; col += Columns) {
    for (Index row = 0; row < kStrip; row += rows) {
      tileBlock<V, RowVectors, Columns>(depth, a + row, b + col, sign, c + col * kStrip + row);
    }
  }
}

void addTile(Index depth, const double* a, const double* b, double sign, double* c) {
  if constexpr (kLanes == 8) tile<Vector, 2, 8>(depth, a, b, sign, c);
  else if constexpr (kLanes == 4) tile<Vector, 2, 4>(depth, a, b, sign, c);
  else tile<Vector, 2, 4>(depth, a, b, sign, c);
}

void addTileSingle(Index depth, const float* a, const float* b, float* c) {
  if constexpr (kLanes == 8) tile<SingleVector, 1, 16>(depth, a, b, 1.0f, c);
  else if constexpr (kLanes == 4) tile<SingleVector, 2, 4>(depth, a, b, 1.0f, c);
  else tile<SingleVector, 2, 4>(depth, a, b, 1.0f, c);
}

void solveTile(const double* lower, double* x) {
  for (Index col = 0; col < kStrip; ++col) {
    double* at = x + col * kStrip;
    for (Index k = 0; k < col; ++k) {
      const double factor = lower[k * kStrip + col];
      for (Index row = 0; row < kStrip; ++row) at[row] -= factor * x[k * kStrip + row];
    }
    const double inverse = 1.0 / lower[col * kStrip + col];
    for (Index row = 0; row < kStrip; ++row) at[row] *= inverse;
  }
}

void forwardStrip(const double* strip, Index depth, const double* y, double* x) {
  constexpr Index vectors = kStrip / kLanes;
  Vector sum[2][vectors] = {};  // two, so that a step need not wait for the one before
  Index k = 0;
  for (; k + 2 <= depth; k += 2) {
    for (Index half = 0; half < 2; ++half) {
      for (Index v = 0; v < vectors; ++v) sum[half][v] += wide(strip + (k + half) * kStrip + v * kLanes) * y[k + half];
    }
  }
  for (; k < depth; ++k) {
    for (Index v = 0; v < vectors; ++v) sum[0][v] += wide(strip + k * kStrip + v * kLanes) * y[k];
  }
  for (Index v = 0; v < vectors; ++v) {
    double* at = x + v * kLanes;
    store(at, wide(at) - (sum[0][v] + sum[1][v]));
  }
}

void backwardStrip(const double* strip, Index depth, const double* x, double* y) {
  constexpr Index vectors = kStrip / kLanes;
  Vector value[vectors];
  for (Index v = 0; v < vectors; ++v) value[v] = wide(x + v * kLanes);
  for (Index k = 0; k < depth; ++k) {
    Vector sum = wide(strip + k * kStrip) * value[0];
    for (Index v = 1; v < vectors; ++v) sum += wide(strip + k * kStrip + v * kLanes) * value[v];
    y[k] -= total(sum);
  }
}

constexpr Kernels table(const char* name) {
  return Kernels{name,    rowDots<double>, rowDots<float>, addRows<double>, addRows<float>,
                 addTile, addTileSingle,   solveTile,      forwardStrip,    backwardStrip};
}

}  // namespace simd
}  // namespace
}  // namespace ballast
