#include "experiments/cli/start.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace experiments {
namespace {

constexpr std::uint64_t kMb = 1 << 20;
constexpr int kUsage = 2;

void append(std::span<char> to, std::size_t& length, std::string_view text) {
  for (const char c : text) {
    if (length < to.size()) to[length++] = c;
  }
}

void append(std::span<char> to, std::size_t& length, std::uint64_t number) {
  char digits[20];
  std::size_t n = 0;
  do {
    digits[n++] = static_cast<char>('0' + number % 10);
  } while (number /= 10);
  while (n > 0) append(to, length, std::string_view(&digits[--n], 1));
}

void refuse_below(int resource, const char* name, std::uint64_t least) {
  struct rlimit limit {};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= least) {
    return;
  }
  char line[256];
  const std::size_t length = refusal(line, name, limit.rlim_cur, least);
  (void)!::write(STDERR_FILENO, line, length);
  ::_exit(kUsage);
}

}  // namespace

LeastMemory least_memory(std::uint64_t threads) {
  // Measured with the limit halved until the program no longer came up: 228 MB of address space
  // with one thread, 357 MB with two (OpenBLAS 0.3.21 takes 128 MB for each).  Up to 110 MB above
  // that a library now and then still crashed where it could not allocate.
  return {.space = (270 + 130 * threads) * kMb, .data = (210 + 130 * threads) * kMb};
}

std::uint64_t blas_threads(const char* const* environment) {
  cpu_set_t cpus;
  const bool known = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0;
  const std::uint64_t most = known ? static_cast<std::uint64_t>(CPU_COUNT(&cpus)) : 1;
  for (const std::string_view name : {"OPENBLAS_NUM_THREADS=", "OMP_NUM_THREADS="}) {
    for (const char* const* e = environment; e && *e; ++e) {
      const std::string_view entry(*e);
      if (!entry.starts_with(name)) continue;
      std::uint64_t value = 0;
      for (const char c : entry.substr(name.size())) {
        if (c < '0' || c > '9' || value > most) break;
        value = 10 * value + static_cast<std::uint64_t>(c - '0');
      }
      if (value > 0) return value < most ? value : most;
    }
  }
  return most;
}

std::size_t refusal(std::span<char> to, const char* limit, std::uint64_t allowed,
                    std::uint64_t least) {
  std::size_t length = 0;
  append(to, length, "error: the limit of ");
  append(to, length, limit);
  append(to, length, " is ");
  append(to, length, allowed / kMb);
  append(to, length, " MB; at least ");
  append(to, length, (least + kMb - 1) / kMb);
  append(to, length, " MB are needed, less with a smaller OMP_NUM_THREADS\n");
  return length;
}

void refuse_small_limits(int, char**, char** environment) {
  const LeastMemory least = least_memory(blas_threads(environment));
  refuse_below(RLIMIT_AS, "address space (ulimit -v, h_vmem)", least.space);
  refuse_below(RLIMIT_DATA, "data (ulimit -d)", least.data);
}

void open_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    // the lowest number that is free is the one that open gives; reading (0) and writing (1, 2)
    // fail there, so that output which nobody gets is an error
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF)
      (void)!::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

void ignore_file_size_signal() { ::signal(SIGXFSZ, SIG_IGN); }

}  // namespace experiments
