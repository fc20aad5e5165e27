// Adam with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, L2 decay added to the gradient.
// source: Kingma & Ba 2015; torch.optim.Adam.
#include "nn/optim/adam_family.h"

namespace nn {
namespace {

class Adam final : public AdamFamily {
 public:
  explicit Adam(core::Params& c) : AdamFamily(c, 0.0, false) {}
};

const core::Registered<Optimizer, Adam> kRegistered{"adam"};

}  // namespace
}  // namespace nn
