#include "quant/learn/patience.h"

#include <algorithm>

namespace quant {

using core::Tensor;

namespace {

constexpr std::int64_t kLookEvery = 25;  // steps between two looks at the codes

}  // namespace

bool Patience::is_over(std::int64_t step, std::span<Learner* const> learners) {
  if (steps_ == 0 || step % kLookEvery != 0) return false;
  std::vector<Tensor> now;
  for (const Learner* learner : learners) {
    for (Tensor& codes : learner->codes()) now.push_back(std::move(codes));
  }
  if (!same(now)) changed_at_ = step;
  codes_ = std::move(now);
  return step - changed_at_ >= steps_;
}

bool Patience::same(const std::vector<Tensor>& now) const {
  return std::ranges::equal(codes_, now, [](const Tensor& a, const Tensor& b) {
    return std::ranges::equal(a.data<std::int32_t>(), b.data<std::int32_t>());
  });
}

}  // namespace quant
