// Preloaded into the program under test: makes the n-th call of one kind fail, or kills the process
// there.  Only calls on files below one folder count, so that libraries are left alone.
//
//   FAULT_CALL   open, write, fsync, rename
//   FAULT_NTH    which one, from 1
//   FAULT_HOW    an errno, "short" (write: half of the bytes), or "kill" (SIGKILL before the call)
//   FAULT_UNDER  the folder
//   FAULT_MARK   file that is made when the call was reached
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kPass, kShort, kFail };

static atomic_int count;

static int below(const char* path) {
  const char* folder = getenv("FAULT_UNDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

/// What the present call is to do; errno is set for kFail.
static int decide(const char* call, const char* path) {
  const char *wanted = getenv("FAULT_CALL"), *nth = getenv("FAULT_NTH"), *how = getenv("FAULT_HOW");
  if (!wanted || !nth || !how || strcmp(wanted, call) != 0 || !below(path)) return kPass;
  if (atomic_fetch_add(&count, 1) + 1 != atoi(nth)) return kPass;
  const char* mark = getenv("FAULT_MARK");
  if (mark) close((int)syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT, 0644));
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(how, "short") == 0) return kShort;
  errno = atoi(how);
  return kFail;
}

static int decide_fd(const char* call, int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return kPass;
  path[n] = '\0';
  return decide(call, path);
}

static int real_open(const char* path, int flags, va_list rest) {
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char* path, int flags, ...) {
  if (decide("open", path) == kFail) return -1;
  va_list rest;
  va_start(rest, flags);
  const int fd = real_open(path, flags, rest);
  va_end(rest);
  return fd;
}

int open64(const char* path, int flags, ...) {
  if (decide("open", path) == kFail) return -1;
  va_list rest;
  va_start(rest, flags);
  const int fd = real_open(path, flags, rest);
  va_end(rest);
  return fd;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  switch (decide_fd("write", fd)) {
    case kFail: return -1;
    case kShort: return syscall(SYS_write, fd, bytes, size > 1 ? size / 2 : size);
    default: return syscall(SYS_write, fd, bytes, size);
  }
}

int fsync(int fd) {
  return decide_fd("fsync", fd) == kFail ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char* from, const char* to) {
  return decide("rename", from) == kFail ? -1 : (int)syscall(SYS_rename, from, to);
}
