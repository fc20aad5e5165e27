// Dataset: labelled images by index, as they are stored; preprocessing turns them into model input.
//
// A dataset has three splits: `train`, `val` (a fixed part of the training images, for choices) and
// `test` (for nothing but the final number).  Pixels are u8 N,H,W,C; labels s64.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/params.h"
#include "core/config/registry.h"
#include "core/tensor.h"

namespace data {

enum class Split { train, val, test };
Split split_named(std::string_view name);
std::string_view name_of(Split);

struct Normalisation {
  std::vector<double> mean, std;  // per channel, in units of pixel/255
};

class Dataset {
 public:
  static constexpr std::string_view kind = "dataset";
  virtual ~Dataset() = default;

  virtual std::int64_t size(Split) const = 0;
  virtual std::int64_t classes() const = 0;
  virtual core::Shape image_shape() const = 0;  // (H, W, C)
  virtual Normalisation normalisation() const = 0;
  /// u8 pixels (count, H, W, C).  throws: ShapeError for an index out of range.
  virtual core::Tensor pixels(Split, std::span<const std::int64_t> index) const = 0;
  /// s64 labels (count).
  virtual core::Tensor labels(Split, std::span<const std::int64_t> index) const = 0;
  /// SHA-256 over the files that this dataset was read from, hex: part of every cell's identity.
  virtual std::string fingerprint() const = 0;
  /// Reads every file of every split and checks all that can be wrong with it, so that nothing is
  /// found only when an image is asked for.  Made images have nothing to check.
  /// throws: InputError naming the file.
  virtual void verify() const {}
};

/// f32 model input from u8 pixels: (x/255 - mean)/std per channel, with the bits of torchvision.
/// shapes: (.., C) -> the same.  throws: ShapeError unless there is one mean and one std a channel.
core::Tensor normalise(const core::Tensor& pixels, const Normalisation& n);

/// Rows `index` of the first axis, copied: what pixels() and labels() of a dataset held in memory
/// do. throws: ShapeError for an index out of range.
core::Tensor gather_images(const core::Tensor& images, std::span<const std::int64_t> index);

}  // namespace data
