// Round to nearest: ranges are set, nothing is learned.
#include "quant/method.h"

namespace quant {
namespace {

struct Rtn final : Method {
  explicit Rtn(core::Params&) {}
  std::string_view title() const override { return "RTN"; }
  std::string_view source() const override { return "round to nearest"; }
  std::vector<Setting> settings() const override {
    return {{"learn.enabled", false, "by definition"}, {"learn_act.enabled", false, "by definition"}};
  }
};

const core::Registered<Method, Rtn> kRegistered{"rtn"};

}  // namespace
}  // namespace quant
