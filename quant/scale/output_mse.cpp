// Ranges that minimise the squared error of what a layer puts out: of the full range times i/n, the
// best for each output channel on inputs behind the quantised layers before it (sequential MSE).
//
// The error of a row is dT A d, d = w_hat - w and A the second moments of its inputs: float and
// quantised weight see the same, quantised inputs.  Grids of more than `bits` bits keep the full
// range, and so does everything that has no inputs yet.
// source: AIMET, sequential MSE, input symmetry symqt, 20 candidates, at most 4 bits.
#include <limits>

#include "core/kernels/gemm.h"
#include "core/kernels/map.h"
#include "quant/grid/codes.h"
#include "quant/scale/scale.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

using core::Tensor;

struct OutputMse final : Scale {
  int candidates, bits;

  explicit OutputMse(core::Params& params)
      : candidates(params.get<int>(
            "candidates", 20,
            {.doc = "number of candidate ranges", .source = "AIMET", .min = 1, .max = 1000})),
        bits(params.get<int>("bits", 4,
                             {.doc = "most bits of a grid that is searched",
                              .source = "AIMET",
                              .min = 2,
                              .max = 8})) {}

  bool needs_inputs() const override { return true; }
  QParams operator()(const Tensor& x, const Grid& grid) const override {
    return qparams_of(ranges_of(x, grid), grid);
  }

  QParams on_inputs(const Tensor& w, const Grid& grid, const Tensor& moments) const override {
    std::vector<Range> ranges = ranges_of(w, grid);
    if (grid.bits > bits) return qparams_of(ranges, grid);
    const std::vector<Range> full = ranges;
    std::vector<double> least(ranges.size(), std::numeric_limits<double>::infinity());
    for (int i = candidates; i >= 1; --i) {  // the widest of equals wins
      std::vector<Range> now = full;
      for (Range& r : now) r = {r.lo * i / candidates, r.hi * i / candidates};
      const std::vector<double> rows = errors(w, qparams_of(now, grid), grid, moments);
      std::vector<double> own(ranges.size(), 0.0);
      for (std::size_t r = 0; r < rows.size(); ++r) own[r * own.size() / rows.size()] += rows[r];
      for (std::size_t e = 0; e < own.size(); ++e) {
        if (own[e] < least[e]) least[e] = own[e], ranges[e] = now[e];
      }
    }
    return qparams_of(ranges, grid);
  }

 private:
  /// dT A d of every row.
  static std::vector<double> errors(const Tensor& w, const QParams& q, const Grid& grid,
                                    const Tensor& moments) {
    const std::int64_t groups = moments.shape()[0], k = moments.shape()[2];
    const std::int64_t rows = w.numel() / k;
    core::require("output_mse", rows * k == w.numel() && rows % groups == 0,
                  "moments must be (groups, K, K) for the K weights of an output; got moments {}, "
                  "weight {}",
                  moments.shape(), w.shape());
    const Tensor d = core::sub(fake_quantise(w, q, grid), w).reshape({groups, rows / groups, k});
    const Tensor product = core::matmul(d, moments.to(w.dtype()));
    const auto x = d.data<float>(), y = product.data<float>();
    std::vector<double> out(static_cast<std::size_t>(rows), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i)
      out[i / std::size_t(k)] += static_cast<double>(x[i]) * y[i];
    return out;
  }
};

const core::Registered<Scale, OutputMse> kRegistered{"output_mse"};

}  // namespace
}  // namespace quant
