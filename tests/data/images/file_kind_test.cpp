#include "data/images/file_kind.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/jpeg_files.h"

namespace {

std::string kind_of(std::string_view content) {
  return std::string(data::kind_of(std::as_bytes(std::span(content))));
}

}  // namespace

TEST_CASE("a file is named by what it begins with") {
  using namespace std::string_view_literals;
  CHECK(kind_of("") == "an empty file");
  CHECK(kind_of("\xff\xd8\xff\xe0"sv) == "a JPEG image");
  CHECK(kind_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv) == "a PNG image");
  CHECK(kind_of("RIFF\x10\0\0\0WEBPVP8 "sv) == "a WebP image");
  CHECK(kind_of("\0\0\0\x1c"
                "ftypavif"sv) == "an AVIF image");
  CHECK(kind_of("\0\0\0\x18"
                "ftypheic"sv) == "a HEIF image or a film");
  CHECK(kind_of("\0\0\x08\x03\0\0"sv) == "an IDX file of images");
  CHECK(kind_of("\0\0\x08\x02\0\0"sv) == "an IDX file");
  CHECK(kind_of("<!DOCTYPE html>\n<title>404"sv) == "a web page");
  CHECK(kind_of("version https://git-lfs.github.com/spec/v1\n"sv).find("LFS") != std::string::npos);
  CHECK(kind_of("hello\n"sv) == "text");
  CHECK(kind_of(std::string(100, '\0')) == "a file of zero bytes");
  CHECK(kind_of("\x01\x02\x03"sv) == "data of an unknown kind");
  CHECK(kind_of("\x89PN"sv) == "data of an unknown kind");  // shorter than the signature
}

TEST_CASE("a tar archive is known by its mark, which comes late") {
  std::string tar = "some/name" + std::string(600, '\0');
  tar.replace(257, 5, "ustar");
  CHECK(kind_of(tar) == "a tar archive");
  CHECK(kind_of(tar.substr(0, 259)) == "data of an unknown kind");
}

TEST_CASE("what libjpeg-turbo and zlib write is known") {
  const support::Bytes image = support::jpeg_image(8, 1), packed = support::gzip({1, 2});
  CHECK(data::kind_of(std::as_bytes(std::span(image))) == "a JPEG image");
  CHECK(data::kind_of(std::as_bytes(std::span(packed))) == "a gzip file");
}
