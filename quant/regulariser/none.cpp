// No regulariser: the reconstruction loss alone decides.
#include "quant/regulariser/regulariser.h"

namespace quant {
namespace {

struct None final : Regulariser {
  explicit None(core::Params&) {}
  std::optional<autograd::Variable> operator()(std::span<const autograd::Variable>, std::int64_t,
                                               std::int64_t) const override {
    return std::nullopt;
  }
  bool has_pull() const override { return true; }
  bool active() const override { return false; }
};

const core::Registered<Regulariser, None> kRegistered{"none"};

}  // namespace
}  // namespace quant
