// A dataset in memory whose image i is filled with the value i, for tests of loaders and
// calibration sets.
#pragma once

#include "data/dataset.h"

namespace support {

class TinyDataset : public data::Dataset {
 public:
  explicit TinyDataset(std::int64_t count) : count_(count) {}
  std::int64_t size(data::Split) const override { return count_; }
  std::int64_t classes() const override { return 10; }
  core::Shape image_shape() const override { return {4, 4, 1}; }
  data::Normalisation normalisation() const override { return {{0.0}, {1.0 / 255}}; }
  core::Tensor pixels(data::Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size()), 4, 4, 1}, core::DType::u8);
    std::uint8_t* to = out.writable<std::uint8_t>().data();
    for (const std::int64_t i : index) {
      if (i == broken) throw core::InputError("image " + std::to_string(i) + " is broken");
      std::fill_n(to, 16, static_cast<std::uint8_t>(i));
      to += 16;
    }
    return out;
  }
  core::Tensor labels(data::Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size())}, core::DType::s64);
    std::int64_t* to = out.writable<std::int64_t>().data();
    for (const std::int64_t i : index) *to++ = i % 10;
    return out;
  }
  std::string fingerprint() const override { return "tiny"; }

  std::int64_t broken = -1;  // this image cannot be read

 private:
  std::int64_t count_;
};

}  // namespace support
