#include "quant/variable/rounding_variable.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "autograd/gradcheck.h"
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/reduce.h"
#include "core/kernels/map.h"
#include "quant/grid/codes.h"
#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::QuantisedWeight;
using quant::RoundingVariable;
using quant_test::leaves;

namespace {

const std::vector<std::string> kNames = core::Registry<RoundingVariable>::names();
const std::set<std::string> kSmooth{"rect_sigmoid", "sigmoid",     "sigmoid_T",
                                    "tanh",         "clip_linear", "softplus_ratio",
                                    "softmax_T",    "gumbel",      "temp_soft_round"};
const std::set<std::string> kAllLevels{"softmax_all", "gumbel_all"};  // all_levels_test.cpp
const std::set<std::string> kTwoStates = [] {
  std::set<std::string> out = kSmooth;
  out.insert("ste_hard");
  return out;
}();

/// Grids of every kind, 2 to 8 bits.
std::vector<quant::Grid> grids() {
  std::vector<quant::Grid> out;
  for (int bits = 2; bits <= 8; ++bits) {
    for (const bool per_channel : {true, false}) {
      out.push_back({.bits = bits, .per_channel = per_channel});
      out.push_back({.bits = bits, .symmetric = true, .per_channel = per_channel});
      out.push_back({.bits = bits, .symmetric = true, .narrow = true, .per_channel = per_channel});
    }
  }
  return out;
}

/// Random weights whose first channels are one-signed, zero, and large.
Tensor awkward_weights() {
  Tensor w = core::Rng(3).normal({6, 4, 3, 3}, 0.05, 1.0);
  const auto x = w.writable<float>();
  for (std::size_t i = 0; i < 36; ++i) {
    x[i] = std::abs(x[i]) + 0.5f;
    x[36 + i] = -std::abs(x[36 + i]);
    x[72 + i] = 0;
    x[108 + i] *= 300;
  }
  return w;
}

/// f64 weights of two steps with fractions in [0.2, 0.8], one weight clipped at either end.
QuantisedWeight smooth_weight() {
  core::Rng rng(5);
  Tensor w = rng.uniform({2, 3, 2, 1}, 0.2, 0.8, DType::f64);
  const Tensor scale = Tensor::of<double>({2}, {0.5, 0.25}), zero = Tensor::of<double>({2}, {7, 6});
  const auto x = w.writable<double>();
  for (int i = 0; i < 12; ++i) x[i] = scale.at(i / 6) * (x[i] + i % 5 - 2);
  x[3] += 12.0;  // 24 steps: above the range
  x[8] -= 6.0;
  return {w, {.bits = 4}, {scale, zero}};
}

std::vector<Tensor> moved(const RoundingVariable& variable, const QuantisedWeight& weight,
                          double by) {
  std::vector<Tensor> learned = variable.init(weight);
  core::Rng rng(8);
  for (Tensor& t : learned) core::accumulate(t, rng.normal(t.shape(), 0.0, by, t.dtype()));
  return learned;
}

}  // namespace

TEST_CASE("the variables are those of the study") {
  CHECK(kNames == std::vector<std::string>{"clip_linear", "flexround", "full_range", "gumbel",
                                           "gumbel_all", "rect_sigmoid", "sigmoid", "sigmoid_T",
                                           "sign_round", "softmax_T", "softmax_all",
                                           "softplus_ratio", "ste_hard", "ste_weight", "tanh",
                                           "temp_soft_round"});
}

TEST_CASE(
    "no variable decides otherwise than round to nearest before its first step, bit for bit") {
  const Tensor awkward = awkward_weights();
  Tensor ties = Tensor::empty({4, 40});
  for (int i = 0; i < 160; ++i)
    ties.writable<float>()[i] = 0.5f * static_cast<float>(i % 40 - 20) * (i < 80 ? 1.0f : 0.25f);
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    for (const quant::Grid& grid : grids()) {
      CAPTURE(grid.str());
      for (const char* scale : {"minmax", "l2p4"}) {
        const auto weight = quant_test::ranged(awkward, grid, scale);
        CHECK(support::same_bits(variable->harden(weight, variable->init(weight)),
                                 quant::quantise_codes(weight.w, weight.q, weight.grid)));
      }
      // steps that are powers of two and weights at multiples of half a step
      const std::int64_t entries = quant::entries_of(ties, grid);
      Tensor scale = Tensor::full({entries}, 1.0), zero = Tensor::full({entries}, 0.0);
      if (entries > 1) scale = Tensor::of<float>({4}, {1.0f, 1.0f, 0.25f, 0.5f});
      if (!grid.symmetric) zero = Tensor::full({entries}, 1.0);
      const QuantisedWeight exact{ties, grid, {scale, zero}};
      CHECK(support::same_bits(variable->harden(exact, variable->init(exact)),
                               quant::quantise_codes(exact.w, exact.q, exact.grid)));
      const QuantisedWeight wide{
          ties.to(DType::f64), grid, {scale.to(DType::f64), zero.to(DType::f64)}};
      CHECK(support::same_bits(variable->harden(wide, variable->init(wide)),
                               quant::quantise_codes(wide.w, wide.q, wide.grid)));
    }
  }
}

TEST_CASE("soft variables start at the float weight, hard ones at round to nearest") {
  // largest distance in steps; the curves that are infinite at 0 and 1 keep fractions in [.01, .99]
  const std::map<std::string, double> off{
      {"rect_sigmoid", 1e-5}, {"clip_linear", 1e-5}, {"sigmoid", 0.0101},
      {"sigmoid_T", 0.0101},  {"tanh", 0.0101},      {"softplus_ratio", 0.0101},
      {"softmax_T", 0.0101},  {"gumbel", 0.0101},    {"temp_soft_round", 0.12},
      {"softmax_all", 0.03},  {"gumbel_all", 0.03}};
  const Tensor w = core::Rng(1).uniform({5, 40}, -6.0, 6.0);
  const auto weight = quant_test::step_one(w);
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const quant::Softened soft = quant_test::start_of(*variable, weight);
    CHECK(soft.h.has_value() == variable->has_h());
    CHECK(variable->has_h() == kSmooth.contains(name));
    if (!off.contains(name)) {
      CHECK(support::same_bits(soft.weight.value(),
                               quant::fake_quantise(weight.w, weight.q, weight.grid)));
      continue;
    }
    for (int i = 0; i < 200; ++i)
      CHECK(std::abs(soft.weight.value().at(i) - w.at(i)) <= off.at(name));
  }
}

TEST_CASE("gradients of the smooth variables match finite differences, learned grids included") {
  const QuantisedWeight weight = smooth_weight();
  for (const std::string& name : kSmooth) {
    const auto variable = quant_test::make<RoundingVariable>(name);
    std::vector<Tensor> inputs = variable->init(weight);
    const std::size_t count = inputs.size();
    inputs.push_back(weight.q.scale);
    inputs.push_back(weight.q.zero);
    for (const double progress : {0.0, 0.4, 1.0}) {
      for (const bool noise : {false, true}) {
        const auto soften = [&](std::span<const Variable> in) {
          return variable->soften(weight, in.first(count),
                                  {.progress = progress,
                                   .rng = noise ? std::optional(core::Rng(4)) : std::nullopt,
                                   .scale = &in[count],
                                   .zero = &in[count + 1]});
        };
        const auto report = autograd::gradcheck([&](auto in) { return soften(in).weight; }, inputs);
        CHECK_MESSAGE(report.passed, name << " at " << progress << ": " << report.str());
        const auto of_h = autograd::gradcheck([&](auto in) { return *soften(in).h; }, inputs);
        CHECK_MESSAGE(of_h.passed, name << " (h) at " << progress << ": " << of_h.str());
      }
    }
  }
}

TEST_CASE("straight-through variables have the gradients they state") {
  const QuantisedWeight weight = smooth_weight();
  const Tensor dy = core::Rng(9).normal(weight.w.shape(), 0, 1, DType::f64);
  const Variable scale(weight.q.scale, true), zero(weight.q.zero, true);
  for (const std::string& name : kNames) {
    if (kSmooth.contains(name) || kAllLevels.contains(name)) continue;
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const std::vector<Tensor> start = moved(*variable, weight, 0.05);
    std::vector<Variable> wrt = leaves(start);
    const std::vector<Variable> learned = wrt;
    wrt.push_back(scale);
    wrt.push_back(zero);
    const Variable soft =
        variable->soften(weight, learned, {.scale = &scale, .zero = &zero}).weight;
    const std::vector<Tensor> got = autograd::gradients(soft, wrt, &dy);

    double ds[2] = {}, dz[2] = {}, d3[2] = {}, d4[3] = {};
    for (int i = 0; i < 12; ++i) {
      const int row = i / 6, column = i % 6 / 2;
      const double s = weight.q.scale.at(row), z = weight.q.zero.at(row), w = weight.w.at(i);
      const double v = start[0].at(i), g = dy.at(i);
      double u = w / s, first = 0;  // position, and d(position)/d(first learned tensor)
      if (name == "ste_hard") u = std::floor(w / s) + (v >= 0.5 ? 1 : 0), first = 1;
      if (name == "full_range" || name == "sign_round") u += v, first = 1;
      if (name == "ste_weight") u = v / s, first = 1 / s;
      if (name == "flexround") {
        u *= std::exp(-(v + start[1].at(row) + start[2].at(column)));
        first = -u;
      }
      const double code = std::nearbyint(u) + z, clipped = std::clamp(code, 0.0, 15.0);
      const bool inside = code == clipped;
      CHECK(soft.value().at(i) == doctest::Approx(s * (clipped - z)));
      CHECK(got[0].at(i) == doctest::Approx(inside ? s * g * first : 0.0));
      if (inside) d3[row] += s * g * first;
      if (inside) d4[column] += s * g * first;
      // a two-state variable keeps the floor of the frozen step; the others divide by the learned
      // one
      const bool adds = name == "full_range" || name == "sign_round";
      const double divided = name == "ste_hard" ? 0.0 : (adds ? w / s : u);
      ds[row] += g * (clipped - z - (inside ? divided : 0.0));
      if (!inside) dz[row] -= s * g;
    }
    for (int row = 0; row < 2; ++row) {
      CHECK(got[got.size() - 2].at(row) == doctest::Approx(ds[row]));
      CHECK(got.back().at(row) == doctest::Approx(dz[row]));
      if (name == "flexround") CHECK(got[1].at(row) == doctest::Approx(d3[row]));
    }
    for (int column = 0; column < 3 && name == "flexround"; ++column)
      CHECK(got[2].at(column) == doctest::Approx(d4[column]));
  }
}

TEST_CASE("codes stay on the grid wherever the learned values go, and two states are two") {
  const Tensor w = awkward_weights();
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    for (const quant::Grid& grid : grids()) {
      const auto weight = quant_test::ranged(w, grid);
      const std::vector<Tensor> learned = moved(*variable, weight, 3.0);
      const Tensor codes = variable->harden(weight, learned);
      const Tensor soft =
          variable->soften(weight, leaves(learned), {.progress = 0.5}).weight.value();
      const std::int64_t run = w.numel() / weight.q.scale.numel();
      bool on_grid = true, soft_inside = true, neighbours = true;
      for (std::int64_t i = 0; i < w.numel(); ++i) {
        const double s = weight.q.scale.at(i / run), z = weight.q.zero.at(i / run);
        const double lo = grid.qmin(), hi = grid.qmax(), code = codes.at(i);
        on_grid = on_grid && code >= lo && code <= hi;
        const double position = soft.at(i) / s + z;
        soft_inside = soft_inside && position >= lo - 1e-3 && position <= hi + 1e-3;
        const double floor = std::floor(weight.w.data<float>()[i] / static_cast<float>(s)) + z;
        neighbours = neighbours &&
                     (code == std::clamp(floor, lo, hi) || code == std::clamp(floor + 1, lo, hi));
      }
      CHECK(on_grid);
      CHECK(soft_inside);
      if (kTwoStates.contains(name)) CHECK(neighbours);
    }
  }
}

TEST_CASE("the one-pass form of every two-state variable equals its definition") {
  const std::vector<quant::Pull> pulls{{},
                                       {.lambda = 0.3, .beta = 2},
                                       {.lambda = 0.3, .beta = 17.5},
                                       {.lambda = 0.3, .shape = quant::Pull::Shape::entropy}};
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    CHECK((variable->fused() != nullptr) == kTwoStates.contains(name));
    if (!variable->fused()) continue;
    for (const DType dtype : {DType::f32, DType::f64}) {
      const double tolerance = dtype == DType::f32 ? 2e-5 : 1e-12;
      auto weight = quant_test::ranged(core::Rng(3).normal({7, 211}, 0.1, 1.0), {.bits = 2});
      weight = {
          weight.w.to(dtype), weight.grid, {weight.q.scale.to(dtype), weight.q.zero.to(dtype)}};
      const std::vector<Tensor> learned = moved(*variable, weight, 0.7);
      const Tensor d_soft = core::Rng(5).normal(weight.w.shape(), 0.0, 1.0, dtype);
      const quant::Softening at{.progress = 0.3, .rng = core::Rng(6)};
      const std::vector<Variable> leaf = leaves(learned);
      const quant::Softened soft = variable->soften(weight, leaf, at);
      CHECK(support::relative_difference(variable->fused()->soften(weight, learned, at),
                                         soft.weight.value()) < tolerance);
      for (const quant::Pull& pull : pulls) {
        if (pull.lambda > 0 && !variable->has_h()) continue;
        if (name == "clip_linear" && pull.lambda > 0) continue;  // its rule sees the sum: see below
        std::vector<Tensor> expected = autograd::gradients(soft.weight, leaf, &d_soft);
        if (pull.lambda > 0) {
          const bool entropy = pull.shape == quant::Pull::Shape::entropy;
          const auto regulariser =
              entropy ? quant_test::make<quant::Regulariser>(
                            "entropy", {{"lambda", pull.lambda}, {"warm_up", 0.0}})
                      : quant_test::make<quant::Regulariser>("adaround", {{"lambda", pull.lambda},
                                                                          {"beta_end", pull.beta},
                                                                          {"schedule", "const"},
                                                                          {"warm_up", 0.0}});
          const auto more =
              autograd::gradients(*(*regulariser)(std::span(&*soft.h, 1), 0, 1), leaf);
          for (std::size_t k = 0; k < more.size(); ++k) core::accumulate(expected[k], more[k]);
        }
        const auto got = variable->fused()->gradient(weight, learned, at, d_soft, pull);
        REQUIRE(got.size() == expected.size());
        for (std::size_t k = 0; k < got.size(); ++k)
          CHECK(support::relative_difference(got[k], expected[k]) < tolerance);
      }
    }
  }
}

TEST_CASE("the one-pass clip_linear lets go by the sum of both gradients, as its definition") {
  const auto variable = quant_test::make<RoundingVariable>("clip_linear");
  const auto regulariser =
      quant_test::make<quant::Regulariser>("quadratic", {{"lambda", 0.3}, {"warm_up", 0.0}});
  const auto weight = quant_test::ranged(core::Rng(3).normal({7, 50}, 0.1, 1.0), {.bits = 3});
  const std::vector<Tensor> learned = moved(*variable, weight, 0.7);
  const std::vector<Variable> leaf = leaves(learned);
  const quant::Softened soft = variable->soften(weight, leaf, {});
  const Tensor d_soft = core::Rng(5).normal(weight.w.shape(), 0.0, 1.0);
  const Variable objective =
      autograd::add(autograd::sum_all(autograd::mul(soft.weight, Variable(d_soft))),
                    *(*regulariser)(std::span(&*soft.h, 1), 0, 1));
  const auto got =
      variable->fused()->gradient(weight, learned, {}, d_soft, regulariser->pull(0, 1));
  CHECK(support::relative_difference(got[0], autograd::gradients(objective, leaf)[0]) < 2e-5);
}

TEST_CASE("annealed variables are soft first and decided last, without moving") {
  const auto weight = quant_test::step_one(core::Rng(2).uniform({200}, -6.0, 6.0));
  for (const char* name : {"sigmoid_T", "softmax_T", "temp_soft_round"}) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const auto open = [&](double progress) {
      const Tensor h = quant_test::start_of(*variable, weight, {.progress = progress}).h->value();
      return std::count_if(h.data<float>().begin(), h.data<float>().end(),
                           [](float x) { return x > 0.05f && x < 0.95f; });
    };
    CHECK(open(0.0) > 150);
    CHECK(open(1.0) < 0.5 * static_cast<double>(open(0.0)));
  }
}
