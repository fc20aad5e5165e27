#include "core/system/scratch_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/system/file.h"

namespace core {
namespace {

[[noreturn]] void fail(const std::string& folder, std::string_view step, int error,
                       std::size_t bytes) {
  struct statfs fs {};
  std::string room;
  if (::statfs(folder.c_str(), &fs) == 0) {
    room = "; " +
           size_text(static_cast<std::uint64_t>(fs.f_bavail) *
                     static_cast<std::uint64_t>(fs.f_bsize)) +
           " free";
  }
  throw InputError(fmt::format("{}: no scratch file of {}: {}: {}{}", folder, size_text(bytes),
                               step, std::strerror(error), room));
}

}  // namespace

ScratchFile::ScratchFile(std::size_t bytes, const std::string& folder)
    : folder_(folder), size_(std::max<std::size_t>(bytes, 1)) {
  std::string pattern = folder + "/roundtable-XXXXXX";
  file_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (file_ < 0) fail(folder, "create", errno, size_);
  ::unlink(pattern.c_str());
  int error = 0;
  do {
    error = ::posix_fallocate(file_, 0, static_cast<off_t>(size_));
  } while (error == EINTR);
  if (error != 0) {
    ::close(file_);
    fail(folder, "take room", error, size_);
  }
  void* mapped = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (mapped == MAP_FAILED) {
    const int reason = errno;
    ::close(file_);
    fail(folder, "map", reason, size_);
  }
  data_ = static_cast<std::byte*>(mapped);
}

ScratchFile::~ScratchFile() {
  ::munmap(data_, size_);
  ::close(file_);
}

void ScratchFile::write(std::size_t offset, const std::byte* from, std::size_t count) {
  while (count > 0) {
    const ssize_t n = ::pwrite(file_, from, count, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(folder_, "write", n == 0 ? ENOSPC : errno, size_);
    offset += static_cast<std::size_t>(n);
    from += n;
    count -= static_cast<std::size_t>(n);
  }
}

void ScratchFile::release() const { ::madvise(data_, size_, MADV_DONTNEED); }

ScratchRoom scratch_room(const std::string& folder) {
  struct statfs fs {};
  if (::statfs(folder.c_str(), &fs) != 0)
    throw InputError(fmt::format("{}: no scratch folder: {}", folder, std::strerror(errno)));
  return {.free_bytes =
              static_cast<std::uint64_t>(fs.f_bavail) * static_cast<std::uint64_t>(fs.f_bsize),
          .memory = fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC};
}

}  // namespace core
