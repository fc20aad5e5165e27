#include "data/images/jpeg.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "core/error.h"
#include "tests/support/jpeg_files.h"
#include "tests/support/python.h"

using support::Bytes;

namespace {

/// 32x32, luma 4x2 and chroma 1x1: sampling factors that TurboJPEG has no name for.  Written with
/// libjpeg (comp_info[0].h_samp_factor = 4, v_samp_factor = 2, quality 30, optimize_coding).
const std::string kOddFactors =
    "ffd8ffe000104a46494600010100000100010000ffdb0043001b12141714111b1716171e1c1b2028422b28252528"
    "513a3d3042605565645f555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffdb00"
    "43011c1e1e2823284e2b2b4ea46e5d6ea4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4"
    "a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4ffc00011080020002003014200021101031101ffc40015000101"
    "00000000000000000000000000000305ffc400161000030000000000000000000000000000000203ffc400160101"
    "010100000000000000000000000000040305ffc40017110003010000000000000000000000000000020304ffda00"
    "0c03010002110311003f008ab3156632cc65982b319662acc6599777119680acc6598ab319660acc6598ab319660"
    "ddccfcb43fffd9";

Bytes from_hex(const std::string& hex) {
  Bytes out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

/// A segment put before the others, behind the start of the image.
Bytes with_segment(Bytes jpeg, std::uint8_t marker, const std::string& payload) {
  const std::size_t length = payload.size() + 2;
  Bytes segment{0xff, marker, static_cast<std::uint8_t>(length >> 8),
                static_cast<std::uint8_t>(length)};
  segment.insert(segment.end(), payload.begin(), payload.end());
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

/// Without the segment behind the start of the image, which must have this marker.
Bytes without_segment(Bytes jpeg, std::uint8_t marker) {
  REQUIRE(jpeg.at(3) == marker);
  jpeg.erase(jpeg.begin() + 2, jpeg.begin() + 4 + jpeg.at(4) * 256 + jpeg.at(5));
  return jpeg;
}

std::string adobe(char transform) { return std::string("Adobe\0\x64\0\0\0\0", 11) + transform; }

/// Every form that is decoded, by a name.
std::vector<std::pair<std::string, Bytes>> forms(int side) {
  std::vector<std::pair<std::string, Bytes>> out;
  const auto add = [&](std::string name, Bytes bytes) {
    out.emplace_back(std::move(name), std::move(bytes));
  };
  const std::pair<int, std::string> samplings[] = {{TJSAMP_444, "444"},
                                                   {TJSAMP_422, "422"},
                                                   {TJSAMP_420, "420"},
                                                   {TJSAMP_440, "440"},
                                                   {TJSAMP_411, "411"}};
  for (const auto& [sampling, name] : samplings) {
    const support::JpegForm form{.subsampling = sampling};
    add("ycc_" + name, support::jpeg_image(side, 3, 90, form));
    add("ycck_" + name, support::jpeg_image(side, 3, 90, {.inks = true, .subsampling = sampling}));
    add("progressive_" + name,
        support::jpeg_image(side, 3, 90, {.subsampling = sampling, .progressive = true}));
  }
  add("grey", support::jpeg_image(side, 3, 90, {.subsampling = TJSAMP_GRAY}));
  ::setenv("TJ_ARITHMETIC", "1", 1);  // TurboJPEG's only way to ask for it
  add("arithmetic", support::jpeg_image(side, 4));
  add("arithmetic_ycck", support::jpeg_image(side, 4, 90, {.inks = true}));
  ::unsetenv("TJ_ARITHMETIC");
  const Bytes full = support::jpeg_image(side, 5, 90, {.subsampling = TJSAMP_444});
  add("rgb", with_segment(without_segment(full, 0xe0), 0xee, adobe(0)));
  const Bytes inks = support::jpeg_image(side, 6, 90, {.inks = true, .subsampling = TJSAMP_444});
  add("cmyk", with_segment(without_segment(inks, 0xee), 0xee, adobe(0)));
  add("cmyk_without_adobe", without_segment(inks, 0xee));
  // orientation 6 (turned by 90 degrees), which neither side applies
  add("exif", with_segment(full, 0xe1,
                           std::string("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"
                                       "\0\x06\0\0\0\0\0\0",
                                       32)));
  return out;
}

}  // namespace

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
  CHECK(refusal({}).find("not a JPEG file but an empty file") != std::string::npos);
  CHECK(refusal({'G', 'I', 'F', '8'}).find("not a JPEG file but a GIF image") != std::string::npos);
  CHECK(refusal({0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}).find("a PNG image") !=
        std::string::npos);
  CHECK(refusal(support::jpeg_image(16, 1)).find("must be 32x32; got 16x16") != std::string::npos);
  for (std::size_t n = 0; n < good.size() - 2; n += 7) {
    CAPTURE(n);
    CHECK(!refusal({good.begin(), good.begin() + static_cast<long>(n)}).empty());
  }
  CHECK(support::message_of([&] {
          data::decode_jpeg("/nonexistent.jpg", 32, 32, out.data());
        }).find("cannot be read") != std::string::npos);
}

TEST_CASE("files of a kind that is not decoded say so, and are not called damaged") {
  Bytes out(32 * 32 * 3);
  const auto refusal = [&](Bytes bytes) {
    return support::message_of(
        [&] { data::decode_jpeg("a.jpg", std::as_bytes(std::span(bytes)), 32, 32, out.data()); });
  };
  Bytes lossless = support::jpeg_image(32, 1), deep = lossless;
  for (std::size_t i = 0; i + 4 < lossless.size(); ++i) {
    if (lossless[i] == 0xff && lossless[i + 1] == 0xc0) {  // start of a baseline frame
      lossless[i + 1] = 0xc3;
      deep[i + 4] = 12;
      break;
    }
  }
  CHECK(refusal(lossless).find("does not decode: Unsupported JPEG process: SOF type 0xc3") !=
        std::string::npos);
  CHECK(refusal(deep).find("does not decode: Unsupported JPEG data precision 12") !=
        std::string::npos);
}

TEST_CASE("a pipe or a device in the place of an image is refused at once") {
  const support::TempDir dir("jpeg");
  Bytes out(32 * 32 * 3);
  REQUIRE(mkfifo(dir.file("a.jpg").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", dir.file("b.jpg"));
  for (const std::string name : {"a.jpg", "b.jpg"}) {
    const std::string message =
        support::message_of([&] { data::decode_jpeg(dir.file(name), 32, 32, out.data()); });
    CAPTURE(message);
    CHECK(message.starts_with(dir.file(name) + ": must be a regular file"));
  }
}

TEST_CASE("inks are taken for inverted, and sampling factors without a name are no obstacle") {
  Bytes out(32 * 32 * 3), cyan, white;
  for (int i = 0; i < 32 * 32; ++i) {
    cyan.insert(cyan.end(), {0, 255, 255, 255});
    white.insert(white.end(), {255, 255, 255, 255});
  }
  const auto decoded = [&](const Bytes& inks) {
    const Bytes bytes = support::encode_jpeg(inks, 32, 100, {.inks = true});
    data::decode_jpeg("a.jpg", std::as_bytes(std::span(bytes)), 32, 32, out.data());
    return Bytes(out.begin() + 3000, out.begin() + 3003);
  };
  CHECK(decoded(white) == Bytes{255, 255, 255});
  const Bytes c = decoded(cyan);
  CHECK(c[0] <= 2);
  CHECK(c[1] >= 253);
  CHECK(c[2] >= 253);
  const Bytes odd = from_hex(kOddFactors);
  CHECK_NOTHROW(data::decode_jpeg("a.jpg", std::as_bytes(std::span(odd)), 32, 32, out.data()));
}

TEST_CASE("decoded bytes equal Pillow's") {
  SKIP_WITHOUT_PYTHON("PIL");
  const support::TempDir dir("jpeg");
  std::vector<std::pair<std::string, int>> made;
  const auto write = [&](const std::string& name, int side, const Bytes& bytes) {
    support::write_bytes(dir.file(name + ".jpg"), bytes);
    made.emplace_back(name, side);
  };
  for (int i = 0; i < 8; ++i) write(std::to_string(i), 32, support::jpeg_image(32, i, 40 + 7 * i));
  for (const int side : {32, 45, 1}) {
    for (const auto& [name, bytes] : forms(side)) write(name + std::to_string(side), side, bytes);
  }
  write("odd", 32, from_hex(kOddFactors));
  REQUIRE(support::run_reference("decode_jpeg.py", dir.path()) == 0);
  for (const auto& [name, side] : made) {
    CAPTURE(name);
    Bytes ours(static_cast<std::size_t>(side * side * 3));
    data::decode_jpeg(dir.file(name + ".jpg"), side, side, ours.data());
    CHECK(ours == support::read_bytes(dir.file(name + ".rgb")));
  }
}
