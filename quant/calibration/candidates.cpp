#include "quant/calibration/candidates.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/kernels/reduce.h"

namespace quant {
namespace {

constexpr std::int64_t kAtATime = 256;  // images a forward pass

}  // namespace

CandidatePool::CandidatePool(core::Params& params)
    : size_(params.get<std::int64_t>(
          "pool", 4096,
          {.doc = "images drawn at random that the float network looks at", .min = 1})) {}

void CandidatePool::check(std::string_view who, const CalibrationRequest& request) const {
  core::require_input(who, request.count <= size_,
                      "count must not exceed the pool; asked for {} out of a pool of {}",
                      request.count, size_);
}

std::vector<std::int64_t> CandidatePool::draw(const CalibrationRequest& request,
                                              core::Rng rng) const {
  std::vector<std::int64_t> order =
      rng.stream("pool").permutation(request.dataset.size(request.split));
  order.resize(static_cast<std::size_t>(std::min(size_, static_cast<std::int64_t>(order.size()))));
  return order;
}

core::Tensor rows_of_images(std::string_view who, const CalibrationRequest& request,
                            std::span<const std::int64_t> index,
                            const std::function<core::Tensor(const core::Tensor&)>& fn) {
  const auto count = static_cast<std::int64_t>(index.size());
  core::Tensor out;
  for (std::int64_t begin = 0; begin < count; begin += kAtATime) {
    const auto part = index.subspan(static_cast<std::size_t>(begin),
                                    static_cast<std::size_t>(std::min(kAtATime, count - begin)));
    const core::Tensor rows = fn(data::normalise(request.dataset.pixels(request.split, part),
                                                 request.dataset.normalisation()));
    core::require(who, rows.shape()[0] == static_cast<std::int64_t>(part.size()),
                  "one row an image; got {} for {} images", rows.shape(), part.size());
    if (!core::all_finite(rows)) {
      throw core::Error(fmt::format("{}: the float network gives values that are not finite", who));
    }
    if (begin == 0) out = core::Tensor::empty(rows.shape().with(0, count), rows.dtype());
    const std::size_t row = rows.byte_size() / part.size();
    std::memcpy(out.raw_writable() + static_cast<std::size_t>(begin) * row, rows.raw(),
                rows.byte_size());
    report_progress(request, who, begin + rows.shape()[0], count,
                    std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

void FeatureSelection::check(const CalibrationRequest& request) const {
  CalibrationSet::check(request);
  pool_.check(name_, request);
}

std::vector<std::int64_t> FeatureSelection::draw(const CalibrationRequest& request,
                                                 core::Rng rng) const {
  require_view(name_, needs(), request, true);
  const std::vector<std::int64_t> candidates = pool_.draw(request, rng);
  const core::Tensor features = rows_of_images(
      name_, request, candidates, [&](const core::Tensor& x) { return request.view->features(x); });
  std::vector<std::int64_t> index;
  for (const std::size_t row : choose(features, static_cast<std::size_t>(request.count)))
    index.push_back(candidates[row]);
  return index;
}

}  // namespace quant
