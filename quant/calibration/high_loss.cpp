// Images with the largest cross-entropy of the float network at the true label.
#include "quant/calibration/ranked.h"

namespace quant {
namespace {

struct HighLoss final : Ranked {
  explicit HighLoss(core::Params& params) : Ranked("high_loss", params, true) {}
  double score(const LogitRow& row) const override { return row.loss(); }
};

const core::Registered<CalibrationSet, HighLoss> kRegistered{"high_loss"};

}  // namespace
}  // namespace quant
