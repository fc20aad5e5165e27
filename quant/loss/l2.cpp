// mean over samples and positions of sum over channels (prediction - target)^2, as one op.
// dprediction = 2 (prediction - target) / rows.  It equals lp with p = 2, which is its definition
// in tests; here the error is formed once and the sum needs no intermediate tensor. source: lp_loss
// with p = 2 of BRECQ, QDrop and AIMET (AdaRound, eq. 21).
#include <algorithm>
#include <vector>

#include "core/kernels/map.h"
#include "core/threads.h"
#include "quant/loss/loss.h"

namespace quant {
namespace {

constexpr std::int64_t kBlock =
    1 << 13;  // one partial sum, so that the result does not depend on threads

/// Sum of squares: blocks of kBlock with 16 float lanes each (f64 input: double lanes), joined in
/// double.
double sum_of_squares(const core::Tensor& x) {
  const std::int64_t blocks = (x.numel() + kBlock - 1) / kBlock;
  std::vector<double> partial(static_cast<std::size_t>(blocks));
  core::dispatch_float("l2", x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto values = x.data<T>();
    core::parallel_for(blocks, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        const std::int64_t stop = std::min(x.numel(), (b + 1) * kBlock);
        std::int64_t i = b * kBlock;
        T lanes[16] = {};
        for (; i + 16 <= stop; i += 16) {
          for (int l = 0; l < 16; ++l) lanes[l] += values[i + l] * values[i + l];
        }
        double total = 0;
        for (; i < stop; ++i) total += static_cast<double>(values[i]) * values[i];
        for (const T lane : lanes) total += lane;
        partial[static_cast<std::size_t>(b)] = total;
      }
    });
  });
  double total = 0;
  for (const double p : partial) total += p;
  return total;
}

struct L2 final : Loss {
  explicit L2(core::Params&) {}
  autograd::Variable operator()(const LossInputs& in) const override {
    const double rows = static_cast<double>(loss_rows("l2", in));
    const core::Tensor error = core::sub(in.prediction.value(), in.target);
    const core::Tensor y = core::Tensor::scalar(sum_of_squares(error) / rows, error.dtype());
    return autograd::record("l2", y, {in.prediction},
                            [error, rows](const core::Tensor& dy, autograd::GradSlots& dx) {
                              if (dx.wants(0))
                                dx.add(0, core::affine(error, 2.0 * dy.item() / rows, 0.0));
                            });
  }
};

const core::Registered<Loss, L2> kRegistered{"l2"};

}  // namespace
}  // namespace quant
