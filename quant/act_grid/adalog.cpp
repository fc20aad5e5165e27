// Levels s 2^(-n q / 37), n = round(-log2(x / s) 37 / q), with a whole number q for each site; 0
// beyond the last, signed sites as log2.  GELU outputs are shifted above zero first.
// The base is that of the least squared error on the sampled values: every fourth q from 2 to 74,
// then all around the best, each with its best range.
// source: Wu et al. 2024 (AdaLog), r = 37.
// deviation: the error of the values, not of the layer's output; zero is one of the 2^b levels, in
// the released code one more (zero: beside).
#include "quant/act_grid/act_grid.h"
#include "quant/grid/adalog_levels.h"

namespace quant {
namespace {

struct AdaLog final : ActGrid {
  LogOptions options;
  AdaLogBase base;

  explicit AdaLog(core::Params& params)
      : options(LogOptions::read(params, true)), base(params, "at each site") {}
  std::string_view name() const override { return "adalog"; }

  ActTable fit(const SortedValues& values, int bits, ActRole role) const override {
    const auto at = [&](int q) {
      return log_table(values, bits, role, options,
                       [q](int count) { return AdaLogBase::levels(q, count); });
    };
    return at(base.choose([&](int q) { return at(q).error; })).table;
  }
};

const core::Registered<ActGrid, AdaLog> kRegistered{"adalog"};

}  // namespace
}  // namespace quant
