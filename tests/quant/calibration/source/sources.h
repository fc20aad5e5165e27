// Draws from a source over ToyDataset(4, 10) with the selection `random`, with the checks that
// every draw must pass: shapes, labels in range, and the same bits for the same seed.
#pragma once

#include "tests/quant/calibration/fake_view.h"
#include "tests/support/compare.h"

namespace quant_test {

inline quant::Calibration draw_from(const std::string& name, Keys keys, std::int64_t count,
                                    std::uint64_t seed = 3,
                                    const quant::ModelView* view = nullptr) {
  const ToyDataset dataset(4, 10);
  const auto source = make<quant::CalibrationSource>(name, keys);
  const auto set = make<quant::CalibrationSet>("random");
  const quant::CalibrationRequest request{.dataset = dataset,
                                          .split = source->split().value_or(data::Split::train),
                                          .count = count,
                                          .view = view};
  const quant::Calibration out = draw_calibration(*source, *set, request, core::Rng(seed));
  const quant::Calibration again = draw_calibration(*source, *set, request, core::Rng(seed));
  CHECK(support::same_bits(out.images, again.images));
  CHECK(out.index == again.index);
  CHECK(out.images.shape() == core::Shape{count, 2, 2, 1});
  CHECK(out.labels.shape() == core::Shape{count});
  CHECK(static_cast<std::int64_t>(out.index.size()) == count);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t index = out.index[static_cast<std::size_t>(i)];
    CHECK(out.labels.at(i) == (index < 0 ? -1 : index / 10));
  }
  return out;
}

inline bool made(const quant::Calibration& c) {
  return std::all_of(c.index.begin(), c.index.end(), [](std::int64_t i) { return i == -1; });
}

}  // namespace quant_test
