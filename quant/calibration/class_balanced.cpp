// As many images of every class as possible: classes take turns, images of a class in random order;
// a class that runs out is passed over.
#include "quant/calibration/calibration_set.h"

namespace quant {
namespace {

struct ClassBalanced final : CalibrationSet {
  explicit ClassBalanced(core::Params&) {}
  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const override {
    const std::vector<std::int64_t> order = rng.permutation(request.dataset.size(request.split));
    const core::Tensor labels = request.dataset.labels(request.split, order);
    std::vector<std::vector<std::int64_t>> of_class(
        static_cast<std::size_t>(request.dataset.classes()));
    for (std::size_t i = 0; i < order.size(); ++i) {
      of_class[static_cast<std::size_t>(labels.data<std::int64_t>()[i])].push_back(order[i]);
    }
    std::vector<std::int64_t> index;
    for (std::size_t turn = 0; index.size() < static_cast<std::size_t>(request.count); ++turn) {
      for (const auto& images : of_class) {
        if (turn < images.size() && index.size() < static_cast<std::size_t>(request.count))
          index.push_back(images[turn]);
      }
    }
    return index;
  }
};

const core::Registered<CalibrationSet, ClassBalanced> kRegistered{"class_balanced"};

}  // namespace
}  // namespace quant
