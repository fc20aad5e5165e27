#include "experiments/cli/start.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "core/system/file.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_experiment.h"

namespace {

/// Exit code (or minus the signal) and output of the real program under a limit.
std::pair<int, std::string> under(int resource, rlim_t mb, const std::vector<std::string>& words) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<char*> argv;
    for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    ::dup2(ends[1], 1), ::dup2(ends[1], 2);
    ::close(ends[0]), ::close(ends[1]);
    const rlimit limit{mb << 20, mb << 20};
    ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string text;
  char piece[4096];
  for (ssize_t n; (n = ::read(ends[0], piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text};
}

rlim_t megabytes(std::uint64_t bytes) { return bytes >> 20; }

}  // namespace

TEST_CASE("a refusal names the limit, what it allows and what is needed, in whole megabytes") {
  std::array<char, 200> line{};
  const std::size_t n = experiments::refusal(line, "address space", 400u << 20, (600u << 20) + 1);
  CHECK(std::string(line.data(), n) ==
        "error: the limit of address space is 400 MB; at least 601 MB are needed, less with a "
        "smaller OMP_NUM_THREADS\n");
  std::array<char, 10> little{};
  CHECK(experiments::refusal(little, "x", 0, 0) == 10);
}

TEST_CASE("threads are those of the machine or what the environment says, if that is less") {
  using List = std::array<const char*, 3>;
  const auto threads = [](const List& list) { return experiments::blas_threads(list.data()); };
  const std::uint64_t all = threads({nullptr});
  CHECK(all >= 1);
  CHECK(threads({"OMP_NUM_THREADS=1", nullptr}) == 1);
  CHECK(threads({"OMP_NUM_THREADS=1,4", nullptr}) == 1);
  CHECK(threads({"OMP_NUM_THREADS=99999999999999999999", nullptr}) == all);
  CHECK(threads({"OMP_NUM_THREADS=many", nullptr}) == all);
  CHECK(threads({"OMP_NUM_THREADS=99999", "OPENBLAS_NUM_THREADS=1", nullptr}) == 1);
}

TEST_CASE("closed standard descriptors are opened on /dev/null, others are left alone") {
  for (int closed = 0; closed < 8; ++closed) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int fd = 0; fd < 3; ++fd) {
        if (closed >> fd & 1) ::close(fd);
      }
      experiments::open_standard_descriptors();
      int bad = 0;
      for (int fd = 0; fd < 3; ++fd) {
        char target[64] = {};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        if (::readlink(link.c_str(), target, sizeof target - 1) < 0) ++bad;
        if ((closed >> fd & 1) && std::string(target) != "/dev/null") ++bad;
      }
      ::_exit(bad);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
}

TEST_CASE("a limit below what is needed to start is refused with exit code 2, never a hang" *
          doctest::skip(support::program().empty())) {
  const experiments::LeastMemory least =
      experiments::least_memory(experiments::blas_threads(environ));
  for (const rlim_t mb : {rlim_t{100}, rlim_t{150}, rlim_t{250}, megabytes(least.space) - 1}) {
    const auto [code, text] = under(RLIMIT_AS, mb, {support::program(), "--version"});
    CAPTURE(mb);
    CAPTURE(text);
    // below what the dynamic loader needs it is the loader that says so
    CHECK(
        ((code == 2 && text.find("error: the limit of address space") == 0) ||
         (code == 127 && text.find("error while loading shared libraries") != std::string::npos)));
  }
  const auto [code, text] =
      under(RLIMIT_DATA, megabytes(least.data) - 1, {support::program(), "--version"});
  CHECK(code == 2);
  CHECK(text.find("error: the limit of data") == 0);
}

TEST_CASE("every limit between starting and enough ends with results or one clear refusal" *
          doctest::test_suite("slow")) {
  if (support::program().empty()) {
    MESSAGE("SKIPPED: the program is not built beside the tests");
    return;
  }
  const support::TempDir dir("start_limits");
  const std::string file = support::tiny_experiment(dir);
  const experiments::LeastMemory least =
      experiments::least_memory(experiments::blas_threads(environ));
  int refused = 0, ran = 0;
  for (const auto& [resource, from] :
       {std::pair{RLIMIT_AS, least.space}, std::pair{RLIMIT_DATA, least.data}}) {
    for (const rlim_t more : {0, 40, 80, 160, 320, 640}) {
      const std::string out = dir.file("r");
      std::filesystem::remove_all(out);
      const auto [code, text] = under(static_cast<int>(resource), megabytes(from) + more,
                                      {support::program(), "run", file, "--out", out});
      CAPTURE(more);
      CAPTURE(code);
      CAPTURE(text);
      CHECK((code == 0 || (code == 2 && text.find("error: memory: the limits of a process") !=
                                            std::string::npos)));
      (code == 0 ? ran : refused) += 1;
    }
  }
  MESSAGE(ran << " ran, " << refused << " were refused");
  CHECK(ran >= 2);
}
