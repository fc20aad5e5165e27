// Images whose softmax under the float network has the largest entropy -sum p ln p.
#include "quant/calibration/ranked.h"

namespace quant {
namespace {

struct HighEntropy final : Ranked {
  explicit HighEntropy(core::Params& params) : Ranked("high_entropy", params) {}
  double score(const LogitRow& row) const override { return row.entropy(); }
};

const core::Registered<CalibrationSet, HighEntropy> kRegistered{"high_entropy"};

}  // namespace
}  // namespace quant
