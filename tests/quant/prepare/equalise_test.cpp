#include <doctest/doctest.h>

#include "nn/layers/conv2d.h"
#include "quant/network/bn_fold.h"
#include "quant/prepare/prepare.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;
using quant::Prepare;
using quant_test::make;

namespace {

struct Folded {
  std::unique_ptr<nn::Model> model;
  quant::FoldedNorms norms;
};

Folded folded(const std::string& name) {
  Folded out{quant_test::model(name, name == "resnet50" ? 32 : 16, 3), {}};
  out.norms = quant::norms_to_fold(*out.model);
  quant::fold_batch_norms(*out.model);
  return out;
}

Tensor logits(nn::Model& model, const Tensor& x) {
  nn::EvalPass plain;
  return model.forward(Variable(x), plain).value();
}

void apply(const Prepare& prepare, Folded& net) {
  prepare.apply(*net.model, Tensor(), {}, net.norms);
}

nn::Conv2d& conv(nn::Model& model, const std::string& path) {
  for (nn::Module* module : nn::modules(model)) {
    if (module->path() == path) return dynamic_cast<nn::Conv2d&>(*module);
  }
  throw core::Error(path);
}

/// Largest size of the weights that read input channel i.
double input_range(const nn::Conv2d& layer, std::int64_t i) {
  double out = 0;
  const core::Shape s = layer.weight.value.shape();
  for (std::int64_t o = 0; o < s[0]; ++o) {
    for (std::int64_t k = 0; k < s[2] * s[3]; ++k)
      out = std::max(out, std::fabs(layer.weight.value.at((o * s[1] + i) * s[2] * s[3] + k)));
  }
  return out;
}

double output_range(const nn::Conv2d& layer, std::int64_t o) {
  double out = 0;
  const std::int64_t row = layer.weight.value.numel() / layer.weight.value.shape()[0];
  for (std::int64_t k = 0; k < row; ++k)
    out = std::max(out, std::fabs(layer.weight.value.at(o * row + k)));
  return out;
}

}  // namespace

TEST_CASE("equalisation keeps the function of the float network") {
  for (const char* name : {"resnet20", "resnet50"}) {
    Folded net = folded(name);
    const Tensor x = quant_test::images(2, std::string(name) == "resnet50" ? 32 : 16, 3);
    const Tensor before = logits(*net.model, x);
    apply(*quant_test::make<Prepare>("equalise", {{"absorb", "none"}}), net);
    CHECK(support::relative_difference(logits(*net.model, x), before) < 1e-5);
  }
}

TEST_CASE("one pass makes the ranges of both sides of a pair equal") {
  Folded net = folded("resnet20");
  const nn::Conv2d &first = conv(*net.model, "layer2.1.conv1"),
                   &second = conv(*net.model, "layer2.1.conv2");
  const double r1 = output_range(first, 5), r2 = input_range(second, 5);
  const double bias = first.bias->value.at(5), beta = net.norms.at("layer2.1.conv1").beta[5];
  apply(*quant_test::make<Prepare>("equalise", {{"absorb", "none"}, {"passes", 1}}), net);
  const double s = std::sqrt(r1 / r2);
  CHECK(output_range(first, 5) == doctest::Approx(std::sqrt(r1 * r2)));
  CHECK(input_range(second, 5) == doctest::Approx(std::sqrt(r1 * r2)));
  CHECK(first.bias->value.at(5) == doctest::Approx(bias / s));
  CHECK(net.norms.at("layer2.1.conv1").beta[5] == doctest::Approx(beta / s));
}

TEST_CASE("passes go on to equalise a chain of three convolutions") {
  const auto gap = [](int passes) {
    Folded net = folded("resnet50");
    apply(*quant_test::make<Prepare>("equalise", {{"absorb", "none"}, {"passes", passes}}), net);
    double worst = 0;
    for (const auto& [a, b] : {std::pair{"layer1.1.conv1", "layer1.1.conv2"},
                               std::pair{"layer1.1.conv2", "layer1.1.conv3"}}) {
      for (std::int64_t c = 0; c < 64; ++c) {
        worst = std::max(worst, std::fabs(std::log(output_range(conv(*net.model, a), c) /
                                                   input_range(conv(*net.model, b), c))));
      }
    }
    return worst;
  };
  CHECK(gap(1) > 0.05);
  CHECK(gap(20) < 0.01);
}

TEST_CASE("a channel without weights keeps the factor 1") {
  Folded net = folded("resnet20");
  nn::Conv2d &first = conv(*net.model, "layer1.0.conv1"),
             &second = conv(*net.model, "layer1.0.conv2");
  const auto w = first.weight.value.writable<float>();
  std::fill(w.begin(), w.begin() + 144, 0.0f);  // channel 0
  const double bias = first.bias->value.at(0), r2 = input_range(second, 0);
  apply(*quant_test::make<Prepare>("equalise", {{"absorb", "none"}}), net);
  CHECK(first.bias->value.at(0) == bias);
  CHECK(input_range(second, 0) == r2);
  CHECK(std::isfinite(core::Tensor(logits(*net.model, quant_test::images(1, 16, 3))).at(0)));
}

TEST_CASE("absorb aimet: a bias three spreads above zero moves into the next layer") {
  Folded net = folded("resnet20");
  nn::Conv2d &first = conv(*net.model, "layer1.0.conv1"),
             &second = conv(*net.model, "layer1.0.conv2");
  // channel 2 is 5 with a spread of 1 whatever comes in: 2 of it may move
  quant::FoldedNorm& norm = net.norms.at("layer1.0.conv1");
  std::fill(norm.beta.begin(), norm.beta.end(), 0.0);
  std::fill(norm.gamma.begin(), norm.gamma.end(), 1.0);
  norm.beta[2] = 5;
  const auto w = first.weight.value.writable<float>();
  std::fill(w.begin() + 2 * 144, w.begin() + 3 * 144, 0.0f);
  first.bias->value.writable<float>()[2] = 5;
  double reads = 0;
  for (std::int64_t k = 0; k < 9; ++k) reads += second.weight.value.at((3 * 16 + 2) * 9 + k);
  const double bias2 = second.bias->value.at(3);
  apply(*quant_test::make<Prepare>("equalise", {{"absorb", "aimet"}}), net);
  CHECK(first.bias->value.at(2) == doctest::Approx(3));
  CHECK(norm.beta[2] == doctest::Approx(3));
  CHECK(second.bias->value.at(3) == doctest::Approx(bias2 + 2 * reads).epsilon(1e-4));
}

TEST_CASE("absorption is exact where nothing but a constant is moved, and nowhere else") {
  // every inner output is 1 whatever comes in
  const auto constant = [](const std::string& name) {
    Folded out{quant_test::model(name, name == "resnet50" ? 32 : 16, 3), {}};
    for (nn::Module* module : nn::modules(*out.model)) {
      auto* bn = dynamic_cast<nn::BatchNorm2d*>(module);
      if (!bn || !(bn->path().ends_with(".bn1") || bn->path().ends_with(".bn2"))) continue;
      if (name == "resnet20" && bn->path().ends_with(".bn2")) continue;
      bn->weight.value = Tensor::zeros(bn->weight.value.shape());
      bn->bias.value = Tensor::full(bn->bias.value.shape(), 1.0);
    }
    out.norms = quant::norms_to_fold(*out.model);
    quant::fold_batch_norms(*out.model);
    return out;
  };
  const auto changed = [](Folded net, const std::string& absorb, const Tensor& x) {
    const Tensor before = logits(*net.model, x);
    apply(*quant_test::make<Prepare>("equalise", {{"absorb", absorb}, {"passes", 1}}), net);
    return std::pair{support::relative_difference(logits(*net.model, x), before), std::move(net)};
  };
  const Tensor x = quant_test::images(2, 16, 3);
  CHECK(changed(constant("resnet20"), "exact", x).first < 1e-5);
  CHECK(changed(constant("resnet20"), "none", x).first < 1e-5);
  // why it has a name of its own: borders read zeros, not 1
  CHECK(changed(constant("resnet20"), "aimet", x).first > 0.1);
  // 3x3 convolutions pad, so that only what comes before a 1x1 moves
  const auto [difference, net] =
      changed(constant("resnet50"), "exact", quant_test::images(1, 32, 3));
  CHECK(difference < 1e-5);
  CHECK(conv(*net.model, "layer1.1.conv1").bias->value.at(0) == 1);
  CHECK(conv(*net.model, "layer1.1.conv2").bias->value.at(0) == 0);
}

TEST_CASE("equalisation needs residual blocks, and absorption batch norms") {
  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  const auto resnet = quant_test::model("resnet20", 16, 3);
  const auto absorbing = quant_test::make<Prepare>("equalise", {{"absorb", "aimet"}}),
             plain = quant_test::make<Prepare>("equalise", {{"absorb", "none"}});
  CHECK_FALSE(plain->needs(*vit).empty());
  CHECK(absorbing->needs(*resnet).empty());
  quant::fold_batch_norms(*resnet);
  CHECK(absorbing->needs(*resnet).find("absorb: exact") != std::string::npos);
  CHECK(plain->needs(*resnet).empty());
  CHECK(make<Prepare>("equalise", {{"required", false}})->needs(*vit).empty());
}

TEST_CASE("quantising at 32 bits after equalisation gives the float logits") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const Tensor x = quant_test::images(2, 16, 3);
  const quant::Recipe recipe = quant_test::recipe({{"quant.weight.bits", 32},
                                                   {"quant.prepare.name", "equalise"},
                                                   {"quant.prepare.absorb", "exact"}});
  core::Monitor monitor;
  const quant::Quantised out = quant::quantise(*model, x, recipe, core::Rng(1), monitor);
  CHECK(support::relative_difference(out.logits(x), logits(*model, x)) < 1e-5);
}
