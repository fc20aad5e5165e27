// Images of one class, drawn uniformly, without repetition.
#include "quant/calibration/calibration_set.h"

namespace quant {
namespace {

struct SingleClass final : CalibrationSet {
  std::int64_t wanted;

  explicit SingleClass(core::Params& params)
      : wanted(params.get<std::int64_t>("class", 0, {.doc = "label of the class", .min = 0})) {}

  void check(const CalibrationRequest& request) const override { members(request, core::Rng(0)); }

  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const override {
    std::vector<std::int64_t> index = members(request, rng);
    index.resize(static_cast<std::size_t>(request.count));
    return index;
  }

 private:
  /// All images of the class in random order; at least as many as asked for.
  std::vector<std::int64_t> members(const CalibrationRequest& request, core::Rng rng) const {
    core::require_input("single_class", wanted < request.dataset.classes(),
                        "class must be below the {} classes of the data; got {}",
                        request.dataset.classes(), wanted);
    const std::vector<std::int64_t> order = rng.permutation(request.dataset.size(request.split));
    const core::Tensor labels = request.dataset.labels(request.split, order);
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (labels.data<std::int64_t>()[i] == wanted) out.push_back(order[i]);
    }
    core::require_input("single_class", request.count <= static_cast<std::int64_t>(out.size()),
                        "count must not exceed the class; asked for {} of the {} images of class "
                        "{} in split {}",
                        request.count, out.size(), wanted, data::name_of(request.split));
    return out;
  }
};

const core::Registered<CalibrationSet, SingleClass> kRegistered{"single_class"};

}  // namespace
}  // namespace quant
