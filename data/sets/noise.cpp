// Noise: images of random bytes at any size, made when they are asked for.
//
// For measuring time and memory where the images of a network are not at hand, and for nothing
// else: accuracies on it say nothing.  An image depends on its split and number alone; labels go
// round the classes.
#include <cstring>

#include "core/rng.h"
#include "data/dataset.h"

namespace data {
namespace {

class Noise final : public Dataset {
 public:
  explicit Noise(core::Params& p)
      : side_(p.get<std::int64_t>("size", 224, {.doc = "height and width", .min = 1, .max = 4096})),
        channels_(p.get<std::int64_t>("channels", 3, {.doc = "of an image", .min = 1, .max = 64})),
        classes_(p.get<std::int64_t>("classes", 1000,
                                     {.doc = "number of classes", .min = 1, .max = 1000000})),
        count_(p.get<std::int64_t>("count", 10000,
                                   {.doc = "images of each split", .min = 1, .max = 1e9})) {}

  std::int64_t size(Split) const override { return count_; }
  std::int64_t classes() const override { return classes_; }
  core::Shape image_shape() const override { return {side_, side_, channels_}; }
  Normalisation normalisation() const override {
    const auto n = static_cast<std::size_t>(channels_);
    return {std::vector<double>(n, 0.5), std::vector<double>(n, 0.29)};  // of uniform bytes
  }

  core::Tensor pixels(Split split, std::span<const std::int64_t> index) const override {
    const auto bytes = static_cast<std::size_t>(side_ * side_ * channels_);
    core::Tensor out = core::Tensor::empty(
        {static_cast<std::int64_t>(index.size()), side_, side_, channels_}, core::DType::u8);
    std::uint8_t* to = out.writable<std::uint8_t>().data();
    std::vector<std::uint32_t> words((bytes + 3) / 4);
    const core::Rng images = core::Rng(0).stream(name_of(split));
    for (const std::int64_t i : index) {
      check(i);
      images.stream(static_cast<std::uint64_t>(i)).bits(0, words);
      std::memcpy(to, words.data(), bytes);
      to += bytes;
    }
    return out;
  }

  core::Tensor labels(Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size())}, core::DType::s64);
    std::int64_t* to = out.writable<std::int64_t>().data();
    for (const std::int64_t i : index) {
      check(i);
      *to++ = i % classes_;
    }
    return out;
  }

  std::string fingerprint() const override {
    return fmt::format("noise {} {} {} {}", side_, channels_, classes_, count_);
  }

 private:
  void check(std::int64_t i) const {
    core::require("noise", i >= 0 && i < count_, "index must be below {}; got {}", count_, i);
  }

  std::int64_t side_, channels_, classes_, count_;
};

const core::Registered<Dataset, Noise> kRegistered{"noise"};

}  // namespace
}  // namespace data
