// Levels s 2^(-n q / 37), n = round(-log2(x / s) 37 / q), with a whole number q for each site; 0
// beyond the last, signed sites as log2.  GELU outputs are shifted above zero first.
// The base is that of the least squared error on the sampled values: every fourth q from 2 to 74,
// then all around the best, each with its best range.
// source: Wu et al. 2024 (AdaLog), r = 37.  deviation: the error of the values, not of the layer's
// output; zero is beside the 2^b codes.
#include "quant/act_grid/act_grid.h"
#include "quant/adalog_base.h"

namespace quant {
namespace {

struct AdaLog final : ActGrid {
  ActRange range;
  bool shift;
  AdaLogBase base;

  explicit AdaLog(core::Params& params)
      : range(ActRange::read(params)),
        shift(read_shift(params, true)),
        base(params, "at each site") {}
  std::string_view name() const override { return "adalog"; }

  ActTable fit(const SortedValues& values, int bits, ActRole role) const override {
    const auto at = [&](int q) {
      return log_table(values, bits, role, shift, range,
                       [q](int count) { return AdaLogBase::levels(q, count); });
    };
    return at(base.choose([&](int q) { return at(q).error; })).table;
  }
};

const core::Registered<ActGrid, AdaLog> kRegistered{"adalog"};

}  // namespace
}  // namespace quant
