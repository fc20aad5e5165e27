#include "data/fingerprint.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "core/error.h"
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
