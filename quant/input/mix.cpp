// Each element from the quantised prefix with probability p, else from the float network.
// source: QDrop code (input_prob; p = 0.5).
#include "core/kernels/mix.h"

#include "quant/input/input.h"

namespace quant {
namespace {

struct Mix final : Input {
  double p;
  explicit Mix(core::Params& params)
      : p(params.get<double>("p", 0.5,
                             {.doc = "share of elements from the quantised network",
                              .source = "QDrop code",
                              .min = 0,
                              .max = 1})) {}
  bool wants_float() const override { return true; }
  core::Tensor batch(const core::Tensor& x_quant, const core::Tensor& x_float, double,
                     const core::Rng& rng) const override {
    return core::mix(x_quant, x_float, p, rng);
  }
  core::Tensor batch_of(const core::Tensor& x_quant, const core::Tensor& x_float,
                        std::span<const std::int64_t> index, double,
                        const core::Rng& rng) const override {
    return core::mix_rows(x_quant, x_float, index, p, rng);
  }
};

const core::Registered<Input, Mix> kRegistered{"mix"};

}  // namespace
}  // namespace quant
