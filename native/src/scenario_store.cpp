#include "ballast/scenario_store.h"

#include <cstdio>
#include <cstring>

#include "answering.h"
#include "checked.h"
#include "placement.h"

namespace ballast {
namespace {

constexpr Index kPiece = Index{1} << 20;  // bytes hashed at a time

__extension__ typedef unsigned __int128 Wide;

/// Both halves of the product, folded: every bit of either factor reaches the result.
std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15ull) * (b ^ 0xD1B54A32D192ED03ull);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

struct Digest {
  std::uint64_t low = 0x243F6A8885A308D3ull, high = 0x13198A2E03707344ull;

  void add(std::uint64_t a, std::uint64_t b) {
    low = mixed(low ^ a, b);
    high = mixed(high ^ b, a + 0xA0761D6478BD642Full);
  }
};

Digest digestOf(const unsigned char* bytes, Index count) {
  Digest digest;
  for (Index at = 0; at < count; at += 16) {
    std::uint64_t words[2] = {};
    std::memcpy(words, bytes + at, static_cast<std::size_t>(std::min<Index>(16, count - at)));
    digest.add(words[0], words[1]);
  }
  return digest;
}

/// In pieces that do not depend on the number of threads, so neither does the digest.
std::string digestOf(const Scenarios& scenarios, const Stop& stop, Pool& pool) {
  Digest whole;
  whole.add(static_cast<std::uint64_t>(scenarios.rows), static_cast<std::uint64_t>(scenarios.columns));
  scenarios.row(0, [&](const auto* returns) {
    const Index bytes = scenarios.rows * scenarios.columns * static_cast<Index>(sizeof *returns);
    const auto* from = reinterpret_cast<const unsigned char*>(returns);
    std::vector<Digest> pieces((bytes + kPiece - 1) / kPiece);
    pool.each(static_cast<Index>(pieces.size()), [&](Index k) {
      stop.check();
      pieces[k] = digestOf(from + k * kPiece, std::min(kPiece, bytes - k * kPiece));
    });
    whole.add(sizeof *returns, static_cast<std::uint64_t>(bytes));
    for (const Digest& piece : pieces) whole.add(piece.low, piece.high);
  });
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(whole.high),
                static_cast<unsigned long long>(whole.low));
  return text;
}

}  // namespace

Held ScenarioStore::hold(const Scenarios& scenarios, const Options& options, const CancelToken& cancel) {
  Held held;
  const Stop stop(cancel, options.timeLimitMs);
  guarded(held, [&] {
    Pool pool(options.threads);
    held.scenarios = scenarios;
    held.scenarios.residence = nullptr;
    held.scenarios.largest = -1.0;
    const Checked checked = checkScenarioSet(held.scenarios, &stop, pool);
    if (checked.fault) {
      held.status = Status::InvalidInput;
      held.field = checked.fault->field;
      held.message = checked.fault->message;
      return;
    }
    held.scenarios.largest = checked.largestReturn;
    held.digest = digestOf(scenarios, stop, pool);
    held.scenarios.residence = reside(held, options.backend, stop, held.fallback);
    held.backend = held.scenarios.residence ? "cuda" : "cpu";
    held.status = Status::Optimal;
  });
  if (held.status != Status::Optimal) held.scenarios = {};
  return held;
}

std::shared_ptr<const Residence> ScenarioStore::reside(const Held& held, Backend wanted, const Stop& stop, std::string& why) {
  if (wanted == Backend::Cpu) return nullptr;
  const std::lock_guard lock(mutex_);  // two of the same digest at once: the second one waits for the first one's copy
  std::erase_if(resident_, [](const auto& entry) { return entry.second.expired(); });
  std::shared_ptr<const Residence> residence;
  if (const auto known = resident_.find(held.digest); known != resident_.end()) residence = known->second.lock();
  if (residence == nullptr) residence = residenceFor(held.scenarios, wanted, stop, why);
  if (residence == nullptr && !why.empty() && !kept_.empty()) {
    kept_.clear();
    why.clear();
    residence = residenceFor(held.scenarios, wanted, stop, why);
  }
  if (residence == nullptr) return nullptr;
  resident_[held.digest] = residence;
  keep(residence);
  return residence;
}

void ScenarioStore::keep(const std::shared_ptr<const Residence>& residence) {
  std::erase(kept_, residence);
  kept_.push_front(residence);
  if (kept_.size() > keep_) kept_.pop_back();
}

}  // namespace ballast
