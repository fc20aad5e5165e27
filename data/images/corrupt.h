// Corruptions of u8 images at severities 1 to 5: additive noise, Gaussian blur, loss of contrast.
//
// Noise is a pure function of (generator, position of the image); the other two draw nothing.
// Pixels are u8 before and after, so values are rounded and clipped.
// source: Hendrycks & Dietterich, 1903.12261; strengths for small images (CIFAR-10-C):
//   noise std (of 0..1) .04 .06 .08 .09 .10, blur sigma (pixels) .4 .6 .7 .8 1, contrast left
//   .75 .5 .4 .3 .15 around the mean of each channel of the image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/rng.h"

namespace data {

enum class Corruption { gaussian_noise, blur, contrast };
std::vector<std::string> corruption_names();
/// throws: InputError for an unknown name.
Corruption corruption_named(std::string_view name);

/// In place.  shapes: u8 (N, H, W, C).  throws: ShapeError for another rank or dtype, or a severity
/// outside 1..5.
void corrupt(core::Tensor& pixels, Corruption kind, int severity, const core::Rng& rng);

}  // namespace data
