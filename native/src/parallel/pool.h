#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "ballast/problem.h"

namespace ballast {

/// Threads of one solve: the caller's and `threads - 1` of its own, started at the first work that is worth it.
/// Work is cut in pieces that do not depend on the number of threads, so neither do the results' bits.
class Pool {
 public:
  /// More threads than this are not started, however many are asked for.
  static constexpr int kMost = 256;

  explicit Pool(int threads) : wanted_(std::clamp(threads, 1, kMost)) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Calls task(k) once for each k in 0 .. pieces - 1, in any order, on any of the threads; returns when all are done.
  /// A task that throws ends the run: what it threw is thrown here after the others have finished.
  void each(Index pieces, const std::function<void(Index)>& task);

  [[nodiscard]] int threads() const { return wanted_; }

 private:
  void start();
  void work();
  void takePieces();

  int wanted_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(Index)>* task_ = nullptr;
  Index pieces_ = 0;
  std::atomic<Index> next_{0};
  std::uint64_t round_ = 0;  // guarded by mutex_
  int busy_ = 0;             // workers still in this round, guarded by mutex_
  bool ending_ = false;
  std::exception_ptr thrown_;  // guarded by mutex_
};

}  // namespace ballast
