// The factor drops when the loss has not improved for more than `patience` steps: by less than
// `threshold` of the best loss so far.  It looks at the loss of every step, which is that of a
// batch, so a short patience follows its noise.
// source: torch.optim.lr_scheduler.ReduceLROnPlateau, mode min, threshold_mode rel, cooldown 0;
// patience as ZeroQ.
#include <algorithm>

#include "nn/optim/plateau_rule.h"
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

using core::Key;

struct PlateauOptions {
  double gamma, threshold, end;
  std::int64_t patience;

  explicit PlateauOptions(core::Params& c)
      : gamma(c.get<double>("gamma", 0.1,
                            Key{.doc = "factor of each drop, below 1",
                                .source = "PyTorch",
                                .min = 0.0,
                                .max = 1.0})),
        threshold(c.get<double>("threshold", 1e-4,
                                Key{.doc = "share of the best loss that counts as an improvement",
                                    .source = "PyTorch",
                                    .min = 0.0,
                                    .max = 1.0})),
        end(end_option(c, 0.0, 0.0)),
        patience(c.get<std::int64_t>("patience", 100,
                                     Key{.doc = "steps without improvement that are let pass",
                                         .source = "ZeroQ",
                                         .min = 0})) {
    if (gamma == 1.0) c.fail("gamma", "must be below 1");
  }
};

class Plateau final : public Schedule {
 public:
  explicit Plateau(core::Params& c)
      : options_(c), rule_{.patience = options_.patience, .threshold = options_.threshold} {}

  double factor(std::int64_t, std::int64_t) const override { return factor_; }
  std::unique_ptr<Schedule> follower() const override {
    auto out = std::make_unique<Plateau>(*this);
    out->factor_ = 1.0;
    out->rule_ = {.patience = options_.patience, .threshold = options_.threshold};
    return out;
  }
  void observe(double loss) override {
    if (rule_.falls(loss)) factor_ = std::max(factor_ * options_.gamma, options_.end);
  }

 private:
  PlateauOptions options_;
  PlateauRule rule_;
  double factor_ = 1.0;
};

const core::Registered<Schedule, Plateau> kRegistered{"plateau"};

}  // namespace
}  // namespace nn
