#include "experiments/cli/selftest.h"

#include <cmath>
#include <limits>

#include "core/kernels/conv/conv2d.h"
#include "core/kernels/gemm.h"
#include "core/rng.h"

namespace experiments {
namespace {

// f32 sums of up to 2,304 products of numbers of order 1: well above rounding, far below any real
// mistake.
constexpr double kLimit = 1e-5;

double difference(const core::Tensor& fast, const core::Tensor& exact) {
  double worst = 0, scale = 1e-30;
  if (fast.shape() != exact.shape()) return std::numeric_limits<double>::infinity();
  const std::vector<double> a = fast.values(), b = exact.values();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i])) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return worst / scale;
}

core::Tensor wide(const core::Tensor& t) { return t.to(core::DType::f64); }
/// What a bf16 product sees.
core::Tensor rounded(const core::Tensor& t) {
  return wide(t.to(core::DType::bf16).to(core::DType::f32));
}

core::Tensor draw(const char* name, core::Shape shape) {
  return core::Rng(1).stream(name).normal(shape, 0, 1);
}

}  // namespace

std::vector<SelfTestRow> self_test() {
  std::vector<SelfTestRow> out;
  const auto row = [&out](std::string name, const core::Tensor& fast, const core::Tensor& exact) {
    out.push_back({std::move(name), difference(fast, exact), kLimit});
  };
  using core::Precision;
  for (const std::int64_t n : {7, 64, 193}) {
    const core::Tensor a = draw("a", {n, 2 * n + 1}), b = draw("b", {2 * n + 1, n});
    const std::string size = " " + std::to_string(n);
    row("matmul f32" + size, core::matmul(a, b), core::matmul(wide(a), wide(b)));
    row("matmul bf16" + size, core::matmul(a, b, {.precision = Precision::bf16}),
        core::matmul(rounded(a), rounded(b)));
    row("matmul transposed" + size, core::matmul(a, a, {.trans_b = true}),
        core::matmul(wide(a), wide(a), {.trans_b = true}));
  }
  struct Shapes {
    const char* name;
    core::Shape x, w;
    core::Conv2dOptions options;
  };
  const std::vector<Shapes> table = {
      {"3x3", {2, 14, 14, 16}, {32, 16, 3, 3}, {.pad = {1, 1}}},
      {"3x3 stride 2", {2, 15, 13, 16}, {16, 16, 3, 3}, {.stride = {2, 2}, .pad = {1, 1}}},
      {"1x1", {3, 7, 7, 64}, {48, 64, 1, 1}, {}},
      {"stem", {2, 28, 28, 1}, {16, 1, 3, 3}, {.pad = {1, 1}}},
      {"depthwise", {2, 9, 9, 24}, {24, 1, 3, 3}, {.pad = {1, 1}, .groups = 24}},
      {"large", {1, 10, 10, 256}, {32, 256, 3, 3}, {.pad = {1, 1}}},
  };
  for (const Shapes& s : table) {
    const std::string name = std::string("conv ") + s.name;
    const core::Tensor x = draw("x", s.x), w = draw("w", s.w);
    const core::Tensor dy = draw("dy", core::conv2d_shape(s.x, s.w, s.options));
    core::Conv2dOptions bf16 = s.options;
    bf16.precision = Precision::bf16;
    row(name, core::conv2d(x, w, nullptr, s.options),
        core::conv2d(wide(x), wide(w), nullptr, s.options));
    row(name + " bf16", core::conv2d(x, w, nullptr, bf16),
        core::conv2d(rounded(x), rounded(w), nullptr, s.options));
    row(name + " backward data", core::conv2d_backward_data(dy, w, s.x, s.options),
        core::conv2d_backward_data(wide(dy), wide(w), s.x, s.options));
    row(name + " backward weights", core::conv2d_backward_weights(dy, x, s.w, s.options),
        core::conv2d_backward_weights(wide(dy), wide(x), s.w, s.options));
  }
  return out;
}

}  // namespace experiments
