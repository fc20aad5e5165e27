// Element-wise passes on tensors larger than the last cache (38 to 103 MB): GB/s against a copy of
// the same tensor, taken in turns with it.
//
// Bytes are those that the pass cannot avoid: every input once, every output once, in their own
// types; batch norm reads its input twice (statistics come first), its backward both of its inputs
// twice.  A line that a store reads before it is overwritten is not counted, neither here nor in
// the copy.  What comes out is a new tensor each time, from the pool.  The second ratio is against
// a copy whose stores go past the cache, which no pass uses: its result is read next.
#include <fmt/format.h>

#include <memory>

#include "core/config/registry.h"
#include "core/kernels/lsq.h"
#include "core/kernels/map.h"
#include "core/kernels/mask.h"
#include "core/kernels/mix.h"
#include "core/kernels/move.h"
#include "core/kernels/norm.h"
#include "core/kernels/softmax.h"
#include "core/system/threads.h"
#include "nn/optim/optimizer.h"
#include "quant/scale/scale.h"
#include "quant/variable/rounding_variable.h"
#include "tests/bench/bench.h"
#include "tests/bench/streams.h"
#include "tests/bench/timing.h"

namespace {

using core::Tensor;

struct Pass {
  std::string name;
  double bytes;  // an element
  std::function<void()> run;
};

template <class T>
std::unique_ptr<T> strategy(const char* name) {
  core::Value tree{core::Value::Map{}};
  tree.set_path("name", name);
  core::Params params(tree);
  return core::Registry<T>::create(params);
}

void measure(const std::vector<Pass>& passes, std::int64_t elements,
             const bench::Settings& settings, bench::Report& report) {
  bench::Streams streams(elements);
  for (const Pass& pass : passes) {
    if (!settings.wants(pass.name)) continue;
    const std::function<void()> turns[] = {pass.run, [&] { streams.copy(false); },
                                           [&] { streams.copy(true); }};
    const auto times = bench::in_turns(settings.seconds, turns);
    const double n = static_cast<double>(elements), ms = bench::median(times[0]);
    const auto ratio = [&](std::size_t copy) {
      return pass.bytes / 8.0 * bench::paired_ratio(times[copy], times[0]);
    };
    const double rate = pass.bytes * n / ms * 1e-6;
    report.row(fmt::format("{:34} {:9.3f} ms {:7.1f} GB/s  {:5.2f} of a copy, {:5.2f} of one past "
                           "the cache",
                           pass.name, ms, rate, ratio(1), ratio(2)),
               {{"work", pass.name},
                {"median_ms", ms},
                {"gbytes_per_s", rate},
                {"bytes_an_element", pass.bytes},
                {"ratio", ratio(1)},
                {"ratio_past_cache", ratio(2)}});
  }
}

/// Passes over activations of (128, 56, 56, 64): the first group of ResNet-18.
void activations(const bench::Settings& settings, bench::Report& report) {
  const core::Shape shape{128, 56, 56, 64};
  core::Rng rng(1);
  const Tensor x = rng.normal(shape, 0, 1), y = rng.normal(shape, 0, 1);
  const Tensor step = Tensor::full({1}, 0.1), zero = Tensor::full({1}, 8);
  const Tensor gamma = Tensor::full({64}, 1), beta = Tensor::zeros({64});
  const core::LsqRange range{0, 15};
  const core::Choice half(0.5, core::Rng(2));
  const core::NormResult saved = core::batch_norm(x, gamma, beta, 1e-5);
  std::vector<std::int64_t> order(128);
  for (std::size_t i = 0; i < 128; ++i) order[i] = static_cast<std::int64_t>(i * 7 % 128);
  measure({{"lsq forward", 8, [&] { core::lsq(x, step, zero, range); }},
           {"lsq forward, half dropped", 8, [&] { core::lsq(x, step, zero, range, &half); }},
           {"lsq backward", 12, [&] { core::lsq_backward(y, x, step, zero, range); }},
           {"lsq backward, half dropped", 12,
            [&] { core::lsq_backward(y, x, step, zero, range, &half); }},
           {"mix of two inputs", 12, [&] { core::mix(x, y, 0.5, core::Rng(3)); }},
           {"gather of rows", 8, [&] { core::gather_rows(x, order); }},
           {"relu", 8, [&] { core::relu(x); }},
           {"relu backward", 12, [&] { core::relu_backward(y, x); }},
           {"add, relu", 12, [&] { core::add_relu(x, y); }},
           {"add", 12, [&] { core::add(x, y); }},
           {"rounding to bf16", 6, [&] { x.to(core::DType::bf16); }},
           {"batch norm", 12, [&] { core::batch_norm(x, gamma, beta, 1e-5); }},
           {"batch norm backward", 20, [&] { core::batch_norm_backward(y, x, gamma, saved); }},
           {"scale, shift", 8, [&] { core::scale_shift(x, gamma, beta); }}},
          x.numel(), settings, report);
}

/// Passes over tokens of (512, 50, 768): the hidden layer of ViT-small.
void tokens(const bench::Settings& settings, bench::Report& report) {
  const core::Shape shape{512, 50, 768};
  core::Rng rng(1);
  const Tensor x = rng.normal(shape, 0, 1), y = rng.normal(shape, 0, 1);
  const Tensor gamma = Tensor::full({768}, 1), beta = Tensor::zeros({768});
  const core::NormResult saved = core::layer_norm(x, gamma, beta, 1e-6);
  const Tensor soft = core::softmax(x);
  measure({{"gelu", 8, [&] { core::gelu(x); }},
           {"gelu backward", 12, [&] { core::gelu_backward(y, x); }},
           {"layer norm", 8, [&] { core::layer_norm(x, gamma, beta, 1e-6); }},
           {"layer norm backward", 12, [&] { core::layer_norm_backward(y, x, gamma, saved); }},
           {"softmax", 8, [&] { core::softmax(x); }},
           {"softmax backward", 12, [&] { core::softmax_backward(y, soft); }}},
          x.numel(), settings, report);
}

/// Passes over the weights of a 3x3 convolution of 1024 channels while its roundings are learned.
void weights(const bench::Settings& settings, bench::Report& report) {
  core::Rng rng(1);
  quant::QuantisedWeight weight{.w = rng.normal({1024, 1024, 3, 3}, 0, 0.02), .grid = {}, .q = {}};
  weight.q = (*strategy<quant::Scale>("minmax"))(weight.w, weight.grid);
  const auto variable = strategy<quant::RoundingVariable>("rect_sigmoid");
  const quant::FusedRounding& fused = *variable->fused();
  std::vector<Tensor> v = variable->init(weight);
  const Tensor d_soft = rng.normal(weight.w.shape(), 0, 1e-3);
  const quant::Pull pull{.lambda = 0.01, .beta = 10};
  const auto adam = strategy<nn::Optimizer>("adam");
  Tensor* const values[] = {&v[0]};
  const auto slope = [&] { return fused.gradient(weight, v, {}, d_soft, pull); };
  const std::vector<Tensor> gradient = slope();
  measure({{"soft rounding", 12, [&] { fused.soften(weight, v, {}); }},
           {"soft rounding backward", 16, [&] { slope(); }},
           {"adam", 28, [&] { adam->step(values, gradient, 1e-6); }},
           // as if one pass: d_soft, w, v, m, u in; v, m, u out
           {"soft rounding backward, adam", 32, [&] { adam->step(values, slope(), 1e-6); }}},
          weight.w.numel(), settings, report);
}

void run(const bench::Settings& settings) {
  bench::Report report(settings);
  report.heading(fmt::format("{} threads", core::threads()));
  activations(settings, report);
  tokens(settings, report);
  weights(settings, report);
  report.write();
}

void define(CLI::App& app) {
  const auto settings = std::make_shared<bench::Settings>();
  settings->add_to(app);
  app.callback([settings] { run(*settings); });
}

const bench::Section kSection{"passes", "element-wise passes against copying", define};

}  // namespace
