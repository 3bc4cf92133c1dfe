// The service manager's side of NOTIFY_SOCKET, played by a socket of the test.
#include "ballast/notify.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

using namespace ballast;
using namespace ballast::test;

namespace {

/// A folder of its own, removed with the socket in it.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/ballast-notify-XXXXXX";
    path_ = ::mkdtemp(name) == nullptr ? "" : name;
  }
  ~Folder() {
    ::unlink(socket().c_str());
    ::rmdir(path_.c_str());
  }
  std::string socket() const { return path_ + "/notify"; }

 private:
  std::string path_;
};

/// A bound datagram socket; @name is an abstract one.
class Receiver {
 public:
  explicit Receiver(const std::string& address) : handle_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    std::memcpy(own.sun_path, address.data(), address.size());
    if (address[0] == '@') own.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() + (address[0] != '@'));
    check(::bind(handle_, reinterpret_cast<const sockaddr*>(&own), length) == 0, "the test's socket binds");
  }
  ~Receiver() { ::close(handle_); }

  /// The next datagram; empty when none waits.
  std::string next() const {
    char buffer[256];
    const ssize_t size = ::recv(handle_, buffer, sizeof buffer, MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  int handle_;
};

}  // namespace

TEST("a state reaches the service manager whole, one datagram each") {
  const Folder folder;
  const Receiver manager(folder.socket());
  const Notification ready = notify(folder.socket(), "READY=1\nSTATUS=two portfolios");
  check(ready.sent && ready.error.empty(), "sent: " + ready.error);
  check(notify(folder.socket(), "WATCHDOG=1").sent, "sent again");
  check(manager.next() == "READY=1\nSTATUS=two portfolios", "the first datagram");
  check(manager.next() == "WATCHDOG=1", "the second datagram");
  check(manager.next().empty(), "and no more");
}

TEST("an abstract socket is reached by its exact name") {
  const std::string name = "@ballast-notify-" + std::to_string(::getpid());
  const Receiver manager(name);
  check(notify(name, "STOPPING=1").sent, "sent");
  check(manager.next() == "STOPPING=1", "the datagram");
  check(!notify(name + "x", "STOPPING=1").sent, "a longer name is another socket");
}

TEST("without a service manager nothing is sent and nothing is wrong") {
  const Notification none = notify("", "READY=1");
  check(!none.sent && none.error.empty(), none.error);
}

TEST("what cannot be sent is told in words") {
  const Folder folder;
  const Notification gone = notify(folder.socket(), "READY=1");
  check(!gone.sent && gone.error.find("sendto: ") == 0, "nobody listens: " + gone.error);
  check(!notify("relative/path", "READY=1").error.empty(), "a relative path");
  check(!notify("vsock:2:1234", "READY=1").error.empty(), "another kind of socket");
  check(!notify("@", "READY=1").error.empty(), "an abstract socket without a name");
  check(!notify("/" + std::string(107, 'x'), "READY=1").error.empty(), "a path that is too long by one");
  const std::string longest = "/" + std::string(106, 'x');
  check(notify(longest, "READY=1").error.find("sendto: ") == 0, "the longest path is tried");
  check(notify("@" + std::string(107, 'x'), "READY=1").error.find("sendto: ") == 0, "so is the longest name");
  check(!notify("@" + std::string(108, 'x'), "READY=1").error.empty(), "a name that is too long by one");
  const Receiver manager(folder.socket());
  check(!notify(folder.socket(), "").error.empty(), "nothing to say");
}

TEST("a service manager that reads nothing holds the sender for a second at most") {
  const Folder folder;
  const Receiver manager(folder.socket());
  const std::string state(200, 's');
  Notification last{true, ""};
  for (int i = 0; last.sent && i < 100'000; ++i) last = notify(folder.socket(), state);
  check(!last.sent && last.error.find("sendto: ") == 0, "the queue fills: " + last.error);
}

TEST("no file handle stays open, sent or not") {
  const Folder folder;
  const Receiver manager(folder.socket());
  const auto free = [] {
    const int handle = ::dup(STDERR_FILENO);
    ::close(handle);
    return handle;
  };
  const int before = free();
  check(notify(folder.socket(), "READY=1").sent, "sent");
  check(!notify(folder.socket() + "x", "READY=1").sent, "not sent");
  check(free() == before, "the next free handle is the same");
}
