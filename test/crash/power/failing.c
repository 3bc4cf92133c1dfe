// A disk that breaks: from the sync after FAIL_AFTER others on, every one fails with EIO. Loaded with LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

int fdatasync(int handle) {
  static atomic_int syncs;
  const char *after = getenv("FAIL_AFTER");
  if (after != NULL && atomic_fetch_add(&syncs, 1) >= atoi(after)) {
    errno = EIO;
    return -1;
  }
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(handle);
}
