#include "experiments/process/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace experiments {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

/// Lowers soft and hard limit to `most`.
template <class Resource>
void limit(Resource resource, rlim_t most) {
  rlimit now{};
  if (::getrlimit(resource, &now) != 0) return;
  now.rlim_max = std::min(now.rlim_max, most);
  now.rlim_cur = std::min(now.rlim_cur, now.rlim_max);
  ::setrlimit(resource, &now);
}

/// Of address space, in bytes; 0 when it is not known.
std::size_t memory_now() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  unsigned long long pages = 0;
  const int read = std::fscanf(file, "%llu", &pages);
  std::fclose(file);
  return read == 1 ? pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

void add(std::vector<sock_filter>& to, int code, std::uint32_t k, std::uint8_t if_true = 0,
         std::uint8_t if_false = 0) {
  to.push_back({static_cast<std::uint16_t>(code), if_true, if_false, k});
}

void add_load(std::vector<sock_filter>& to, std::size_t offset) {
  add(to, BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

void allow_few_calls() {
  std::vector<sock_filter> filter;
  add_load(filter, offsetof(seccomp_data, arch));
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  add(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  add_load(filter, offsetof(seccomp_data, nr));
  for (const long call :
       {SYS_recvfrom, SYS_sendto, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex,
        SYS_clock_gettime, SYS_gettimeofday, SYS_getpid, SYS_gettid, SYS_tgkill, SYS_rt_sigprocmask,
        SYS_rt_sigreturn, SYS_sched_yield, SYS_exit, SYS_exit_group}) {
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
    add(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  // memory that can be executed is nobody's need; the protection is the third argument of both
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 2, 0);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0);
  add(filter, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  add_load(filter, offsetof(seccomp_data, args[2]));
  add(filter, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
  add(filter, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  add(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  // A kernel without seccomp leaves the limits, which already keep faults inside this process.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

}  // namespace

void confine(int socket, std::size_t room) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The terminal sends these to all processes of a command; the parent decides what they mean.
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2})
    ::signal(signal, SIG_IGN);
  const std::size_t now = memory_now();
  if (socket > 0) ::syscall(SYS_close_range, 0U, static_cast<unsigned>(socket) - 1U, 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(socket) + 1U, ~0U, 0U);
  if (now > 0) limit(RLIMIT_AS, now + room);
  limit(RLIMIT_NOFILE, 0);  // counts numbers of descriptors: those that are open stay
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  if constexpr (kArchitecture != 0) allow_few_calls();
}

}  // namespace experiments
