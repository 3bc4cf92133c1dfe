#include "ballast/file_lock.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace ballast {

#ifdef F_OFD_SETLK

namespace {

struct flock wholeFile() {
  struct flock lock{};  // length 0 reaches to the end, wherever that is; the kernel wants pid 0
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

LockAnswer failed(int code) { return {false, std::string("fcntl: ") + std::strerror(code)}; }

}  // namespace

LockAnswer lockFile(int handle) noexcept {
  struct flock lock = wholeFile();
  if (::fcntl(handle, F_OFD_SETLK, &lock) == 0) return {true, {}};
  return errno == EAGAIN || errno == EACCES ? LockAnswer{} : failed(errno);
}

LockAnswer fileLocked(int handle) noexcept {
  struct flock lock = wholeFile();
  if (::fcntl(handle, F_OFD_GETLK, &lock) != 0) return failed(errno);
  return {lock.l_type != F_UNLCK, {}};
}

#else

// The older locks of fcntl end with any handle of the file that is closed, those of flock cannot be asked about.
LockAnswer lockFile(int) noexcept { return {false, "this system has no open file description locks"}; }

LockAnswer fileLocked(int) noexcept { return {false, "this system has no open file description locks"}; }

#endif

}  // namespace ballast
