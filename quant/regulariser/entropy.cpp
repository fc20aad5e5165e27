// -lambda * sum over weights of h ln h + (1 - h) ln(1 - h), after a warm-up.  Its slope grows
// without bound towards 0 and 1; within 1e-6 of them it is flat. source: entropy of the choice
// between two codes.
#include "quant/regulariser/pulling.h"

namespace quant {
namespace {

struct Entropy final : Pulling {
  explicit Entropy(core::Params& params) : Pulling(params) {}

  Pull pull(std::int64_t step, std::int64_t total) const override {
    return warm(step, total) ? Pull{.lambda = lambda(), .shape = Pull::Shape::entropy} : Pull{};
  }
};

const core::Registered<Regulariser, Entropy> kRegistered{"entropy"};

}  // namespace
}  // namespace quant
