#include "experiments/process/confine.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

namespace {

constexpr std::size_t kRoom = std::size_t{64} << 20;

/// What `act` gives in a confined child.
int in_child(const std::function<int(int socket)>& act) {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    experiments::confine(ends[1], kRoom);
    _exit(act(ends[1]));
  }
  ::close(ends[0]);
  ::close(ends[1]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool maps(std::size_t size, int protection) {
  return ::mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

}  // namespace

TEST_CASE("a confined process opens nothing, connects nowhere, starts nothing") {
  CHECK(in_child([](int) { return ::open("/dev/null", O_RDONLY) < 0 ? 7 : 1; }) == 7);
  CHECK(in_child([](int) { return ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? 7 : 1; }) == 7);
  CHECK(in_child([](int) { return ::fork() < 0 ? 7 : 1; }) == 7);
  CHECK(in_child([](int) { return ::unlink("/nowhere") < 0 && errno != ENOENT ? 7 : 1; }) == 7);
}

TEST_CASE("a confined process keeps its socket and no other descriptor") {
  CHECK(in_child([](int socket) {
          char c = 'x';
          const bool others = ::write(1, "", 0) == 0 || ::write(2, "", 0) == 0;
          return !others && ::send(socket, &c, 1, MSG_NOSIGNAL) <= 1 ? 7 : 1;
        }) == 7);
}

TEST_CASE("a confined process has memory up to its room, and none that can be executed") {
  CHECK(in_child([](int) { return maps(kRoom / 2, PROT_READ | PROT_WRITE) ? 7 : 1; }) == 7);
  CHECK(in_child([](int) { return maps(2 * kRoom, PROT_READ | PROT_WRITE) ? 1 : 7; }) == 7);
  CHECK(in_child([](int) { return maps(4096, PROT_READ | PROT_EXEC) ? 1 : 7; }) == 7);
}
