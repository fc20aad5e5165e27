#include "core/system/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
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

#include "core/error.h"
#include "core/system/input_file.h"
#include "core/system/memory.h"

namespace core {
namespace {

// Below it nobody has to ask how much memory there is.
constexpr std::uint64_t kSmallFile = 16 << 20;

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

[[noreturn]] void fail_write(const std::string& path, std::string_view step, int error,
                             std::size_t size) {
  struct statvfs fs {};
  std::string room;
  if (statvfs(directory_of(path).c_str(), &fs) == 0) {
    room = fmt::format("; {} free", size_text(std::uint64_t{fs.f_bavail} * fs.f_frsize));
  }
  throw InputError(fmt::format("{}: cannot be written: {}: {}; {} needed{}", path, step,
                               std::strerror(error), size_text(size), room));
}

/// The temporary file of one publication; unlinked unless it was renamed away.  It is locked while
/// it exists, which tells a sweeper that its writer lives, also one in another pid namespace.
class Temporary {
 public:
  Temporary(const std::string& path, std::size_t size) {
    const std::string stem = fmt::format("{}.tmp.{}.{}.", path, host_name(), ::getpid());
    for (int n = 0; !file_.valid(); ++n) {  // taken numbers: other threads, or a reused pid
      name_ = stem + std::to_string(n);
      file_ = Descriptor(retry(
          [&] { return ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644); }));
      if (!file_.valid() && (errno != EEXIST || n > 10000)) {
        const int error = errno;
        name_.clear();
        fail_write(path, "create", error, size);
      }
      if (file_.valid() && !lock()) file_.close();
    }
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { discard(); }
  void discard() {
    if (!name_.empty()) ::unlink(name_.c_str());
    name_.clear();
    file_.close(), lock_.close();  // an open file keeps its blocks
  }
  const std::string& name() const { return name_; }
  Descriptor& file() { return file_; }
  void keep() { name_.clear(); }

 private:
  /// False when a sweeper came between opening and locking.  The lock is held by a descriptor of
  /// its own, so that the file can be closed, and looked at for late errors, before it is renamed.
  bool lock() {
    lock_ = Descriptor(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 3));
    // a file system without locks: the pid alone tells
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::unlink(name_.c_str());
      return false;
    }
    struct stat info {};
    return ::fstat(file_.get(), &info) != 0 || info.st_nlink > 0;
  }

  std::string name_;
  Descriptor file_, lock_;
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

/// A writer that lives holds a lock on its file.  Without one it is gone, unless it is about to
/// lock, or its file system has no locks: then its pid tells, and the age where that cannot.
bool orphaned(const std::filesystem::directory_entry& entry, const Writer& writer) {
  constexpr auto kOld = std::chrono::hours(24);
  const Descriptor file(
      retry([&] { return ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW); }));
  if (!file.valid()) return false;
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  if (writer.host == host_name() && ::kill(writer.pid, 0) != 0 && errno == ESRCH) return true;
  std::error_code gone;
  const auto written = entry.last_write_time(gone);
  return !gone && std::filesystem::file_time_type::clock::now() - written > kOld;
}

/// Removes the orphans among the files whose names `chosen` takes.
template <class Chosen>
int sweep(const std::string& directory, Chosen chosen) {
  std::error_code error;
  int removed = 0;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::optional<Writer> writer = chosen(name) ? writer_of(name) : std::nullopt;
    std::error_code gone;  // another process may sweep at the same time
    if (!writer || !it->is_regular_file(gone) || !orphaned(*it, *writer)) continue;
    if (std::filesystem::remove(it->path(), gone)) ++removed;
  }
  return removed;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  const auto x = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  if (x < 0.9995e6) return fmt::format("{:.3g} kB", x * 1e-3);
  return x < 0.9995e9 ? fmt::format("{:.3g} MB", x * 1e-6) : fmt::format("{:.1f} GB", x * 1e-9);
}

std::vector<std::byte> read_file(const std::string& path, std::size_t limit) {
  InputFile file(path);
  const auto check = [&](std::uint64_t size) {
    require_input(path, size <= limit, "file must not be larger than {} bytes; got {}", limit,
                  size);
    if (size <= kSmallFile) return;
    const std::size_t left = std::min(available_memory(), process_memory_left());
    require_input(path, size <= left, "the file has {}; there are {} of memory to read it into",
                  size_text(size), size_text(left));
  };
  check(file.size());
  // one more: the end is seen without another round
  std::vector<std::byte> out(static_cast<std::size_t>(file.size()) + 1);
  std::size_t have = 0;
  while ((have += file.read(std::span(out).subspan(have))) == out.size()) {
    check(have);
    out.resize(out.size() * 2);  // a file of /proc, or one that grows
  }
  check(have);
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
  const std::string name = std::filesystem::path(path).filename().string();
  sweep(directory_of(path),
        [&](const std::string& file) { return file.starts_with(name + ".tmp."); });
  Temporary temporary(path, bytes.size());
  Descriptor& file = temporary.file();
  const auto check = [&](bool ok, std::string_view step) {
    if (ok) return;
    const int error = errno;
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
  return sweep(directory, [](const std::string&) { return true; });
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
