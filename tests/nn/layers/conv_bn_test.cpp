#include "nn/layers/conv_bn.h"

#include "autograd/ops/relu.h"
#include "nn/norm_eps.h"
#include "tests/nn/passes.h"

using namespace nn_test;

namespace {

struct Unit : nn::Module {
  nn::Conv2d conv{2, 3, 3, {.pad = {1, 1}}};
  nn::BatchNorm2d bn{3, nn::kBnEps};
  nn::Relu act;
  std::string_view type() const override { return "Unit"; }
  void fields(nn::Fields& f) override {
    f("conv", conv);
    f("bn", bn);
    f("act", act);
  }
  Unit() {
    nn::bind_paths(*this);
    conv.weight.value = random({3, 2, 3, 3}, 1);
    perturb(*this, 2);
  }
};

}  // namespace

TEST_CASE("folded and unfolded units compute the same") {
  Unit plain, folded;
  const auto [scale, shift] = folded.bn.fold_away();
  folded.conv.absorb(scale, shift);
  const Variable x(random({2, 4, 3, 2}, 3));
  nn::EvalPass pass;
  const Tensor expected = nn::conv_bn(plain.conv, plain.bn, x, pass).value();
  CHECK(support::relative_difference(nn::conv_bn(folded.conv, folded.bn, x, pass).value(),
                                     expected) < kF32);
  const Tensor rectified = autograd::relu(Variable(expected)).value();
  CHECK(support::same_bits(nn::conv_bn_relu(plain.conv, plain.bn, plain.act, x, pass).value(),
                           rectified));
  CHECK(support::relative_difference(
            nn::conv_bn_relu(folded.conv, folded.bn, folded.act, x, pass).value(), rectified) <
        kF32);
}

TEST_CASE("the output hook is the convolution's without activation and the activation's with one") {
  Unit unit;
  const Variable x(random({1, 2, 2, 2}, 3));
  RecordingPass without, with;
  nn::conv_bn(unit.conv, unit.bn, x, without);
  nn::conv_bn_relu(unit.conv, unit.bn, unit.act, x, with);
  const auto outputs = [](const RecordingPass& pass) {
    std::vector<std::string> out;
    for (const std::string& call : pass.calls) {
      if (call.starts_with("output")) out.push_back(call);
    }
    return out;
  };
  CHECK(outputs(without) == std::vector<std::string>{"output conv"});
  CHECK(outputs(with) == std::vector<std::string>{"output act"});
  CHECK(with.calls.front() == "input conv 0");
}
