// AdamW: Adam with decoupled weight decay, default 0.01.
// source: Loshchilov & Hutter 2019; torch.optim.AdamW.
#include "nn/optim/adam_family.h"

namespace nn {
namespace {

class AdamW final : public AdamFamily {
 public:
  explicit AdamW(core::Params& c) : AdamFamily(c, 0.01, true) {}
};

const core::Registered<Optimizer, AdamW> kRegistered{"adamw"};

}  // namespace
}  // namespace nn
