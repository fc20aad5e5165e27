// Images with the smallest cross-entropy of the float network at the true label.
#include "quant/calibration/ranked.h"

namespace quant {
namespace {

struct LowLoss final : Ranked {
  explicit LowLoss(core::Params& params) : Ranked("low_loss", params, true) {}
  double score(const LogitRow& row) const override { return -row.loss(); }
};

const core::Registered<CalibrationSet, LowLoss> kRegistered{"low_loss"};

}  // namespace
}  // namespace quant
