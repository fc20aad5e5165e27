// lambda * sum over weights of 4 h (1 - h), after a warm-up: AdaRound's regulariser with the
// exponent held at 2, which it equals exactly. source: identity 4h(1 - h) = 1 - (2h - 1)^2.
#include "quant/regulariser/pulling.h"

namespace quant {
namespace {

struct Quadratic final : Pulling {
  explicit Quadratic(core::Params& params) : Pulling(params) {}

  Pull pull(std::int64_t step, std::int64_t total) const override {
    return warm(step, total) ? Pull{.lambda = lambda(), .beta = 2} : Pull{};
  }
};

const core::Registered<Regulariser, Quadratic> kRegistered{"quadratic"};

}  // namespace
}  // namespace quant
