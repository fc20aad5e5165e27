// Stochastic gradient descent with momentum m <- mu m + g, w -= lr m (Nesterov: w -= lr (g + mu
// m)). The first momentum is the first gradient.  Weight decay adds lambda w to g. source:
// torch.optim.SGD (PyTorch 1.13, dampening 0).
#include "core/threads.h"
#include "nn/optim/parameter_update.h"

namespace nn {
namespace {

using core::Key;
using core::Tensor;

constexpr std::int64_t kGrain = 1 << 15;

template <class T>
struct SgdStep {
  T lr, momentum, decay;
  bool nesterov;

  void run(Tensor& value, const Tensor& grad, Tensor* buffer) const {
    T* __restrict w = value.writable<T>().data();
    const T* __restrict g = grad.data<T>().data();
    T* __restrict m = buffer ? buffer->writable<T>().data() : nullptr;
    core::parallel_for(value.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      if (!m) {
        for (std::int64_t i = begin; i < end; ++i) w[i] -= lr * (g[i] + decay * w[i]);
      } else if (nesterov) {
        for (std::int64_t i = begin; i < end; ++i) {
          const T d = g[i] + decay * w[i];
          m[i] = momentum * m[i] + d;
          w[i] -= lr * (d + momentum * m[i]);
        }
      } else {
        for (std::int64_t i = begin; i < end; ++i) {
          m[i] = momentum * m[i] + (g[i] + decay * w[i]);
          w[i] -= lr * m[i];
        }
      }
    });
  }
};

class Sgd final : public Optimizer {
 public:
  explicit Sgd(core::Params& c)
      : lr_(lr_option(c, 0.1)),
        momentum_(c.get<double>("momentum", 0.0,
                                Key{.doc = "mu", .source = "PyTorch", .min = 0.0, .max = 1.0})),
        nesterov_(
            c.get<bool>("nesterov", false, Key{.doc = "look-ahead form", .source = "PyTorch"})),
        decay_(c, 0.0),
        slots_(momentum_ > 0 ? std::vector<std::string>{"m"} : std::vector<std::string>{}) {
    if (nesterov_ && momentum_ == 0) c.fail("nesterov", "needs a momentum above 0");
  }

  void step(std::span<Tensor* const> values, std::span<const Tensor> grads, double lr) override {
    slots_.begin_step("sgd", values, grads);
    for (std::size_t i = 0; i < values.size(); ++i) {
      core::dispatch_float("sgd", values[i]->dtype(), [&](auto zero) {
        using T = decltype(zero);
        const SgdStep<T> update{static_cast<T>(lr), static_cast<T>(momentum_),
                                static_cast<T>(decay_.of(*values[i])), nesterov_};
        update.run(*values[i], grads[i], momentum_ > 0 ? &slots_.at(0, i) : nullptr);
      });
    }
  }

  std::map<std::string, Tensor> state() const override { return slots_.state(); }
  void load_state(const std::map<std::string, Tensor>& state) override { slots_.load(state); }
  double base_lr() const override { return lr_; }

 private:
  double lr_, momentum_;
  bool nesterov_;
  WeightDecay decay_;
  Slots slots_;
};

const core::Registered<Optimizer, Sgd> kRegistered{"sgd"};

}  // namespace
}  // namespace nn
