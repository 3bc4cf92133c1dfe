#include "linear/symmetric.h"

#include <algorithm>
#include <cmath>

namespace ballast {
namespace {

constexpr Index kDepth = 192;              // rows of the panel packed at a time: a strip of them stays in the cache
constexpr double kWorthThreads = 2e6;      // multiply-adds
constexpr Index kChunks = 4;               // parts of a large sum, whatever the number of threads

/// Packs rows of the panel, scaled, with a 1 appended, into strips [strip][row][kStrip].
template <class T>
void pack(const double* panel, Index size, const Index* rows, const double* scale, Index count, Index strips, T* out) {
  const Index columns = size - 1;
  for (Index s = 0; s < strips; ++s) {
    const Index from = s * kStrip, whole = std::min(kStrip, std::max<Index>(columns - from, 0));
    for (Index k = 0; k < count; ++k) {
      const double* r = panel + rows[k] * columns + from;
      T* to = out + (s * count + k) * kStrip;
      const double factor = scale[k];
      for (Index c = 0; c < whole; ++c) to[c] = static_cast<T>(factor * r[c]);
      for (Index c = whole; c < kStrip; ++c) to[c] = from + c == columns ? static_cast<T>(factor) : T{0};
    }
  }
}

template <class T>
void addTileOf(const Kernels& inner, Index depth, const T* a, const T* b, T* c) {
  if constexpr (std::is_same_v<T, float>) inner.addTileSingle(depth, a, b, c);
  else inner.addTile(depth, a, b, 1.0, c);
}

/// Sum over rows[0 .. count) of scaled outer products, into strip storage `out`.
template <class T>
void gramOf(const double* panel, Index size, const Index* rows, const double* scale, Index count,
            const std::vector<Index>& offset, std::vector<T>& packed, T* out) {
  const Kernels& inner = kernels();
  const Index strips = static_cast<Index>(offset.size());
  if (static_cast<Index>(packed.size()) < strips * kDepth * kStrip) packed.resize(strips * kDepth * kStrip);
  for (Index from = 0; from < count; from += kDepth) {
    const Index depth = std::min(kDepth, count - from);
    pack(panel, size, rows + from, scale + from, depth, strips, packed.data());
    for (Index b = 0; b < strips; ++b) {
      for (Index s = b; s < strips; ++s) {
        addTileOf(inner, depth, packed.data() + s * depth * kStrip, packed.data() + b * depth * kStrip,
                  out + offset[s] + b * kStrip * kStrip);
      }
    }
  }
}

}  // namespace

void Symmetric::reset(Index size) {
  size_ = size;
  strips_ = (size + kStrip - 1) / kStrip;
  offset_.resize(strips_);
  for (Index s = 0; s < strips_; ++s) offset_[s] = s * (s + 1) / 2 * kStrip * kStrip;
  data_.assign(strips_ * (strips_ + 1) / 2 * kStrip * kStrip, 0.0);
}

void Symmetric::addGram(const double* panel, std::span<const double> weights, bool single, Pool& pool) {
  const double most = *std::max_element(weights.begin(), weights.end());
  if (!(most > 0.0)) return;
  // In float32 the weights are scaled to 1: their square roots may not underflow.
  const double unit = single ? 1.0 / most : 1.0;
  const double least = (single ? 1e-10 : 1e-16) * most;
  std::vector<Index> rows;
  std::vector<double> scale;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    if (!(weights[j] > least)) continue;
    rows.push_back(static_cast<Index>(j));
    scale.push_back(std::sqrt(weights[j] * unit));
  }
  const Index count = static_cast<Index>(rows.size());
  const double work = static_cast<double>(count) * static_cast<double>(size_) * static_cast<double>(size_);
  const Index chunks = work > kWorthThreads ? kChunks : 1;
  const auto part = [&](Index c) { return count * c / chunks; };
  packed_.resize(kChunks);
  packedSingle_.resize(kChunks);
  if (!single && chunks == 1) {
    gramOf(panel, size_, rows.data(), scale.data(), count, offset_, packed_[0], data_.data());
    return;
  }
  std::vector<std::vector<double>> sums(single ? 0 : chunks);
  std::vector<std::vector<float>> singles(single ? chunks : 0);
  pool.each(chunks, [&](Index c) {
    const Index from = part(c), to = part(c + 1);
    if (single) {
      singles[c].assign(data_.size(), 0.0f);
      gramOf(panel, size_, rows.data() + from, scale.data() + from, to - from, offset_, packedSingle_[c], singles[c].data());
    } else {
      sums[c].assign(data_.size(), 0.0);
      gramOf(panel, size_, rows.data() + from, scale.data() + from, to - from, offset_, packed_[c], sums[c].data());
    }
  });
  for (std::size_t k = 0; k < data_.size(); ++k) {
    double sum = 0.0;
    for (Index c = 0; c < chunks; ++c) sum += single ? static_cast<double>(singles[c][k]) : sums[c][k];
    data_[k] += single ? sum * most : sum;
  }
}

bool Symmetric::factor(Pool& pool) {
  const Kernels& inner = kernels();
  for (Index k = size_; k < strips_ * kStrip; ++k) at(k, k) = 1.0;
  for (Index b = 0; b < strips_; ++b) {
    const double* left = data_.data() + offset_[b];
    const Index done = b * kStrip;
    double* pivot = tile(b, b);
    inner.addTile(done, left, left, -1.0, pivot);
    for (Index col = 0; col < kStrip; ++col) {
      double diagonal = pivot[col * kStrip + col];
      for (Index k = 0; k < col; ++k) diagonal -= pivot[k * kStrip + col] * pivot[k * kStrip + col];
      if (!(diagonal > 0.0) || !std::isfinite(diagonal)) return false;
      const double root = std::sqrt(diagonal), inverse = 1.0 / root;
      pivot[col * kStrip + col] = root;
      for (Index row = col + 1; row < kStrip; ++row) {
        double value = pivot[col * kStrip + row];
        for (Index k = 0; k < col; ++k) value -= pivot[k * kStrip + row] * pivot[k * kStrip + col];
        pivot[col * kStrip + row] = value * inverse;
      }
    }
    const Index below = strips_ - b - 1;
    const auto strip = [&](Index k) {
      const Index s = b + 1 + k;
      inner.addTile(done, data_.data() + offset_[s], left, -1.0, tile(s, b));
      inner.solveTile(pivot, tile(s, b));
    };
    if (static_cast<double>(below) * static_cast<double>(done + kStrip) * kStrip * kStrip > kWorthThreads) {
      pool.each(below, strip);
    } else {
      for (Index k = 0; k < below; ++k) strip(k);
    }
  }
  return true;
}

void Symmetric::forwardOne(double* b) const {
  const Kernels& inner = kernels();
  padded_.assign(strips_ * kStrip, 0.0);
  std::copy(b, b + size_, padded_.begin());
  double* x = padded_.data();
  for (Index s = 0; s < strips_; ++s) {
    const double* strip = data_.data() + offset_[s];
    const double* pivot = strip + s * kStrip * kStrip;
    double* own = x + s * kStrip;
    inner.forwardStrip(strip, s * kStrip, x, own);
    for (Index col = 0; col < kStrip; ++col) {
      own[col] /= pivot[col * kStrip + col];
      for (Index row = col + 1; row < kStrip; ++row) own[row] -= pivot[col * kStrip + row] * own[col];
    }
  }
  std::copy(x, x + size_, b);
}

void Symmetric::forward(double* b, Index count) const {
  if (count == 1) return forwardOne(b);
  const Kernels& inner = kernels();
  const Index length = strips_ * kStrip;
  // Up to kStrip right sides travel together as a strip [row][side], so that finished rows are one tile product.
  for (Index from = 0; from < count; from += kStrip) {
    const Index sides = std::min(kStrip, count - from);
    padded_.assign(length * kStrip, 0.0);
    for (Index side = 0; side < sides; ++side) {
      for (Index row = 0; row < size_; ++row) padded_[row * kStrip + side] = b[(from + side) * size_ + row];
    }
    double own[kStrip * kStrip];  // [side][row]
    for (Index s = 0; s < strips_; ++s) {
      const double* strip = data_.data() + offset_[s];
      const double* pivot = strip + s * kStrip * kStrip;
      double* rows = padded_.data() + s * kStrip * kStrip;
      for (Index side = 0; side < kStrip; ++side) {
        for (Index row = 0; row < kStrip; ++row) own[side * kStrip + row] = rows[row * kStrip + side];
      }
      inner.addTile(s * kStrip, strip, padded_.data(), -1.0, own);
      for (Index side = 0; side < sides; ++side) {
        double* x = own + side * kStrip;
        for (Index col = 0; col < kStrip; ++col) {
          x[col] /= pivot[col * kStrip + col];
          for (Index row = col + 1; row < kStrip; ++row) x[row] -= pivot[col * kStrip + row] * x[col];
        }
        for (Index row = 0; row < kStrip; ++row) rows[row * kStrip + side] = x[row];
      }
    }
    for (Index side = 0; side < sides; ++side) {
      for (Index row = 0; row < size_; ++row) b[(from + side) * size_ + row] = padded_[row * kStrip + side];
    }
  }
}

void Symmetric::backward(double* b) const {
  const Kernels& inner = kernels();
  padded_.assign(strips_ * kStrip, 0.0);
  std::copy(b, b + size_, padded_.begin());
  double* x = padded_.data();
  for (Index s = strips_ - 1; s >= 0; --s) {
    const double* strip = data_.data() + offset_[s];
    double* own = x + s * kStrip;
    const double* pivot = strip + s * kStrip * kStrip;
    for (Index col = kStrip - 1; col >= 0; --col) {
      for (Index row = col + 1; row < kStrip; ++row) own[col] -= pivot[col * kStrip + row] * own[row];
      own[col] /= pivot[col * kStrip + col];
    }
    inner.backwardStrip(strip, s * kStrip, own, x);
  }
  std::copy(x, x + size_, b);
}

}  // namespace ballast
