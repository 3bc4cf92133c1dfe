// What one handle writes is what a mapping shows, and the memory cannot be taken from under it.
#include "ballast/shared_memory.h"

#include <cstdint>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

using namespace ballast;
using namespace ballast::test;

TEST("a mapping shows what is written to the handle, also later and from another process") {
  const MemoryHandle memory = sharedMemory();
  check(memory.handle >= 0, "memory: " + memory.error);
  check(::ftruncate(memory.handle, 8192) == 0, "it grows");
  const Mapping mapping = mapShared(memory.handle, 8192);
  check(mapping.data != nullptr, "mapping: " + mapping.error);
  const volatile double* first = static_cast<const double*>(mapping.data);
  check(first[0] == 0.0, "fresh memory is zero");
  const pid_t child = ::fork();
  if (child == 0) {
    const double value = 42.5;
    ::_exit(::pwrite(memory.handle, &value, sizeof value, 0) == static_cast<ssize_t>(sizeof value) ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  check(status == 0 && first[0] == 42.5, "the other process's value is here");
  check(::ftruncate(memory.handle, 0) != 0, "it does not shrink");
  unmapShared(mapping.data, 8192);
  ::close(memory.handle);
}

TEST("what cannot be mapped is said in words") {
  check(mapShared(-1, 4096).error.find("mmap") == 0, "a handle that is none");
}

TEST("a process that asked for it is killed when its parent ends") {
  int gone[2];
  check(::pipe(gone) == 0, "pipe");
  const pid_t parent = ::fork();
  if (parent == 0) {
    int ready[2];
    if (::pipe(ready) != 0) ::_exit(1);
    if (::fork() == 0) {
      ::close(gone[0]);
      if (!endWithParent().empty()) ::_exit(1);
      const char word = 'r';
      if (::write(ready[1], &word, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char word = 0;
    const bool armed = ::read(ready[0], &word, 1) == 1;
    ::_exit(armed ? 0 : 1);
  }
  ::close(gone[1]);
  int status = 1;
  ::waitpid(parent, &status, 0);
  check(status == 0, "the parent ended once its child had asked");
  char word = 0;
  check(::read(gone[0], &word, 1) == 0, "the child's end of the pipe is closed: it is gone");
  ::close(gone[0]);
}
