#include "ballast/notify.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace ballast {
namespace {

// The loop of the daemon waits meanwhile, so a service manager that reads nothing must not hold it for long.
constexpr timeval kPatience{1, 0};

Notification failed(const char* doing, int code) {
  return {false, std::string(doing) + ": " + std::strerror(code)};
}

Notification refused(const char* why) { return {false, why}; }

}  // namespace

Notification notify(std::string_view address, std::string_view state) noexcept {
  if (address.empty()) return {};
  if (state.empty()) return refused("there is nothing to say");
  if (address.front() != '/' && address.front() != '@') return refused("the socket is neither a path nor @name");
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  // A path needs room for its end; an abstract name is as long as the address says.
  const bool abstract = address.front() == '@';
  if (address.size() < 2 || address.size() + (abstract ? 0 : 1) > sizeof to.sun_path) {
    return refused("the name of the socket is too short or too long");
  }
  std::memcpy(to.sun_path, address.data(), address.size());
  if (abstract) to.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() + (abstract ? 0 : 1));

#ifdef SOCK_CLOEXEC
  const int handle = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
#else
  const int handle = ::socket(AF_UNIX, SOCK_DGRAM, 0);
#endif
  if (handle < 0) return failed("socket", errno);
  (void)::setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
#ifdef MSG_NOSIGNAL
  constexpr int flags = MSG_NOSIGNAL;
#else
  constexpr int flags = 0;
#endif
  ssize_t sent;
  do {
    sent = ::sendto(handle, state.data(), state.size(), flags, reinterpret_cast<const sockaddr*>(&to), length);
  } while (sent < 0 && errno == EINTR);
  const int code = errno;
  ::close(handle);
  if (sent < 0) return failed("sendto", code);
  if (static_cast<std::size_t>(sent) != state.size()) return refused("only a part was sent");
  return {true, {}};
}

}  // namespace ballast
