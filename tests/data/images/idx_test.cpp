#include "data/images/idx.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/idx_files.h"

using support::Bytes;

namespace {

Bytes sample() {
  Bytes bytes = support::idx_header({2, 3, 4});
  for (int i = 0; i < 24; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 5));
  return bytes;
}

std::string refusal(const support::TempDir& dir, const Bytes& bytes, int rank = 3) {
  const std::string path = dir.file("x.idx");
  support::write_bytes(path, bytes);
  try {
    data::read_idx(path, rank);
  } catch (const core::InputError& e) {
    CHECK_MESSAGE(std::string(e.what()).find(path) == 0,
                  "message must begin with the file: " << e.what());
    return e.what();
  }
  return "";
}

bool says(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("plain and gzip IDX files read the same") {
  const support::TempDir dir("idx");
  support::write_bytes(dir.file("a"), sample());
  support::write_bytes(dir.file("b"), support::gzip(sample()));
  const core::Tensor a = data::read_idx(dir.file("a"), 3), b = data::read_idx(dir.file("b"), 3);
  CHECK(a.shape() == core::Shape{2, 3, 4});
  CHECK(a.dtype() == core::DType::u8);
  CHECK(a.at(23) == 115);
  CHECK(a.values() == b.values());
}

TEST_CASE("a missing file is named") {
  CHECK(says(support::message_of([] { data::read_idx("/nonexistent/x.gz", 3); }),
             "/nonexistent/x.gz: cannot be read"));
}

TEST_CASE("every wrong header is refused with its reason") {
  const support::TempDir dir("idx");
  Bytes b = sample();
  b[0] = 1;
  CHECK(says(refusal(dir, b), "two zero bytes"));
  CHECK(says(refusal(dir, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}), "but a PNG image"));
  b = sample();
  b[2] = 0x0D;
  CHECK(says(refusal(dir, b), "type 0x0d"));
  CHECK(says(refusal(dir, sample(), 1), "rank must be 1; got 3; are the files of the images"));
  CHECK(refusal(dir, sample(), 2).ends_with("rank must be 2; got 3"));
  CHECK(says(refusal(dir, support::idx_header({0, 3, 4})), "must not be 0"));
  // four extents of 65536 wrap a 64-bit product to zero
  CHECK(
      says(refusal(dir, support::idx_header({65536, 65536, 65536, 65536}), 4), "impossibly large"));
  CHECK(says(refusal(dir, support::idx_header({4000000000u, 4000000000u, 4000000000u})),
             "impossibly large"));
}

TEST_CASE("a plain file must have exactly the size that its header implies") {
  const support::TempDir dir("idx");
  Bytes b = sample();
  b.pop_back();
  CHECK(says(refusal(dir, b), "24 bytes of data; got 23"));
  b = sample();
  b.push_back(0);
  CHECK(says(refusal(dir, b), "24 bytes of data; got 25"));
}

TEST_CASE("every truncation of a plain or gzip file is refused") {
  const support::TempDir dir("idx");
  const Bytes plain = sample(), packed = support::gzip(sample());
  for (std::size_t n = 0; n < plain.size(); ++n)
    CHECK(refusal(dir, {plain.begin(), plain.begin() + static_cast<long>(n)}) != "");
  for (std::size_t n = 0; n < packed.size(); ++n) {
    CAPTURE(n);
    CHECK(refusal(dir, {packed.begin(), packed.begin() + static_cast<long>(n)}) != "");
  }
}

TEST_CASE("a gzip stream may not be longer, shorter, corrupt or followed by anything") {
  const support::TempDir dir("idx");
  Bytes b = sample();
  b.push_back(0);
  CHECK(says(refusal(dir, support::gzip(b)), "go on after the size"));
  b = sample();
  b.pop_back();
  CHECK(says(refusal(dir, support::gzip(b)), "end before the size"));
  b = support::gzip(sample());
  b.push_back(7);
  CHECK(says(refusal(dir, b), "1 bytes follow the end"));
  b = support::gzip(sample());
  b[b.size() - 5] ^= 0xff;  // the checksum
  CHECK(says(refusal(dir, b), "corrupt gzip stream"));
}

TEST_CASE("a header that promises more than the file can hold is refused before allocation") {
  const support::TempDir dir("idx");
  CHECK(says(refusal(dir, support::gzip(support::idx_header({60000, 30000, 30000}))), "more than"));
  CHECK(says(refusal(dir, support::idx_header({60000, 30000, 30000})), "file size must be"));
}

TEST_CASE("a small gzip file may not fill the memory") {
  const support::TempDir dir("idx");
  Bytes b = support::gzip(support::idx_header({60000, 200, 200}));
  b.resize(4 << 20);  // large enough for the ratio
  CHECK(says(refusal(dir, b), "implies 2400000000 bytes; the limit is 1073741824"));
}

TEST_CASE("a pipe or a device in the place of an IDX file is refused at once") {
  const support::TempDir dir("idx");
  REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", dir.file("zero"));
  for (const std::string name : {"pipe", "zero"}) {
    CHECK(says(support::message_of([&] { data::read_idx(dir.file(name), 3); }),
               dir.file(name) + ": must be a regular file"));
  }
}
