// Conversion of u8 images to the channels and the size of other images, for calibration with a data
// set that the network was not made for.
//
// Grey becomes colour by repetition, colour grey by luma; the size changes by bilinear
// interpolation between pixel centres, without low-pass filter, edges repeated.
#pragma once

#include "core/tensor.h"

namespace data {

/// throws: InputError unless the channels are equal, or 1 and 3 in either order.
void check_convertible(const core::Shape& from, const core::Shape& to);

/// shapes: u8 (N, h, w, c), `to` (H, W, C) -> u8 (N, H, W, C).
/// throws: as check_convertible; ShapeError for another rank or dtype.
/// source: luma 0.299, 0.587, 0.114 of ITU-R BT.601.
core::Tensor convert_images(const core::Tensor& pixels, const core::Shape& to);

}  // namespace data
