#include "core/io/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace core {
namespace {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  /// Closes now, so that the result can be looked at (NFS reports write errors here).
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

/// Repeats a system call that a signal interrupted.
template <class Call>
auto retry(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

[[noreturn]] void fail_read(const std::string& path, int error) {
  throw InputError(fmt::format("{}: cannot be read: {}", path, std::strerror(error)));
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  std::string out(name.data());
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::string directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) * 1e-6);
}

[[noreturn]] void fail_write(const std::string& path, std::string_view step, int error,
                             std::size_t size) {
  struct statvfs fs {};
  std::string room;
  if (statvfs(directory_of(path).c_str(), &fs) == 0) {
    room = fmt::format("; {} free", megabytes(std::uint64_t{fs.f_bavail} * fs.f_frsize));
  }
  throw InputError(fmt::format("{}: cannot be written: {}: {}; {} needed{}", path, step,
                               std::strerror(error), megabytes(size), room));
}

/// The temporary file of one publication; unlinked unless it was renamed away.
class Temporary {
 public:
  Temporary(const std::string& path, std::size_t size) {
    const std::string stem = fmt::format("{}.tmp.{}.{}.", path, host_name(), ::getpid());
    int fd = -1;
    for (int n = 0; fd < 0; ++n) {  // taken numbers: other threads, or leftovers of a reused pid
      name_ = stem + std::to_string(n);
      fd = retry(
          [&] { return ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644); });
      if (fd < 0 && (errno != EEXIST || n > 10000)) {
        const int error = errno;
        name_.clear();
        fail_write(path, "create", error, size);
      }
    }
    fd_ = fd;
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { discard(); }
  void discard() {
    if (!name_.empty()) ::unlink(name_.c_str());
    name_.clear();
  }
  const std::string& name() const { return name_; }
  int descriptor() const { return fd_; }
  void keep() { name_.clear(); }

 private:
  std::string name_;
  int fd_ = -1;
};

struct Writer {
  std::string host;
  pid_t pid = 0;
};

/// Reads "<anything>.tmp.<host>.<pid>.<n>"; nullopt for every other name.
std::optional<Writer> writer_of(const std::string& name) {
  const std::size_t start = name.rfind(".tmp.");
  if (start == std::string::npos || start == 0) return std::nullopt;
  const std::string tail = name.substr(start + 5);
  const std::size_t last = tail.rfind('.');
  const std::size_t middle =
      last == std::string::npos || last == 0 ? last : tail.rfind('.', last - 1);
  if (last == std::string::npos || middle == std::string::npos || middle == 0) return std::nullopt;
  const auto number = [](std::string_view text) -> std::optional<pid_t> {
    pid_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
  };
  const auto pid = number(std::string_view(tail).substr(middle + 1, last - middle - 1));
  if (!pid || *pid == 0 || !number(std::string_view(tail).substr(last + 1))) return std::nullopt;
  return Writer{tail.substr(0, middle), *pid};
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (file.get() < 0) fail_read(path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail_read(path, errno);
  if (S_ISDIR(info.st_mode)) fail_read(path, EISDIR);
  const auto too_large = [&](std::size_t size) {
    require_input(path, size <= limit, "file must not be larger than {} bytes; got {}", limit,
                  size);
  };
  const std::size_t expected = static_cast<std::size_t>(info.st_size);
  too_large(expected);
  std::vector<std::byte> out(expected + 1);  // one more: the end is seen without another round
  std::size_t have = 0;
  for (;;) {
    const ssize_t got =
        retry([&] { return ::read(file.get(), out.data() + have, out.size() - have); });
    if (got < 0) fail_read(path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
    too_large(have);
    if (have == out.size()) out.resize(out.size() * 2);  // a pipe, or a file that grows
  }
  out.resize(have);
  return out;
}

std::string read_text(const std::string& path, std::size_t limit) {
  const std::vector<std::byte> bytes = read_file(path, limit);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void publish(const std::string& path, std::span<const std::byte> bytes) {
  // rename() would put a regular file in the place of a device, socket or pipe
  struct stat present {};
  require_input(path, ::stat(path.c_str(), &present) != 0 || S_ISREG(present.st_mode),
                "cannot be written: it exists and is not a regular file");
  Temporary temporary(path, bytes.size());
  Descriptor file(temporary.descriptor());
  const auto check = [&](bool ok, std::string_view step) {
    if (ok) return;
    const int error = errno;
    file.close();
    temporary.discard();  // before the free space is looked at
    fail_write(path, step, error, bytes.size());
  };
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t wrote =
        retry([&] { return ::write(file.get(), bytes.data() + done, bytes.size() - done); });
    if (wrote == 0) errno = ENOSPC;
    check(wrote > 0, "write");
    done += static_cast<std::size_t>(wrote);
  }
  check(retry([&] { return ::fsync(file.get()); }) == 0, "flush");
  check(file.close() == 0, "close");
  check(::rename(temporary.name().c_str(), path.c_str()) == 0, "rename");
  temporary.keep();
  const Descriptor directory(retry(
      [&] { return ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  check(directory.get() >= 0, "open directory");
  // EINVAL: a file system that has nothing to flush for a directory
  check(retry([&] { return ::fsync(directory.get()); }) == 0 || errno == EINVAL, "flush directory");
}

void publish(const std::string& path, std::string_view text) {
  publish(path, std::as_bytes(std::span(text)));
}

int sweep_orphans(const std::string& directory) {
  constexpr auto kForeignAge = std::chrono::hours(24);
  const std::string host = host_name();
  std::error_code error;
  int removed = 0;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    const std::filesystem::directory_entry& entry = *it;
    const std::optional<Writer> writer = writer_of(entry.path().filename().string());
    std::error_code gone;  // another process may sweep at the same time
    if (!writer || !entry.is_regular_file(gone)) continue;
    bool orphan = false;
    if (writer->host == host) {
      orphan = ::kill(writer->pid, 0) != 0 && errno == ESRCH;
    } else {
      const auto written = entry.last_write_time(gone);
      orphan = !gone && std::filesystem::file_time_type::clock::now() - written > kForeignAge;
    }
    if (orphan && std::filesystem::remove(entry.path(), gone)) ++removed;
  }
  return removed;
}

void make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error)) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  require_input(path, !error, "directory cannot be made: {}", error.message());
}

}  // namespace core
