#include "core/system/scratch_file.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "core/error.h"
#include "tests/support/temp_dir.h"

using core::ScratchFile;

namespace {

std::size_t entries(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                std::filesystem::directory_iterator()));
}

/// MiB of this process that lie in memory.
double resident() {
  std::ifstream in("/proc/self/statm");
  double all = 0, pages = 0;
  in >> all >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace

TEST_CASE("what is written is read, also after it left memory") {
  const support::TempDir dir("scratch_file");
  ScratchFile file(10'000'000, dir.path());
  std::vector<std::byte> text(3'000'000, std::byte{7});
  file.write(4'000'001, text.data(), text.size());
  file.bytes()[0] = std::byte{3};
  for (int i = 0; i < 2; ++i) {
    CHECK(std::memcmp(file.bytes() + 4'000'001, text.data(), text.size()) == 0);
    CHECK(file.bytes()[4'000'000] == std::byte{0});
    CHECK(file.bytes()[0] == std::byte{3});
    file.release();
  }
}

TEST_CASE("writing takes no memory, and what was read leaves it on release") {
  const support::TempDir dir("scratch_memory");
  constexpr std::size_t kBytes = 64 << 20;
  ScratchFile file(kBytes, dir.path());
  const std::vector<std::byte> piece(1 << 20, std::byte{1});
  const double before = resident();
  for (std::size_t at = 0; at < kBytes; at += piece.size())
    file.write(at, piece.data(), piece.size());
  CHECK(resident() - before < 8);
  std::size_t sum = 0;
  for (std::size_t at = 0; at < kBytes; at += 4096)
    sum += std::to_integer<std::size_t>(file.bytes()[at]);
  CHECK(sum == kBytes / 4096);
  CHECK(resident() - before > 56);
  file.release();
  CHECK(resident() - before < 8);
}

TEST_CASE("a scratch file has no name, so that nothing is left of a process that is killed") {
  const support::TempDir dir("scratch_killed");
  const pid_t child = ::fork();
  if (child == 0) {
    const ScratchFile file(1 << 20, dir.path());
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(entries(dir.path()) == 0);
  const ScratchFile file(1 << 20, dir.path());
  CHECK(entries(dir.path()) == 0);
}

TEST_CASE("a disk without room is one error that names folder, need and room, before any write") {
  const support::TempDir dir("scratch_full");
  try {
    const ScratchFile file(std::size_t{1} << 50, dir.path());
    FAIL("a petabyte was found");
  } catch (const core::InputError& e) {
    const std::string what = e.what();
    CHECK(what.find(dir.path()) == 0);
    CHECK(what.find("1125899.9 GB") != std::string::npos);
    CHECK(what.find("B free") != std::string::npos);
  }
  CHECK(entries(dir.path()) == 0);
  CHECK_THROWS_AS(ScratchFile(1, dir.file("missing")), core::InputError);
}

TEST_CASE("the room of a folder is told, and whether it is memory") {
  const support::TempDir dir("scratch_room");
  CHECK(core::scratch_room(dir.path()).free_bytes > 0);
  if (std::filesystem::exists("/dev/shm")) CHECK(core::scratch_room("/dev/shm").memory);
  CHECK_THROWS_AS(core::scratch_room(dir.file("missing")), core::InputError);
}
