// JPEG images of up to 64 x 64 pixels.  libjpeg-turbo is not instrumented, so the buffer has
// guard bytes, and is filled with two patterns: every pixel must be written, and nothing else.
#include "data/jpeg.h"

#include <turbojpeg.h>

#include <algorithm>
#include <memory>

#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::size_t kGuard = 64;
constexpr int kSide = 64;

struct Size {
  int width = 32, height = 32;
};

/// The size that the file claims, where the test can afford it: most readers ask for 32 x 32.
Size size_of(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
  Size s;
  int subsampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, size, &s.width, &s.height, &subsampling, &colours) !=
          0 ||
      s.width > kSide || s.height > kSide || s.width < 1 || s.height < 1)
    return {};
  return s;
}

/// Pixels over a buffer that was filled with `fill`; empty when the image is refused.
std::vector<std::uint8_t> pixels(std::span<const std::byte> image, Size s, std::uint8_t fill) {
  const std::size_t bytes = static_cast<std::size_t>(s.width) * s.height * 3;
  std::vector<std::uint8_t> buffer(bytes + 2 * kGuard, fill);
  const bool good =
      fuzz::accepts([&] { data::decode_jpeg("input", image, s.height, s.width, buffer.data() + kGuard); });
  const auto untouched = [fill](std::uint8_t b) { return b == fill; };
  fuzz::require(std::all_of(buffer.begin(), buffer.begin() + kGuard, untouched) &&
                    std::all_of(buffer.end() - kGuard, buffer.end(), untouched),
                "nothing is written beside the pixels");
  if (!good) return {};
  return {buffer.begin() + kGuard, buffer.end() - kGuard};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto image = std::as_bytes(std::span(data, size));
  const Size s = size_of(data, size);
  fuzz::require(pixels(image, s, 0x00) == pixels(image, s, 0xFF), "every pixel is written");
  return 0;
}
