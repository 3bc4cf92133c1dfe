#include "ballast/shared_memory.h"

#ifdef __linux__
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#endif

namespace ballast {

#ifdef __linux__

namespace {

std::string failed(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

}  // namespace

MemoryHandle sharedMemory() noexcept {
  const int handle = ::memfd_create("ballast-scenarios", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (handle < 0) return {-1, failed("memfd_create")};
  if (::fcntl(handle, F_ADD_SEALS, F_SEAL_SHRINK) == 0) return {handle, {}};
  const std::string error = failed("fcntl");
  ::close(handle);
  return {-1, error};
}

Mapping mapShared(int handle, std::size_t bytes) noexcept {
  void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, handle, 0);
  if (data == MAP_FAILED) return {nullptr, failed("mmap")};
  return {data, {}};
}

void unmapShared(const void* data, std::size_t bytes) noexcept { ::munmap(const_cast<void*>(data), bytes); }

std::string endWithParent() noexcept {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 ? std::string() : failed("prctl");
}

#else

MemoryHandle sharedMemory() noexcept { return {-1, "this system has no anonymous shared memory"}; }

Mapping mapShared(int, std::size_t) noexcept { return {nullptr, "this system has no anonymous shared memory"}; }

void unmapShared(const void*, std::size_t) noexcept {}

std::string endWithParent() noexcept { return "this system does not end a process with its parent"; }

#endif

}  // namespace ballast
