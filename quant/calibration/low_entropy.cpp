// Images whose softmax under the float network has the smallest entropy -sum p ln p.
#include "quant/calibration/ranked.h"

namespace quant {
namespace {

struct LowEntropy final : Ranked {
  explicit LowEntropy(core::Params& params) : Ranked("low_entropy", params) {}
  double score(const LogitRow& row) const override { return -row.entropy(); }
};

const core::Registered<CalibrationSet, LowEntropy> kRegistered{"low_entropy"};

}  // namespace
}  // namespace quant
