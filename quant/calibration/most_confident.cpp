// Images about which the float network is surest: largest maximum of the softmax.
#include "quant/calibration/ranked.h"

namespace quant {
namespace {

struct MostConfident final : Ranked {
  explicit MostConfident(core::Params& params) : Ranked("most_confident", params) {}
  double score(const LogitRow& row) const override { return row.log_confidence(); }
};

const core::Registered<CalibrationSet, MostConfident> kRegistered{"most_confident"};

}  // namespace
}  // namespace quant
