#pragma once

#include <string>

namespace ballast {

/// The answer to a question about a file's lock.
struct LockAnswer {
  bool yes = false;
  std::string error;  // empty when the kernel answered
};

/// Takes the lock on the whole file of an open handle (read and write) without waiting; `yes` when it is ours now.
/// It belongs to this opening of the file: a second opening is refused, in this process too. The kernel ends it when
/// the handle is closed or the process ends, however it ends.  Source: fcntl(2), open file description locks.
[[nodiscard]] LockAnswer lockFile(int handle) noexcept;

/// Whether another opening of the file holds the lock. Takes nothing; reading is enough.
[[nodiscard]] LockAnswer fileLocked(int handle) noexcept;

}  // namespace ballast
