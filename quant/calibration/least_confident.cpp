// Images about which the float network is least sure: smallest maximum of the softmax.
#include "quant/calibration/ranked.h"

namespace quant {
namespace {

struct LeastConfident final : Ranked {
  explicit LeastConfident(core::Params& params) : Ranked("least_confident", params) {}
  double score(const LogitRow& row) const override { return -row.log_confidence(); }
};

const core::Registered<CalibrationSet, LeastConfident> kRegistered{"least_confident"};

}  // namespace
}  // namespace quant
