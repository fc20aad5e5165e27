// Ranges by a shrinking search that minimises the squared error (OMSE); zero stays inside the
// range. source: methods known as OMSE; candidates as BRECQ.
#include "quant/scale/scale.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

struct Mse final : Scale {
  ShrinkSearch search{.p = 2.0};
  explicit Mse(core::Params& params) {
    search.steps = params.get<int>(
        "steps", search.steps,
        {.doc = "number of candidate ranges", .source = "BRECQ", .min = 1, .max = 1000});
    search.shrink = params.get<double>("shrink", search.shrink,
                                       {.doc = "candidate i is the full range times 1 - shrink * i",
                                        .source = "BRECQ",
                                        .min = 0,
                                        .max = 0.5});
    if (search.shrink * (search.steps - 1) >= 1.0) {
      params.fail("steps", "shrink * (steps - 1) must be below 1, or the last range is empty");
    }
  }
  QParams operator()(const core::Tensor& x, const Grid& grid) const override {
    return shrink_search(x, grid, search);
  }
};

const core::Registered<Scale, Mse> kRegistered{"mse"};

}  // namespace
}  // namespace quant
