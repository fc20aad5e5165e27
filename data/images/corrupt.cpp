#include "data/images/corrupt.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace data {
namespace {

struct NamedCorruption {
  const char* name;
  Corruption kind;
  std::array<double, 5> strength;  // by severity
};
constexpr std::array<NamedCorruption, 3> kCorruptions{
    {{"gaussian_noise", Corruption::gaussian_noise, {0.04, 0.06, 0.08, 0.09, 0.10}},
     {"blur", Corruption::blur, {0.4, 0.6, 0.7, 0.8, 1.0}},
     {"contrast", Corruption::contrast, {0.75, 0.5, 0.4, 0.3, 0.15}}}};

struct Image {
  std::uint8_t* pixels;
  std::int64_t H, W, C;
  std::int64_t size() const { return H * W * C; }
};

std::uint8_t byte_of(double x) {
  return static_cast<std::uint8_t>(std::clamp<long>(std::lround(x), 0, 255));
}

void add_noise(const Image& image, double std, core::Rng rng) {
  const core::Tensor noise = rng.normal({image.size()}, 0.0, 255.0 * std);
  const auto n = noise.data<float>();
  for (std::int64_t i = 0; i < image.size(); ++i)
    image.pixels[i] =
        byte_of(image.pixels[i] + static_cast<double>(n[static_cast<std::size_t>(i)]));
}

/// One direction of the blur: `count` values `stride` apart, edges repeated.
void blur_line(double* line, std::int64_t count, std::int64_t stride,
               const std::vector<double>& kernel, std::vector<double>& scratch) {
  const auto radius = static_cast<std::int64_t>(kernel.size() / 2);
  scratch.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) scratch[static_cast<std::size_t>(i)] = line[i * stride];
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (std::int64_t k = -radius; k <= radius; ++k) {
      const auto at = static_cast<std::size_t>(std::clamp<std::int64_t>(i + k, 0, count - 1));
      sum += kernel[static_cast<std::size_t>(k + radius)] * scratch[at];
    }
    line[i * stride] = sum;
  }
}

void blur(const Image& image, double sigma) {
  const auto radius = static_cast<std::int64_t>(std::ceil(3 * sigma));
  std::vector<double> kernel;
  double total = 0;
  for (std::int64_t k = -radius; k <= radius; ++k) {
    kernel.push_back(std::exp(-static_cast<double>(k * k) / (2 * sigma * sigma)));
    total += kernel.back();
  }
  for (double& k : kernel) k /= total;
  std::vector<double> values(image.pixels, image.pixels + image.size()), scratch;
  for (std::int64_t y = 0; y < image.H; ++y) {
    for (std::int64_t c = 0; c < image.C; ++c)
      blur_line(values.data() + y * image.W * image.C + c, image.W, image.C, kernel, scratch);
  }
  for (std::int64_t x = 0; x < image.W * image.C; ++x)
    blur_line(values.data() + x, image.H, image.W * image.C, kernel, scratch);
  std::transform(values.begin(), values.end(), image.pixels, byte_of);
}

void lower_contrast(const Image& image, double left) {
  const std::int64_t count = image.H * image.W;
  for (std::int64_t c = 0; c < image.C; ++c) {
    double mean = 0;
    for (std::int64_t p = 0; p < count; ++p) mean += image.pixels[p * image.C + c];
    mean /= static_cast<double>(count);
    for (std::int64_t p = 0; p < count; ++p) {
      std::uint8_t& x = image.pixels[p * image.C + c];
      x = byte_of(mean + left * (x - mean));
    }
  }
}

}  // namespace

std::vector<std::string> corruption_names() {
  std::vector<std::string> out;
  for (const NamedCorruption& c : kCorruptions) out.push_back(c.name);
  return out;
}

Corruption corruption_named(std::string_view name) {
  for (const NamedCorruption& c : kCorruptions) {
    if (c.name == name) return c.kind;
  }
  throw core::InputError(fmt::format("corruption: unknown name '{}'{}", name,
                                     core::known_hint(name, corruption_names())));
}

void corrupt(core::Tensor& pixels, Corruption kind, int severity, const core::Rng& rng) {
  core::require("corrupt",
                pixels.shape().rank() == 4 && pixels.dtype() == core::DType::u8 && severity >= 1 &&
                    severity <= 5,
                "pixels must be u8 of rank 4, severity 1 to 5; got {} {}, severity {}",
                pixels.dtype(), pixels.shape(), severity);
  const core::Shape shape = pixels.shape();
  Image image{pixels.writable<std::uint8_t>().data(), shape[1], shape[2], shape[3]};
  const double strength =
      kCorruptions[static_cast<std::size_t>(kind)].strength[static_cast<std::size_t>(severity - 1)];
  for (std::int64_t n = 0; n < shape[0]; ++n, image.pixels += image.size()) {
    switch (kind) {
      case Corruption::gaussian_noise:
        add_noise(image, strength, rng.stream(static_cast<std::uint64_t>(n)));
        break;
      case Corruption::blur:
        blur(image, strength);
        break;
      case Corruption::contrast:
        lower_contrast(image, strength);
        break;
    }
  }
}

}  // namespace data
