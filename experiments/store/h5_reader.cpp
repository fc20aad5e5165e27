#include "experiments/store/h5_reader.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/error.h"
#include "experiments/process/confine.h"

namespace experiments {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRoom = std::size_t{1} << 30;  // memory of a child, beside its images
constexpr std::size_t kCopies = 8;   // of an image in a child: bytes, HDF5's own, values, answer
constexpr std::size_t kGrowth = 64;  // an answer is at most so much larger than image and kAnswer
constexpr std::size_t kAnswer = std::size_t{1} << 22;
constexpr std::size_t kPerSecond = std::size_t{1} << 25;

/// When a child has taken too long for one image.
class Deadline {
 public:
  Deadline(pid_t child, std::chrono::milliseconds patience)
      : patience_(patience), wall_(Clock::now() + kSlowest * patience) {
    known_ = ::clock_getcpuclockid(child, &cpu_clock_) == 0;
    begin_ = used();
  }
  bool over() const { return Clock::now() >= wall_ || used() - begin_ >= patience_; }

 private:
  static constexpr int kSlowest = 20;  // CPU time to time on the clock
  std::chrono::nanoseconds used() const {
    timespec t{};
    if (!known_ || ::clock_gettime(cpu_clock_, &t) != 0) return {};
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }

  std::chrono::nanoseconds patience_, begin_{};
  Clock::time_point wall_;
  clockid_t cpu_clock_{};
  bool known_ = false;
};

enum class Moved { all, closed, late };

/// Sends or receives all of `size` bytes.  Without a deadline it waits for ever.
Moved move_bytes(int socket, bool out, std::byte* data, std::size_t size,
                 const Deadline* deadline) {
  constexpr int kLook = 20;  // milliseconds between looks at the deadline
  for (std::size_t done = 0; done < size;) {
    if (deadline) {
      pollfd wait{.fd = socket, .events = static_cast<short>(out ? POLLOUT : POLLIN), .revents = 0};
      const int ready = ::poll(&wait, 1, kLook);
      if (ready <= 0 && deadline->over()) return Moved::late;
      if (ready <= 0) continue;
    }
    const int flags = MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0);
    const ssize_t moved = out ? ::send(socket, data + done, size - done, flags)
                              : ::recv(socket, data + done, size - done, flags);
    if (moved > 0) {
      done += static_cast<std::size_t>(moved);
    } else if (moved == 0 || (errno != EINTR && errno != EAGAIN)) {
      return Moved::closed;
    }
  }
  return Moved::all;
}

Moved send_all(int socket, const void* data, std::size_t size, const Deadline* deadline = nullptr) {
  return move_bytes(socket, true, const_cast<std::byte*>(static_cast<const std::byte*>(data)), size,
                    deadline);
}

Moved receive_all(int socket, void* data, std::size_t size, const Deadline* deadline = nullptr) {
  return move_bytes(socket, false, static_cast<std::byte*>(data), size, deadline);
}

/// What goes before the bytes of a question (names, image) and of an answer (status, content).
using Header = std::array<std::uint64_t, 2>;

std::vector<std::byte> as_bytes(std::string_view text) {
  const auto* from = reinterpret_cast<const std::byte*>(text.data());
  return {from, from + text.size()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

/// The child: answers questions until its socket is closed.
[[noreturn]] void serve(int socket, std::size_t room) {
  confine(socket, room);
  for (;;) {
    Header asked{};
    if (receive_all(socket, asked.data(), sizeof asked) != Moved::all) _exit(0);
    std::vector<std::byte> answer;
    Header said{1, 0};
    try {
      std::string names(asked[0], '\0');
      std::vector<std::byte> image(asked[1]);
      if (receive_all(socket, names.data(), names.size()) != Moved::all ||
          receive_all(socket, image.data(), image.size()) != Moved::all)
        _exit(0);
      const std::vector<std::string> wanted = lines_of(names);
      answer = pack(read_content(core::h5::File::from_bytes(image, "image"), wanted));
    } catch (const std::bad_alloc&) {
      said[0] = 0, answer = as_bytes("it needs more memory than is allowed for it");
    } catch (const std::exception& e) {
      said[0] = 0, answer = as_bytes(e.what());
    }
    said[1] = answer.size();
    if (send_all(socket, said.data(), sizeof said) != Moved::all ||
        send_all(socket, answer.data(), answer.size()) != Moved::all)
      _exit(0);
  }
}

/// One line of text that a terminal can show, whatever the bytes are.
std::string printable(std::span<const std::byte> bytes) {
  std::string out;
  for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 300))) {
    const char c = static_cast<char>(b);
    out += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return out;
}

}  // namespace

void H5Reader::start(std::size_t image_size) {
  if (child_ && image_size <= child_->largest) return;
  stop();
  const std::size_t largest = std::max(image_size, kAnswer);
  std::array<int, 2> ends{-1, -1};
  const auto fail = [](const char* what) {
    throw core::Error(
        fmt::format("no process can be started to read results: {}: {}", what, strerror(errno)));
  };
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  const pid_t pid = ::fork();
  if (pid == 0) serve(ends[1], kRoom + kCopies * largest);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    fail("fork");
  }
  child_ = Child{.pid = pid, .socket = ends[0], .largest = largest, .fresh = true};
}

std::string H5Reader::stop() {
  if (!child_) return "";
  // It may have ended by itself: then this kills nobody, and its own end is what is reported.
  ::close(child_->socket);
  ::kill(child_->pid, SIGKILL);
  int status = 0;
  while (::waitpid(child_->pid, &status, 0) < 0 && errno == EINTR) {
  }
  child_.reset();
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit code {}", WEXITSTATUS(status));
}

H5Content H5Reader::read(std::span<const std::byte> image, const std::string& where,
                         std::span<const std::string> names) {
  const std::string wanted = fmt::format("{}", fmt::join(names, "\n"));
  const Header asked{wanted.size(), image.size()};
  const std::size_t most = kGrowth * (kAnswer + image.size());
  for (;;) {
    start(image.size());
    const bool fresh = child_->fresh;
    const int socket = child_->socket;
    child_->fresh = false;
    const Deadline limit(child_->pid, patience_ + std::chrono::seconds(image.size() / kPerSecond));
    const Deadline* deadline = &limit;
    Header said{};
    std::vector<std::byte> answer;
    Moved moved = send_all(socket, asked.data(), sizeof asked, deadline);
    if (moved == Moved::all) moved = send_all(socket, wanted.data(), wanted.size(), deadline);
    if (moved == Moved::all) moved = send_all(socket, image.data(), image.size(), deadline);
    if (moved == Moved::all) moved = receive_all(socket, said.data(), sizeof said, deadline);
    if (moved == Moved::all && said[1] <= most) {
      answer.resize(said[1]);
      moved = receive_all(socket, answer.data(), answer.size(), deadline);
    }
    std::string problem;
    if (moved == Moved::all && said[1] <= most && said[0] == 1) {
      try {
        return unpack(answer, where);
      } catch (const core::InputError&) {
        stop();
        if (fresh) throw;
        continue;
      }
    }
    if (moved == Moved::all) problem = said[1] <= most ? printable(answer) : "it grows too large";
    const std::string end = stop();
    if (!fresh) continue;
    if (moved == Moved::late)
      problem = fmt::format("reading it does not end (stopped after {} s of computing)",
                            std::chrono::duration<double>(patience_).count());
    if (moved == Moved::closed) problem = fmt::format("reading it crashes HDF5 ({})", end);
    throw core::InputError(fmt::format("{}: cannot be read: {}", where, problem));
  }
}

}  // namespace experiments
