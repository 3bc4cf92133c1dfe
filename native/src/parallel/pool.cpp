#include "parallel/pool.h"

#include <exception>
#include <system_error>

namespace ballast {

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Pool::start() {
  try {
    while (static_cast<int>(workers_.size()) + 1 < wanted_) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    wanted_ = static_cast<int>(workers_.size()) + 1;  // the machine has no more threads: fewer do the same work
  }
}

void Pool::each(Index pieces, const std::function<void(Index)>& task) {
  if (wanted_ == 1 || pieces < 2) {
    for (Index k = 0; k < pieces; ++k) task(k);
    return;
  }
  if (workers_.empty()) start();
  {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    pieces_ = pieces;
    next_.store(0);
    busy_ = static_cast<int>(workers_.size());
    thrown_ = nullptr;
    ++round_;
  }
  wake_.notify_all();
  takePieces();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
  if (thrown_) std::rethrow_exception(thrown_);
}

void Pool::takePieces() {
  try {
    for (Index k = next_.fetch_add(1); k < pieces_; k = next_.fetch_add(1)) (*task_)(k);
  } catch (...) {
    next_.store(pieces_);
    const std::lock_guard lock(mutex_);
    if (!thrown_) thrown_ = std::current_exception();
  }
}

void Pool::work() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return ending_ || round_ != seen; });
    if (ending_) return;
    seen = round_;
    lock.unlock();
    takePieces();
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace ballast
