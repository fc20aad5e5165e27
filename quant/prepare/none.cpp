// The float network is quantised as it is.
#include "quant/prepare/prepare.h"

namespace quant {
namespace {

struct None final : Prepare {
  explicit None(core::Params&) {}
  void apply(nn::Model&, const core::Tensor&, const Grid&, FoldedNorms&) const override {}
};

const core::Registered<Prepare, None> kRegistered{"none"};

}  // namespace
}  // namespace quant
