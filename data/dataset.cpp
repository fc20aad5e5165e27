#include "data/dataset.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace data {
namespace {

struct NamedSplit {
  std::string_view name;
  Split split;
};
constexpr std::array<NamedSplit, 3> kSplits{
    {{"train", Split::train}, {"val", Split::val}, {"test", Split::test}}};

}  // namespace

Split split_named(std::string_view name) {
  for (const NamedSplit& s : kSplits) {
    if (s.name == name) return s.split;
  }
  throw core::InputError(fmt::format("split: unknown name '{}'{}", name,
                                     core::known_hint(name, {"train", "val", "test"})));
}

std::string_view name_of(Split split) {
  for (const NamedSplit& s : kSplits) {
    if (s.split == split) return s.name;
  }
  return "?";
}

core::Tensor normalise(const core::Tensor& pixels, const Normalisation& n) {
  const std::size_t channels = n.mean.size();
  core::require("normalise",
                pixels.shape().rank() >= 1 && channels > 0 && n.std.size() == channels &&
                    pixels.shape()[-1] == static_cast<std::int64_t>(channels),
                "one mean and one std a channel; got pixels {}, {} means, {} stds", pixels.shape(),
                channels, n.std.size());
  // A byte has 256 values, so a table per channel is exact.  f32 arithmetic in the order of
  // torchvision's ToTensor and Normalize, hence the same bits.
  std::vector<float> table(channels * 256);
  for (std::size_t c = 0; c < channels; ++c) {
    const float mean = static_cast<float>(n.mean[c]), std = static_cast<float>(n.std[c]);
    for (int v = 0; v < 256; ++v)
      table[c * 256 + v] = (static_cast<float>(v) / 255.0f - mean) / std;
  }
  core::Tensor out = core::Tensor::empty(pixels.shape());
  const std::uint8_t* in = pixels.data<std::uint8_t>().data();
  float* to = out.writable<float>().data();
  const std::size_t count = static_cast<std::size_t>(pixels.numel());
  for (std::size_t i = 0; i < count; i += channels) {
    for (std::size_t c = 0; c < channels; ++c) to[i + c] = table[c * 256 + in[i + c]];
  }
  return out;
}

core::Tensor gather_images(const core::Tensor& images, std::span<const std::int64_t> index) {
  const core::Shape& from = images.shape();
  const std::int64_t size = from.numel() / std::max<std::int64_t>(from[0], 1);
  core::Tensor out =
      core::Tensor::empty(from.with(0, static_cast<std::int64_t>(index.size())), images.dtype());
  const std::size_t bytes = static_cast<std::size_t>(size) * core::size_of(images.dtype());
  std::byte* to = out.raw_writable();
  for (std::size_t i = 0; i < index.size(); ++i) {
    core::require("dataset", index[i] >= 0 && index[i] < from[0],
                  "index must be in [0, {}); got {} at position {}", from[0], index[i], i);
    std::memcpy(to + i * bytes, images.raw() + static_cast<std::size_t>(index[i]) * bytes, bytes);
  }
  return out;
}

}  // namespace data
