// Round to nearest: ranges are set, nothing is learned.
#include "quant/method/method.h"

namespace quant {
namespace {

struct Rtn final : Method {
  explicit Rtn(core::Params&) {}
  std::string_view title() const override { return "RTN"; }
  std::string_view source() const override { return "round to nearest"; }
  std::vector<Setting> settings() const override {
    return {{"learn.iters", 0, std::string(kByDefinition)},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, Rtn> kRegistered{"rtn"};

}  // namespace
}  // namespace quant
