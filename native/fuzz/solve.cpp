// Random problems of every shape, well formed or not, against what the solver promises of any input.
//   fuzz_solve [inputs = 2000] [seed = 1]     runs seeded random inputs; ends at the first that breaks a promise
// Compiled with -fsanitize=fuzzer -DBALLAST_LIBFUZZER it is a libFuzzer target instead.
#include <cstdio>
#include <cstdlib>

#include "decode.h"

namespace ballast::fuzz {
namespace {

/// Numbers an honest problem is made of, now and then replaced by anything.
class Decoder {
 public:
  Decoder(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  Input read() {
    Instance& one = input_.instance;
    wild_ = bytes_.whole(3) == 0;
    one.columns = 1 + bytes_.whole(12);
    one.rows = 1 + bytes_.whole(40);
    shape(one);
    box(one);
    trading(one);
    limits(one);
    if (wild_) lengths(one);
    options();
    return std::move(input_);
  }

 private:
  double orAnything(double value) {
    if (!wild_ || !bytes_.rarely()) return value;
    input_.tame = false;
    return bytes_.anything();
  }

  double number(double low, double high) { return orAnything(bytes_.between(low, high)); }

  std::vector<double> array(Index count, double low, double high) {
    std::vector<double> values(count);
    for (double& value : values) value = number(low, high);
    return values;
  }

  void shape(Instance& one) {
    one.returns = array(one.rows * one.columns, -0.08, 0.08);
    const Index twist = bytes_.whole(8);
    for (double& r : one.returns) {
      if (twist == 0) r = std::round(r * 50.0) / 50.0;
      if (twist == 1) r *= 1e-4;
      if (twist == 2) r = 0.0;
    }
    if (twist == 3) {
      for (Index t = 1; t < one.rows; t += 2) {
        std::copy_n(one.returns.begin() + (t - 1) * one.columns, one.columns, one.returns.begin() + t * one.columns);
      }
    }
    if (bytes_.coin()) {
      one.probabilities = array(one.rows, 0.0, 1.0);
      for (double& p : one.probabilities) p = bytes_.coin() ? p : 0.0;
      one.probabilities[bytes_.whole(one.rows)] = 1.0;
    }
    const double levels[] = {0.95, 0.5, 0.99, 0.75, 1e-17, 1.0 - 1e-12, bytes_.between(0.02, 0.98)};
    one.base.confidence = orAnything(levels[bytes_.whole(7)]);
    const double aversions[] = {1.0, 0.0, 1e-6, bytes_.between(0.0, 5.0)};
    one.base.riskAversion = orAnything(aversions[bytes_.whole(4)]);
    if (bytes_.coin()) one.mean = array(one.columns, -0.01, 0.02);
    if (bytes_.coin()) one.funding = array(one.columns, -0.3, 1.0);
    if (bytes_.coin()) input_.single.assign(one.returns.begin(), one.returns.end());
  }

  void box(Instance& one) {
    const bool longOnly = bytes_.coin();
    for (Index i = 0; i < one.columns; ++i) {
      one.lower.push_back(longOnly ? 0.0 : number(-0.6, 0.2));
      one.upper.push_back(bytes_.whole(10) == 0 ? one.lower[i] : one.lower[i] + number(0.0, 1.0));
      one.anchor.push_back(bytes_.between(one.lower[i], one.upper[i]));
    }
  }

  void trading(Instance& one) {
    if (bytes_.coin()) one.held = array(one.columns, -0.5, 0.8);
    if (bytes_.coin()) return;
    one.base.cost = Costs{{}, {}, number(0.5, 20.0), {}};
    one.buy = array(one.columns, 0.0, 0.02);
    one.sell = array(one.columns, 0.0, 0.02);
    for (Index k = bytes_.whole(3); k > 0; --k) {
      one.stepArrays.push_back(array(one.columns, 0.0, 0.6));
      one.stepArrays.push_back(array(one.columns, 0.0, 0.03));
      one.stepArrays.push_back(array(one.columns, 0.0, 0.03));
    }
  }

  /// Half of the time around what the anchor does, so that it satisfies them all; else anywhere.
  void limits(Instance& one) {
    input_.anchored = input_.tame && bytes_.coin();
    for (Index g = bytes_.whole(4); g > 0; --g) one.groupArrays.push_back(array(one.columns, -1.0, 1.0));
    one.base.groups.resize(one.groupArrays.size());
    if (!input_.tame) input_.anchored = false;
    const auto at = [&](double anchored, double low, double high) {
      return input_.anchored ? anchored : number(low, high);
    };
    const auto room = [&] { return bytes_.whole(8) == 0 ? 0.0 : bytes_.between(0.0, 0.3); };
    const Problem free = input_.problem();
    const test::NaiveSums sums = input_.anchored ? test::naiveSums(free, one.anchor) : test::NaiveSums{};
    for (std::size_t g = 0; g < one.groupArrays.size(); ++g) {
      double value = 0.0;
      for (Index i = 0; i < one.columns; ++i) value += one.groupArrays[g][i] * one.anchor[i];
      if (bytes_.coin()) one.base.groups[g].lower = at(value, -1.0, 0.4) - room();
      if (bytes_.coin()) one.base.groups[g].upper = at(value, -0.4, 1.0) + room();
      one.base.groups[g].name = std::to_string(g);
    }
    const double cash = at(static_cast<double>(1 - sums.funded - sums.cost), -0.2, 0.6);
    one.base.cashLower = cash - room();
    one.base.cashUpper = cash + room();
    if (bytes_.coin()) one.base.turnover = at(static_cast<double>(std::max(sums.buys, sums.sells)), 0.0, 1.0) + room();
    if (bytes_.coin()) one.base.traded = at(static_cast<double>(sums.buys + sums.sells), 0.0, 2.0) + room();
    if (bytes_.coin()) one.base.leverage = at(static_cast<double>(sums.size), 0.0, 2.0) + room();
    if (bytes_.coin()) {
      one.base.minimumReturn = at(static_cast<double>(sums.gained), -0.01, 0.02) - 0.02 * room();
    }
    if (one.mean.empty() && !wild_) one.base.minimumReturn.reset();
    if (bytes_.coin()) {
      const double cvar = input_.anchored ? static_cast<double>(test::naiveTail(free, one.anchor).cvar) : 0.0;
      one.base.maximumCvar = at(cvar, -0.02, 0.1) + 0.05 * room();
    }
    if (!input_.tame) input_.anchored = false;
  }

  /// Now and then an array of the wrong length.
  void lengths(Instance& one) {
    if (!bytes_.rarely()) return;
    std::vector<double>* arrays[] = {&one.returns, &one.probabilities, &one.mean, &one.lower, &one.upper,
                                     &one.funding, &one.held,          &one.buy,  &one.sell};
    std::vector<double>& chosen = *arrays[bytes_.whole(9)];
    if (chosen.empty()) return;
    chosen.resize(bytes_.coin() ? chosen.size() + 1 : chosen.size() - 1);
    input_.tame = input_.anchored = false;
  }

  void options() {
    input_.options.timeLimitMs = 20'000.0;
    if (bytes_.whole(8) == 0) input_.options.tolerance = 1e-6;
    if (bytes_.whole(4) != 0) return;
    const Instance& one = input_.instance;
    Warm warm;
    const bool sane = bytes_.coin();
    const auto some = [&] { return sane ? bytes_.between(-0.5, 0.5) : bytes_.anything(); };
    for (Index i = bytes_.whole(4) == 0 ? 1 : 0; i < one.columns; ++i) warm.weights.push_back(some());
    for (double* dual : {&warm.duals.budget, &warm.duals.buys, &warm.duals.sells, &warm.duals.traded,
                         &warm.duals.leverage, &warm.duals.minimumReturn, &warm.duals.maximumCvar}) {
      *dual = some();
    }
    for (std::size_t g = bytes_.whole(3) == 0 ? 1 : 0; g < one.groupArrays.size(); ++g) warm.duals.groups.push_back(some());
    input_.warm = warm;
  }

  Bytes bytes_;
  Input input_;
  bool wild_ = false;
};

}  // namespace

Input decode(const std::uint8_t* data, std::size_t size) { return Decoder(data, size).read(); }

}  // namespace ballast::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ballast::Status status = ballast::Status::Numerical;
  const std::string wrong = ballast::fuzz::judge(ballast::fuzz::decode(data, size), status);
  if (wrong.empty()) return 0;
  std::printf("%s\n", wrong.c_str());
  std::abort();
}

#ifndef BALLAST_LIBFUZZER
int main(int count, char** arguments) {
  using namespace ballast;
  const long inputs = count > 1 ? std::atol(arguments[1]) : 2000, seed = count > 2 ? std::atol(arguments[2]) : 1;
  long answers[7] = {}, failed = 0;
  for (long k = 0; k < inputs; ++k) {
    // Each input has its own seed, so that one can be repeated alone: fuzz_solve 1 <its seed>.
    test::Stream stream(static_cast<std::uint64_t>(seed + k) * 7919);
    std::vector<std::uint8_t> data(2048);
    for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(stream.next() * 256.0);
    Status status = Status::Numerical;
    const std::string wrong = fuzz::judge(fuzz::decode(data.data(), data.size()), status);
    ++answers[static_cast<int>(status)];
    if (wrong.empty()) continue;
    ++failed;
    std::printf("    FAILED: input of seed %ld: %s\n", seed + k, wrong.c_str());
  }
  for (int status = 0; status < 7; ++status) {
    std::printf("%s %ld\n", statusName(static_cast<Status>(status)), answers[status]);
  }
  std::printf("%d passed, %d failed\n", failed == 0 ? 1 : 0, failed == 0 ? 0 : 1);
  return failed == 0 ? 0 : 1;
}
#endif
