#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "naive.h"

namespace ballast::fuzz {

using test::Instance;

/// Turns bytes into choices; past the last byte every choice is 0.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }
  bool coin() { return (byte() & 1) != 0; }
  bool rarely() { return byte() < 6; }
  Index whole(Index below) { return below < 1 ? 0 : byte() % below; }

  /// A number in [low, high], on a grid fine enough for ties to be rare and coarse enough for them to happen.
  double between(double low, double high) {
    const double share = (byte() * 256.0 + byte()) / 65535.0;
    return low + (high - low) * share;
  }

  /// Any double at all: half of the time one that breaks arithmetic, else raw bits.
  double anything() {
    constexpr double kBad[] = {std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::denorm_min(),
                               -1e-310,
                               std::numeric_limits<double>::max(),
                               1e100,
                               -1e100,
                               1e20,
                               -1e20,
                               1e9,
                               1e-9,
                               -0.0,
                               0.0,
                               1.0,
                               -1.0};
    if (coin()) return kBad[whole(16)];
    std::uint64_t bits = 0;
    for (int k = 0; k < 8; ++k) bits = bits << 8 | byte();
    double value = 0.0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

/// A problem made of bytes, with the memory it reads.
struct Input {
  Instance instance;
  std::vector<float> single;  // used instead of instance.returns when not empty
  Options options;
  std::optional<Warm> warm;
  bool tame = true;       // every number is of the size of a real one: an answer of any other status is a fault
  bool anchored = false;  // instance.anchor satisfies every limit

  [[nodiscard]] Problem problem() const {
    Problem problem = instance.problem();
    if (!single.empty()) {
      problem.scenarios.single = single;
      problem.scenarios.returns = {};
    }
    return problem;
  }
};

/// Reads an input of at most 12 instruments and 40 scenarios. Any bytes make one.
[[nodiscard]] Input decode(const std::uint8_t* data, std::size_t size);

/// Solves and judges it; the first thing wrong, or an empty text. `status` is what the solver answered.
[[nodiscard]] std::string judge(const Input& input, Status& status);

}  // namespace ballast::fuzz
