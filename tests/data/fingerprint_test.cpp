#include "data/fingerprint.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "core/error.h"
#include "core/system/threads.h"
#include "tests/support/idx_files.h"

TEST_CASE("the fingerprint is the SHA-256 of what sha256sum prints") {
  const support::TempDir dir("fingerprint");
  support::write_bytes(dir.file("a.bin"), {1, 2, 3});
  support::write_bytes(dir.file("sub/b.bin"), support::Bytes(100000, 7));
  const std::string command =
      "cd " + dir.path() +
      " && sha256sum a.bin sub/b.bin | sha256sum | cut -c1-64 | tr -d '\\n' > out";
  REQUIRE(std::system(command.c_str()) == 0);
  const support::Bytes expected = support::read_bytes(dir.file("out"));
  CHECK(data::fingerprint_of(dir.path(), {"a.bin", "sub/b.bin"}) ==
        std::string(expected.begin(), expected.end()));
  CHECK_THROWS_AS(data::fingerprint_of(dir.path(), {"absent"}), core::InputError);
}

TEST_CASE("the first file in order that does not pass is named, whatever the number of threads") {
  const support::TempDir dir("fingerprint");
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) {
    names.push_back(std::to_string(i));
    support::write_bytes(dir.file(names.back()), {static_cast<std::uint8_t>(i >= 120)});
  }
  const int before = core::threads();
  for (const int threads : {1, 2, 5}) {
    core::set_threads(threads);
    const std::string message = support::message_of([&] {
      data::fingerprint_of(dir.path(), names, 10,
                           [](const std::string& path, std::span<const std::byte> bytes) {
                             core::require_input(path, bytes[0] == std::byte{0}, "not 0");
                           });
    });
    CHECK(message == dir.file("120") + ": not 0");
  }
  core::set_threads(before);
}

TEST_CASE("pipes, devices and files above the limit are refused without being read") {
  const support::TempDir dir("fingerprint");
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", dir.file("zero"));
  support::write_bytes(dir.file("large"), support::Bytes(11, 7));
  for (const std::string name : {"pipe", "zero", "large"}) {
    const std::string message =
        support::message_of([&] { data::fingerprint_of(dir.path(), {name}, 10); });
    CAPTURE(message);
    CHECK(message.starts_with(dir.file(name) + ": "));
    CHECK(message.find(name == "large" ? "larger than 10 bytes; got 11" : "a regular file") !=
          std::string::npos);
  }
}
