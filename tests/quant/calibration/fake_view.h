// A ModelView whose answers are functions of the index that an image of ToyDataset holds in its
// pixels, so that the right selection is known; and short forms of drawing.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <set>

#include "quant/calibration/source/calibration_source.h"
#include "tests/quant/helpers.h"

namespace quant_test {

using Row = std::function<std::vector<double>(std::int64_t index)>;

class FakeView final : public quant::ModelView {
 public:
  Row logit_row, feature_row;
  std::function<double(std::int64_t)> distance;  // absent: a network without batch norm
  mutable std::int64_t asked = 0;                // images that were shown

  core::Tensor logits(const core::Tensor& x) const override { return rows(x, logit_row); }
  core::Tensor features(const core::Tensor& x) const override { return rows(x, feature_row); }
  bool has_batch_norm() const override { return static_cast<bool>(distance); }
  core::Tensor bn_distance(const core::Tensor& x) const override {
    return rows(x, [&](std::int64_t i) { return std::vector{distance(i)}; })
        .to(core::DType::f64)
        .reshape({x.shape()[0]});
  }
  double bn_loss(const core::Tensor& x, core::Tensor& gradient) const override {
    gradient = core::Tensor::zeros(x.shape());
    return 0;
  }

 private:
  core::Tensor rows(const core::Tensor& x, const Row& row) const {
    const std::int64_t count = x.shape()[0], size = x.numel() / count;
    asked += count;
    std::vector<float> out;
    for (std::int64_t i = 0; i < count; ++i) {
      for (const double v : row(std::lround(x.at(i * size) * 255))) out.push_back(float(v));
    }
    return core::Tensor::of<float>({count, static_cast<std::int64_t>(out.size()) / count},
                                   std::span<const float>(out));
  }
};

using Index = std::vector<std::int64_t>;

inline std::set<std::int64_t> as_set(const Index& index) { return {index.begin(), index.end()}; }

/// The checked draw of a selection of ToyDataset(4, 10), twice to see that the seed decides.
inline Index draw(const quant::CalibrationSet& set, const FakeView& view, std::int64_t count,
                  std::uint64_t seed = 3) {
  const ToyDataset dataset(4, 10);
  const quant::CalibrationRequest request{.dataset = dataset, .count = count, .view = &view};
  set.check(request);
  const Index index = set.draw(request, core::Rng(seed));
  CHECK(index == set.draw(request, core::Rng(seed)));
  CHECK(static_cast<std::int64_t>(as_set(index).size()) == count);
  return index;
}

/// The message with which a selection refuses a request.
inline std::string refusal(const quant::CalibrationSet& set,
                           const quant::CalibrationRequest& request) {
  try {
    set.check(request);
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "not refused";
}

/// A view of logits (x, -x, 0, 0) with x = index / 10 - 2: image 20 is the least sure.
inline FakeView v_shaped_view() {
  FakeView view;
  view.logit_row = [](std::int64_t i) {
    const double x = static_cast<double>(i) / 10 - 2;
    return std::vector{x, -x, 0.0, 0.0};
  };
  return view;
}

}  // namespace quant_test
