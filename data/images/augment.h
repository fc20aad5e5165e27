// Augmentation of u8 images: horizontal flip, shift-crop, and erasing of a square (cutout).
//
// Every choice is a pure function of (generator, epoch, position in the epoch), read from a
// counter-based generator, so neither threads nor resumption change it.
#pragma once

#include <vector>

#include "core/config/params.h"
#include "core/rng.h"
#include "core/tensor.h"

namespace data {

struct AugmentOptions {
  bool flip = false;                    // mirror with probability 1/2
  std::int64_t shift = 0;               // pad by this many zero pixels, crop at a random place
  std::int64_t erase = 0;               // side of the square that is filled with `fill`; 0 = none
  std::vector<std::uint8_t> fill = {};  // one byte a channel; empty means 0

  bool any() const { return flip || shift > 0 || erase > 0; }
};

/// Reads {flip, shift, erase}; `defaults` are what an absent key stands for.
AugmentOptions augment_options(core::Params& params, AugmentOptions defaults = {});

/// Augments in place image i of `pixels`, which stands at `first + i` in the order of `epoch`.
/// shapes: u8 (N, H, W, C).  throws: ShapeError for another rank or dtype, or a fill of another
/// length. source: shift-crop and flip as in 1512.03385, section 4.2; erasing after 1708.04552 (the
/// centre of the
///   square is uniform over the image, so a part of it may lie outside).
void augment(core::Tensor& pixels, const AugmentOptions& options, const core::Rng& rng,
             std::int64_t epoch, std::int64_t first);

}  // namespace data
