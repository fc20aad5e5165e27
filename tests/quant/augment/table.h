// A feature batch whose values tell row, position and channel, for the tests of disturbances.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "quant/augment/augment.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

namespace augment_test {

/// value = 1000 row + 10 position + channel + 1
inline core::Tensor numbered(core::Shape shape) {
  core::Tensor x = core::Tensor::empty(shape);
  const std::int64_t channels = shape[-1], positions = shape.numel() / shape[0] / channels;
  const auto values = x.writable<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::int64_t c = i % channels, p = i / channels % positions, n = i / channels / positions;
    values[static_cast<std::size_t>(i)] = static_cast<float>(1000 * n + 10 * p + c + 1);
  }
  return x;
}

inline core::Tensor apply(const std::string& name, const core::Tensor& x,
                          quant_test::Keys keys = {}, std::uint64_t seed = 1) {
  return (*quant_test::make<quant::Augment>(name, keys))(x, core::Rng(seed));
}

}  // namespace augment_test
