#include "core/system/input_file.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>

#include "core/error.h"
#include "core/system/file.h"
#include "core/system/sha256.h"
#include "tests/support/temp_dir.h"

using core::InputError;
using core::InputFile;

namespace {

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("a file is read in pieces, in sequence and from any place") {
  const support::TempDir dir;
  core::publish(dir.file("a"), "0123456789");
  InputFile file(dir.file("a"));
  CHECK(file.size() == 10);
  std::array<std::byte, 4> piece{};
  CHECK(file.read(piece) == 4);
  CHECK(text(piece) == "0123");
  CHECK(file.read_at(7, piece) == 3);
  CHECK(text(std::span(piece).first(3)) == "789");
  CHECK(file.read(piece) == 4);
  CHECK(text(piece) == "4567");
  CHECK(file.read(piece) == 2);
  CHECK(file.read(piece) == 0);
  CHECK(file.read_at(100, piece) == 0);
}

TEST_CASE("pipes, devices, sockets and directories are refused at once, by every reader") {
  const support::TempDir dir;
  const std::string pipe = dir.file("pipe"), socket = dir.file("socket");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
  const std::array<std::pair<std::string, const char*>, 5> all{
      {{pipe, "must be a regular file; it is a pipe"},
       {"/dev/zero", "must be a regular file; it is a device"},
       {"/dev/null", "must be a regular file; it is a device"},
       {socket, "must be a regular file; it is a socket"},
       {dir.path(), "cannot be read: Is a directory"}}};
  for (const auto& [path, why] : all) {
    const std::string message = path + ": " + why;
    CHECK_THROWS_WITH_AS(InputFile{path}, message.c_str(), InputError);
    CHECK_THROWS_WITH_AS(core::read_file(path), message.c_str(), InputError);
    CHECK_THROWS_WITH_AS(core::sha256_file(path), message.c_str(), InputError);
  }
}

TEST_CASE("what cannot be opened says why") {
  const support::TempDir dir;
  CHECK_THROWS_WITH_AS(InputFile{"/nonexistent/f"},
                       "/nonexistent/f: cannot be read: No such file or directory", InputError);
  REQUIRE(::symlink(dir.file("loop").c_str(), dir.file("loop").c_str()) == 0);
  CHECK_THROWS_WITH_AS(InputFile{dir.file("loop")}, doctest::Contains("Too many levels"),
                       InputError);
}
