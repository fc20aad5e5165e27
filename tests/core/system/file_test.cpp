#include "core/system/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/error.h"
#include "tests/support/temp_dir.h"

namespace fs = std::filesystem;
using core::InputError;
using core::publish;
using core::read_text;
using support::TempDir;

namespace {

std::string host() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

std::size_t entries(const TempDir& dir) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()));
}

/// The message of the InputError that `act` throws, or an empty string.
template <class Act>
std::string message_of(Act act) {
  try {
    act();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

/// A pid that no process has: that of a child which was waited for.
pid_t dead_pid() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  return pid;
}

}  // namespace

TEST_CASE("what is published is read back, also when empty and over an older file") {
  const TempDir dir;
  const std::string path = dir.file("a.txt");
  publish(path, "first, and longer than the second");
  publish(path, "second");
  CHECK(read_text(path) == "second");
  publish(path, "");
  CHECK(read_text(path).empty());
  std::string large(3'000'000, 'x');
  large += '\0';
  publish(path, large);
  CHECK(read_text(path) == large);
  CHECK(entries(dir) == 1);
}

TEST_CASE("a relative path without a directory is published in the working directory") {
  const TempDir dir;
  const fs::path before = fs::current_path();
  fs::current_path(dir.path());
  publish("plain", "x");
  fs::current_path(before);
  CHECK(read_text(dir.file("plain")) == "x");
}

TEST_CASE("reading what is absent, a directory, or larger than the limit is an input error") {
  const TempDir dir;
  CHECK_THROWS_WITH_AS(core::read_file("/nonexistent/f"),
                       "/nonexistent/f: cannot be read: No such file or directory", InputError);
  CHECK(message_of([&] { core::read_file(dir.path()); }) ==
        dir.path() + ": cannot be read: Is a directory");
  publish(dir.file("a"), "12345");
  CHECK(read_text(dir.file("a"), 5) == "12345");
  CHECK(message_of([&] { read_text(dir.file("a"), 4); }) ==
        dir.file("a") + ": file must not be larger than 4 bytes; got 5");
}

TEST_CASE("a file whose size is unknown beforehand is read to its end") {
  CHECK(read_text("/proc/self/status").find("Pid:") != std::string::npos);  // its size says 0
}

TEST_CASE(
    "publishing where nothing can be written names path, reason and need, and leaves nothing") {
  const TempDir dir;
  const std::string message = message_of([&] { publish(dir.file("missing/a"), "x"); });
  CHECK(message == dir.file("missing/a") +
                       ": cannot be written: create: No such file or directory; 1 byte needed");
  fs::create_directory(dir.file("taken"));
  CHECK(message_of([&] { publish(dir.file("taken"), "x"); }).find("is not a regular file") !=
        std::string::npos);
  CHECK(entries(dir) == 1);
}

TEST_CASE("devices and pipes are never replaced") {
  const TempDir dir;
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS(publish(dir.file("pipe"), "x"), InputError);
  CHECK(fs::is_fifo(dir.file("pipe")));
}

TEST_CASE("a file-size limit is a clean error at every size, and no partial file is left") {
  const TempDir dir;
  const std::string content(100'000, 'x');
  publish(dir.file("old"), "old content");
  const pid_t child = fork();
  if (child == 0) {  // the limit must not hit the test itself
    signal(SIGXFSZ, SIG_IGN);
    int bad = 0;
    for (rlim_t limit = 0; limit < 100'000; limit += 1999) {
      const rlimit to{limit, RLIM_INFINITY};
      if (setrlimit(RLIMIT_FSIZE, &to) != 0) _exit(100);
      for (const char* name : {"new", "old"}) {
        const std::string message = message_of([&] { publish(dir.file(name), content); });
        if (message.find((dir.file(name)) +
                         ": cannot be written: write: File too large; 100 kB needed; ") != 0)
          ++bad;
        if (message.find(" free") == std::string::npos) ++bad;
      }
      if (fs::exists(dir.file("new")) || entries(dir) != 1 ||
          read_text(dir.file("old")) != "old content")
        ++bad;
    }
    _exit(bad == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a full disk is a clean error with the free space, and no partial file is left") {
  // A file system of 256 kB in a mount namespace of the child's own; without the privilege to make
  // one the file-size test above stands alone.
  const TempDir dir;
  constexpr int kNoPrivilege = 77;
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
      _exit(kNoPrivilege);
    }
    int bad = 0;
    const std::string message =
        message_of([&] { publish(dir.file("a"), std::string(1'000'000, 'x')); });
    if (message.find("write: No space left on device; 1 MB needed; 262 kB free") ==
        std::string::npos)
      ++bad;
    if (entries(dir) != 0) ++bad;
    publish(dir.file("a"), std::string(100'000, 'x'));
    if (fs::file_size(dir.file("a")) != 100'000) ++bad;
    _exit(bad);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoPrivilege) {
    MESSAGE("SKIPPED: no permission to mount a small file system");
  } else {
    CHECK(WEXITSTATUS(status) == 0);
  }
}

TEST_CASE("a writer killed at any moment leaves the whole file or none") {
  const TempDir dir;
  const std::string path = dir.file("cell.h5");
  const std::string content(2'000'000, 'y');
  int whole = 0, absent = 0;
  for (int kill_number = 0; kill_number < 50; ++kill_number) {
    fs::remove(path);
    const pid_t child = fork();
    if (child == 0) {
      publish(path, content);
      pause();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(137 * kill_number));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    if (fs::exists(path)) {
      ++whole;
      REQUIRE(fs::file_size(path) == content.size());
      REQUIRE(read_text(path) == content);
    } else {
      ++absent;
    }
  }
  CHECK(whole + absent == 50);
  CHECK(absent > 0);  // the first kill comes at once
  fs::remove(path);
  const auto orphans = static_cast<int>(entries(dir));
  CHECK(core::sweep_orphans(dir.path()) == orphans);
  CHECK(entries(dir) == 0);
}

TEST_CASE("sweeping removes only temporary files whose writer is gone") {
  const TempDir dir;
  const auto touch = [&](const std::string& name) { std::ofstream(dir.file(name)) << "x"; };
  const std::string dead = std::to_string(dead_pid()), alive = std::to_string(getpid());
  touch("a.h5.tmp." + host() + "." + dead + ".0");
  touch("a.h5.tmp.old.host.example." + dead + ".3");
  fs::last_write_time(dir.file("a.h5.tmp.old.host.example." + dead + ".3"),
                      fs::file_time_type::clock::now() - std::chrono::hours(25));
  const std::vector<std::string> kept{
      "a.h5",
      "a.h5.tmp." + host() + "." + alive + ".0",
      "a.h5.tmp.other-host." + dead + ".0",  // fresh: perhaps being written
      "a.h5.tmp.",
      "a.h5.tmp.x",
      "a.h5.tmp." + host() + ".0.0",
      "a.h5.tmp." + host() + ".-1.0",
      "a.h5.tmp." + host() + "." + dead + ".x",
      ".tmp." + host() + "." + dead + ".0"};
  for (const std::string& name : kept) touch(name);
  CHECK(core::sweep_orphans(dir.path()) == 2);
  for (const std::string& name : kept) CHECK_MESSAGE(fs::exists(dir.file(name)), name);
  CHECK(core::sweep_orphans(dir.file("missing")) == 0);
}

TEST_CASE("publishing removes what killed writers of the same file left, and nothing else") {
  const TempDir dir;
  const std::string dead = std::to_string(dead_pid());
  const auto temporary = [&](const std::string& name) {
    return name + ".tmp." + host() + "." + dead + ".0";
  };
  for (const char* name : {"a.h5", "b.h5", "a.h5.more"})
    std::ofstream(dir.file(temporary(name))) << "x";
  publish(dir.file("a.h5"), "new");
  CHECK(!fs::exists(dir.file(temporary("a.h5"))));
  CHECK(fs::exists(dir.file(temporary("b.h5"))));
  CHECK(fs::exists(dir.file(temporary("a.h5.more"))));
}

TEST_CASE("the temporary file of a writer that lives is kept, whatever its pid says") {
  const TempDir dir;
  // as a process in another pid namespace leaves it: locked, with a pid that nobody has here
  const std::string name = dir.file("a.h5.tmp." + host() + "." + std::to_string(dead_pid()) + ".0");
  std::ofstream(name) << "x";
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(fd, LOCK_EX | LOCK_NB) == 0);
  publish(dir.file("a.h5"), "new");
  CHECK(core::sweep_orphans(dir.path()) == 0);
  CHECK(fs::exists(name));
  ::close(fd);
  CHECK(core::sweep_orphans(dir.path()) == 1);
}

TEST_CASE("writers that publish and sweep one file at once all succeed") {
  const TempDir dir;
  const std::string path = dir.file("a.h5"), content(100'000, 'z');
  std::vector<pid_t> children;
  for (int k = 0; k < 4; ++k) {
    children.push_back(fork());
    if (children.back() == 0) {
      int bad = 0;
      for (int i = 0; i < 50; ++i)
        if (!message_of([&] { publish(path, content); }).empty()) ++bad;
      _exit(bad);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  CHECK(read_text(path) == content);
  CHECK(entries(dir) == 1);
}

TEST_CASE("a file larger than the memory that is left is refused before it is read") {
  const TempDir dir;
  std::ofstream(dir.file("huge")) << "x";
  fs::resize_file(dir.file("huge"), std::uintmax_t{1} << 43);  // sparse
  CHECK(message_of([&] {
          core::read_file(dir.file("huge"));
        }).find("huge: the file has 8796.1 GB; there are ") != std::string::npos);
}

TEST_CASE("sizes are told with three digits, however small they are") {
  CHECK(core::size_text(0) == "0 bytes");
  CHECK(core::size_text(999) == "999 bytes");
  CHECK(core::size_text(26'310) == "26.3 kB");
  CHECK(core::size_text(999'999) == "1 MB");
  CHECK(core::size_text(2'200'000) == "2.2 MB");
  CHECK(core::size_text(123'456'789) == "123 MB");
  CHECK(core::size_text(5'000'000'000) == "5.0 GB");
}

TEST_CASE("make_directories makes parents, accepts what exists, and names what is in the way") {
  const TempDir dir;
  core::make_directories(dir.file("a/b/c"));
  core::make_directories(dir.file("a/b/c"));
  CHECK(fs::is_directory(dir.file("a/b/c")));
  publish(dir.file("file"), "x");
  CHECK(message_of([&] { core::make_directories(dir.file("file")); }) ==
        dir.file("file") + ": directory cannot be made: Not a directory");
  CHECK_THROWS_AS(core::make_directories(dir.file("file/below")), InputError);
}
