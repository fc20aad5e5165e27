#include "core/system/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>

#include "core/error.h"

namespace core {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw InputError(fmt::format("{}: cannot be read: {}", path, std::strerror(error)));
}

std::string_view kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISSOCK(mode)) return "a socket";
  return "something else";
}

}  // namespace

InputFile::InputFile(const std::string& path)
    : path_(path), file_(retry([&] {
        return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
      })) {
  struct stat info {};
  // a socket cannot be opened (ENXIO): what it is says more
  if (!file_.valid() && errno == ENXIO && ::stat(path.c_str(), &info) == 0) {
    require_input(path, false, "must be a regular file; it is {}", kind_of(info.st_mode));
  }
  if (!file_.valid() || ::fstat(file_.get(), &info) != 0) fail(path, errno);
  if (S_ISDIR(info.st_mode)) fail(path, EISDIR);
  require_input(path, S_ISREG(info.st_mode), "must be a regular file; it is {}",
                kind_of(info.st_mode));
  size_ = static_cast<std::uint64_t>(info.st_size);
}

std::size_t InputFile::read(std::span<std::byte> to) {
  const std::size_t have = read_at(at_, to);
  at_ += have;
  return have;
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<std::byte> to) const {
  std::size_t have = 0;
  while (have < to.size()) {
    const ssize_t got = retry([&] {
      return ::pread(file_.get(), to.data() + have, to.size() - have,
                     static_cast<off_t>(offset + have));
    });
    if (got < 0) fail(path_, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

}  // namespace core
