#pragma once

#include <string>
#include <string_view>

namespace ballast {

/// What became of a message to the service manager.
struct Notification {
  bool sent = false;   // the whole datagram was handed to the kernel
  std::string error;   // empty when sent, and when no service manager listens
};

/// Sends `state` (lines such as READY=1) as one datagram to `address`: a socket's path, or @name of an abstract one.
/// An empty address is no service manager: nothing is sent and that is no error. Waits a second at most while the
/// receiver's queue is full. Never throws and never raises a signal.  Source: sd_notify(3).
[[nodiscard]] Notification notify(std::string_view address, std::string_view state) noexcept;

}  // namespace ballast
