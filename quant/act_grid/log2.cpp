// Levels s 2^(-n), n = 0, 1 .., n = round(-log2(x / s)), and 0 for what lies beyond the last;
// signed sites have 2^(b-1) - 1 exponents on either side.
// source: FQ-ViT (softmax); RepQ-ViT code for codes beyond the range.
// deviation: floating point softmax; the largest level is searched, that of FQ-ViT is 1; zero is
// one of the 2^b levels, in the released code one more (zero: beside).
#include "quant/act_grid/act_grid.h"
#include "quant/grid/log_levels.h"

namespace quant {
namespace {

struct Log2 final : ActGrid {
  LogOptions options;

  explicit Log2(core::Params& params) : options(LogOptions::read(params, false)) {}
  std::string_view name() const override { return "log2"; }
  ActTable fit(const SortedValues& values, int bits, ActRole role) const override {
    return log_table(values, bits, role, options, [](int count) { return log_levels(count, 1); })
        .table;
  }
};

const core::Registered<ActGrid, Log2> kRegistered{"log2"};

}  // namespace
}  // namespace quant
