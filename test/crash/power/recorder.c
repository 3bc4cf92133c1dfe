// Records what a process does to one file, so that a test can rebuild what a power loss would leave of it: each write
// with its bytes before it is made, each sync when it begins and once it has returned. Loaded with LD_PRELOAD;
// POWER_FILE names the file, POWER_LOG where the record goes. Records are 16 bytes (kind, length, offset) and the bytes:
//   W  a write is about to be made        D  the write just made came back from a synchronous descriptor: it is durable
//   B  a sync begins                      S  that sync is over: every write before its B is durable
//   T  the file is cut or grown           X  something this recorder cannot follow (a mapping is flushed)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct record {
  char kind[4];
  uint32_t length;
  uint64_t offset;
};

enum { MOST_PARTS = 1024 };

static int log_handle = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_log(void) {
  const char *path = getenv("POWER_LOG");
  if (path != NULL) log_handle = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int watched(int handle) {
  const char *file = getenv("POWER_FILE");
  char link[64], path[PATH_MAX];
  if (file == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strcmp(path, file) == 0;
}

/// One record in one write, so that records of several threads do not mix. Without its record a write must not happen.
static void note(char kind, uint64_t offset, const struct iovec *parts, int count) {
  struct iovec all[MOST_PARTS + 1];
  struct record head = {{kind, 0, 0, 0}, 0, offset};
  pthread_once(&once, open_log);
  if (count > MOST_PARTS) abort();
  for (int k = 0; k < count; k += 1) {
    head.length += (uint32_t)parts[k].iov_len;
    all[k + 1] = parts[k];
  }
  all[0] = (struct iovec){&head, sizeof head};
  const long wanted = (long)sizeof head + head.length;
  if (syscall(SYS_writev, log_handle, all, count + 1) != wanted) abort();
}

static void synchronous(int handle) {
  if ((fcntl(handle, F_GETFL) & O_DSYNC) != 0) note('D', 0, NULL, 0);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define AROUND(handle, offset, parts, count, call)           \
  const int seen = watched(handle);                          \
  if (seen) note('W', (uint64_t)(offset), parts, count);     \
  const ssize_t done = (call);                               \
  if (seen && done >= 0) synchronous(handle);                \
  return done

ssize_t pwrite64(int handle, const void *bytes, size_t length, off64_t offset) {
  const struct iovec part = {(void *)bytes, length};
  AROUND(handle, offset, &part, 1, REAL(pwrite64)(handle, bytes, length, offset));
}

ssize_t pwrite(int handle, const void *bytes, size_t length, off_t offset) {
  const struct iovec part = {(void *)bytes, length};
  AROUND(handle, offset, &part, 1, REAL(pwrite)(handle, bytes, length, offset));
}

ssize_t write(int handle, const void *bytes, size_t length) {
  const struct iovec part = {(void *)bytes, length};
  AROUND(handle, lseek(handle, 0, SEEK_CUR), &part, 1, REAL(write)(handle, bytes, length));
}

ssize_t writev(int handle, const struct iovec *parts, int count) {
  AROUND(handle, lseek(handle, 0, SEEK_CUR), parts, count, REAL(writev)(handle, parts, count));
}

ssize_t pwritev(int handle, const struct iovec *parts, int count, off_t offset) {
  AROUND(handle, offset, parts, count, REAL(pwritev)(handle, parts, count, offset));
}

ssize_t pwritev64(int handle, const struct iovec *parts, int count, off64_t offset) {
  AROUND(handle, offset, parts, count, REAL(pwritev64)(handle, parts, count, offset));
}

static int synced(int handle, int (*sync)(int)) {
  const int seen = watched(handle);
  if (seen) note('B', 0, NULL, 0);
  const int failed = sync(handle);
  if (seen && failed == 0) note('S', 0, NULL, 0);
  return failed;
}

int fdatasync(int handle) { return synced(handle, REAL(fdatasync)); }
int fsync(int handle) { return synced(handle, REAL(fsync)); }

int ftruncate64(int handle, off64_t length) {
  if (watched(handle)) note('T', (uint64_t)length, NULL, 0);
  return REAL(ftruncate64)(handle, length);
}

int ftruncate(int handle, off_t length) {
  if (watched(handle)) note('T', (uint64_t)length, NULL, 0);
  return REAL(ftruncate)(handle, length);
}

int msync(void *address, size_t length, int flags) {
  note('X', 0, NULL, 0);
  return REAL(msync)(address, length, flags);
}
