#include "data/jpeg.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/support/jpeg_files.h"
#include "tests/support/python.h"

TEST_CASE("damaged, foreign and wrongly sized files are refused by name") {
  const support::TempDir dir("jpeg");
  const std::string path = dir.file("a.jpg");
  support::Bytes out(32 * 32 * 3);
  const support::Bytes good = support::jpeg_image(32, 1);
  const auto refusal = [&](const support::Bytes& bytes) {
    support::write_bytes(path, bytes);
    const std::string message =
        support::message_of([&] { data::decode_jpeg(path, 32, 32, out.data()); });
    CHECK((message.empty() || message.find(path) == 0));
    return message;
  };
  CHECK(refusal(good).empty());
  CHECK(refusal({}).find("1 to") != std::string::npos);
  CHECK(refusal({'G', 'I', 'F', '8'}).find("not a JPEG") != std::string::npos);
  CHECK(refusal(support::jpeg_image(16, 1)).find("must be 32x32; got 16x16") != std::string::npos);
  for (std::size_t n = 0; n < good.size() - 2; n += 7) {
    CAPTURE(n);
    CHECK(!refusal({good.begin(), good.begin() + static_cast<long>(n)}).empty());
  }
  CHECK(support::message_of([&] {
          data::decode_jpeg("/nonexistent.jpg", 32, 32, out.data());
        }).find("cannot be opened") != std::string::npos);
}

TEST_CASE("decoded bytes equal Pillow's") {
  SKIP_WITHOUT_PYTHON("PIL");
  const support::TempDir dir("jpeg");
  for (int i = 0; i < 8; ++i) {
    const std::string path = dir.file(std::to_string(i) + ".jpg");
    support::write_bytes(path, support::jpeg_image(32, i, 40 + 7 * i));
  }
  REQUIRE(support::run_reference("decode_jpeg.py", dir.path()) == 0);
  for (int i = 0; i < 8; ++i) {
    support::Bytes ours(32 * 32 * 3);
    data::decode_jpeg(dir.file(std::to_string(i) + ".jpg"), 32, 32, ours.data());
    CHECK(ours == support::read_bytes(dir.file(std::to_string(i) + ".rgb")));
  }
}
