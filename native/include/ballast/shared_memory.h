#pragma once

#include <cstddef>
#include <string>

namespace ballast {

/// An open handle, or why there is none.
struct MemoryHandle {
  int handle = -1;
  std::string error;  // empty when there is one
};

/// A mapped stretch of memory, or why there is none.
struct Mapping {
  const void* data = nullptr;
  std::string error;  // empty when there is one
};

/// Memory without a name that processes share by handing on its handle. It can grow (ftruncate) and never shrink, so a
/// mapping of what it holds stays good; the kernel frees it with its last handle and mapping, however their processes end.
/// Source: memfd_create(2), fcntl(2) file seals.
[[nodiscard]] MemoryHandle sharedMemory() noexcept;

/// The first `bytes` of it, for reading only.
[[nodiscard]] Mapping mapShared(int handle, std::size_t bytes) noexcept;

/// Gives a mapping back.
void unmapShared(const void* data, std::size_t bytes) noexcept;

/// Has the kernel kill this process when the thread that started it ends; an error in words, empty when it will.
/// Whoever calls it asks afterwards whether its parent is still there.  Source: PR_SET_PDEATHSIG(2const).
[[nodiscard]] std::string endWithParent() noexcept;

}  // namespace ballast
