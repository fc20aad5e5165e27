#include "data/images/jpeg.h"

#include <turbojpeg.h>

#include <memory>
#include <vector>

#include "core/error.h"
#include "core/system/file.h"
#include "data/images/file_kind.h"

namespace data {
namespace {

using Decoder = std::unique_ptr<void, int (*)(tjhandle)>;

struct Header {
  int width = 0, height = 0, colours = -1;
};

Header read_header(const std::string& path, tjhandle decoder, const unsigned char* bytes,
                   std::size_t size) {
  Header out;
  int subsampling = 0;
  const int status = tjDecompressHeader3(decoder, bytes, size, &out.width, &out.height,
                                         &subsampling, &out.colours);
  // it fails, too, for sampling factors that it has no name for, which are decoded all the same
  core::require_input(path, status == 0 || out.width > 0,
                      "damaged JPEG file, or one of a kind that libjpeg-turbo does not decode: {}",
                      tjGetErrorStr2(decoder));
  core::require_input(path, out.colours >= 0,
                      "JPEG file of an unknown colour space; known: grey, YCbCr, RGB, CMYK, YCCK");
  return out;
}

/// a*b/255, rounded to nearest.
int share(int a, int b) {
  const int x = a * b + 128;
  return ((x >> 8) + x) >> 8;
}

/// Adobe writes inverted inks: 255 is none.  source: ink k darkens, the others darken the rest, as
/// Pillow computes it (rounding included).
void to_rgb(const std::vector<unsigned char>& inks, std::uint8_t* to) {
  for (std::size_t i = 0; i < inks.size(); i += 4) {
    const int white = inks[i + 3];
    for (std::size_t c = 0; c < 3; ++c)
      *to++ = static_cast<std::uint8_t>(white - share(255 - inks[i + c], white));
  }
}

}  // namespace

void decode_jpeg(const std::string& path, std::span<const std::byte> bytes, std::int64_t height,
                 std::int64_t width, std::uint8_t* to) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  core::require_input(path, bytes.size() >= 2 && data[0] == 0xff && data[1] == 0xd8,
                      "not a JPEG file but {}", kind_of(bytes));
  const Decoder decoder(tjInitDecompress(), &tjDestroy);
  if (!decoder) throw core::Error("jpeg: libjpeg-turbo cannot be initialised");
  const Header header = read_header(path, decoder.get(), data, bytes.size());
  core::require_input(path, header.width == width && header.height == height,
                      "image must be {}x{}; got {}x{}", width, height, header.width, header.height);
  const bool inks = header.colours == TJCS_CMYK || header.colours == TJCS_YCCK;
  std::vector<unsigned char> four(inks ? static_cast<std::size_t>(4 * width * height) : 0);
  core::require_input(
      path,
      tjDecompress2(decoder.get(), data, bytes.size(), inks ? four.data() : to, header.width, 0,
                    header.height, inks ? TJPF_CMYK : TJPF_RGB, TJFLAG_LIMITSCANS) == 0,
      "truncated or corrupt JPEG file: {}", tjGetErrorStr2(decoder.get()));
  if (inks) to_rgb(four, to);
}

void decode_jpeg(const std::string& path, std::int64_t height, std::int64_t width,
                 std::uint8_t* to) {
  decode_jpeg(path, core::read_file(path, kMaxJpegBytes), height, width, to);
}

}  // namespace data
