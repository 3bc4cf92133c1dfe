// Two openings of one file stand for two processes; that the kernel frees a dead one is shown with a child.
#include "ballast/file_lock.h"

#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

using namespace ballast;
using namespace ballast::test;

namespace {

/// An empty file of its own, removed at the end.
class File {
 public:
  File() {
    char name[] = "/tmp/ballast-lock-XXXXXX";
    const int handle = ::mkstemp(name);
    check(handle >= 0, "the test's file is made");
    ::close(handle);
    path_ = name;
  }
  ~File() { ::unlink(path_.c_str()); }
  int open(int flags) const { return ::open(path_.c_str(), flags | O_CLOEXEC); }

 private:
  std::string path_;
};

}  // namespace

TEST("a file is locked by one opening at a time, and free again once that is closed") {
  const File file;
  const int first = file.open(O_RDWR);
  const int second = file.open(O_RDWR);
  check(lockFile(first).yes, "free");
  check(lockFile(first).yes, "the same opening again");
  const LockAnswer refused = lockFile(second);
  check(!refused.yes && refused.error.empty(), "held by the first: " + refused.error);
  ::close(second);
  const int third = file.open(O_RDWR);
  check(!lockFile(third).yes, "another handle that was closed frees nothing");
  ::close(first);
  check(lockFile(third).yes, "free once its own handle is closed");
  ::close(third);
}

TEST("whether a file is locked can be asked without taking it") {
  const File file;
  const int asker = file.open(O_RDONLY);
  const int holder = file.open(O_RDWR);
  check(!fileLocked(asker).yes && fileLocked(asker).error.empty(), "nobody holds it");
  check(lockFile(holder).yes, "asking took nothing");
  check(fileLocked(asker).yes, "held");
  check(!fileLocked(holder).yes, "by no other");
  ::close(holder);
  check(!fileLocked(asker).yes, "free");
  ::close(asker);
}

TEST("the lock of a process ends with it") {
  const File file;
  int ready[2];
  check(::pipe(ready) == 0, "a pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    const char said = lockFile(file.open(O_RDWR)).yes ? 'y' : 'n';
    if (::write(ready[1], &said, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char said = 0;
  check(::read(ready[0], &said, 1) == 1 && said == 'y', "the child holds it");
  const int own = file.open(O_RDWR);
  check(!lockFile(own).yes, "held by the child");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  check(lockFile(own).yes, "free at once");
  for (const int handle : {own, ready[0], ready[1]}) ::close(handle);
}

TEST("what cannot be locked is told in words") {
  check(lockFile(-1).error.find("fcntl: ") == 0, "no handle");
  check(fileLocked(-1).error.find("fcntl: ") == 0, "no handle to ask about");
  const File file;
  const int reader = file.open(O_RDONLY);
  check(!lockFile(reader).error.empty(), "a handle for reading alone");
  ::close(reader);
}
