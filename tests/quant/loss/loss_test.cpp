// What must hold for every registered loss, so that a new one is covered without a test of its own;
// and the losses that PyTorch has against PyTorch.
#include "quant/loss/loss.h"

#include "core/io/h5.h"
#include "core/system/file.h"
#include "tests/quant/loss/cases.h"
#include "tests/support/python.h"
#include "tests/support/temp_dir.h"

using namespace loss_test;

namespace {

std::vector<std::string> names() { return core::Registry<quant::Loss>::names(); }

}  // namespace

TEST_CASE("every loss passes gradcheck with its defaults and gives the same in f32") {
  for (const std::string& name : names()) {
    SUBCASE(name.c_str()) {
      CAPTURE(name);
      check_loss(*make(name));
      check_loss(*make(name), {2, 3, 2, 4});
      check_loss(*make(name), {4, 6});
    }
  }
}

TEST_CASE("every loss takes bf16 predictions, sums in f32 and gives bf16 gradients") {
  // of sums in f32 over exact differences; a gradient is rounded to bf16 at its end, and once
  // before where a loss widens its inputs
  constexpr double kValue = 1e-4, kGradient = 0x1p-7;
  for (const std::string& name : names()) {
    CAPTURE(name);
    const auto loss = make(name);
    const Tensor x = normal("prediction", {3, 4, 5}, DType::bf16);
    const Result exact = run(*loss, x.to(DType::f64), DType::bf16),
                 quick = run(*loss, x, DType::bf16);
    CHECK(quick.value == doctest::Approx(exact.value).epsilon(kValue));
    CHECK(quick.gradient.dtype() == DType::bf16);
    CHECK(support::relative_difference(quick.gradient, exact.gradient) <= kGradient);
  }
}

TEST_CASE("every loss is zero at the target and not below zero away from it") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const auto loss = make(name);
    CHECK(run(*loss, normal("prediction", {3, 4, 5})).value > 0);
    if (name == "ce_pseudo" || name == "cross_entropy") continue;  // minimum at infinity
    check_zero_at_target(*loss);
  }
}

TEST_CASE("every loss is finite with finite gradients at an all-zero target and prediction") {
  for (const std::string& name : names()) {
    for (const bool zero_prediction : {false, true}) {
      CAPTURE(name);
      CAPTURE(zero_prediction);
      const Variable x(
          zero_prediction ? Tensor::zeros({3, 4, 5}) : normal("prediction", {3, 4, 5}, DType::f32),
          true);
      quant::LossInputs in = filled(x);
      in.target = Tensor::zeros({3, 4, 5});
      in.sensitivity = Tensor::zeros({3, 4, 5});
      in.float_logits = Tensor::zeros(in.float_logits.shape());
      for (Tensor& layer : in.float_layers) layer = Tensor::zeros(layer.shape());
      const Variable loss = (*make(name))(in);
      CHECK(std::isfinite(loss.value().item()));
      for (const double g : autograd::gradients(loss, std::span(&x, 1))[0].values())
        REQUIRE(std::isfinite(g));
    }
  }
}

TEST_CASE("every loss of a prediction with NaN is NaN") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    Tensor x = normal("prediction", {3, 4, 5}, DType::f32);
    x.writable<float>()[17] = NAN;
    CHECK(std::isnan((*make(name))(filled(Variable(x))).value().item()));
  }
}

TEST_CASE("every loss says what it needs, refuses to go without, and works with no more") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const auto loss = make(name);
    const quant::LossNeeds needs = loss->needs();
    const Variable x(normal("prediction", {3, 4, 5}));
    const quant::LossInputs all = filled(x);
    if (needs.sensitivity || needs.logits || needs.layers)
      CHECK_THROWS_AS((*loss)({x, all.target}), core::Error);
    else
      CHECK_NOTHROW((*loss)({x, all.target}));
    quant::LossInputs asked{x, all.target};
    if (needs.sensitivity) asked.sensitivity = all.sensitivity;
    if (needs.logits) {
      asked.logits = all.logits;
      asked.float_logits = all.float_logits;
    }
    if (needs.labels) asked.labels = all.labels;
    if (needs.layers) {
      asked.layers = all.layers;
      asked.float_layers = all.float_layers;
      asked.layer_weights = all.layer_weights;
    }
    CHECK((*loss)(asked).value().item() == (*loss)(all).value().item());
  }
}

TEST_CASE("every loss refuses targets of another shape or type and predictions without channels") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const auto loss = make(name);
    quant::LossInputs in = filled(Variable(normal("prediction", {3, 4, 5})));
    in.target = normal("target", {3, 5, 4});
    CHECK_THROWS_AS((*loss)(in), core::ShapeError);
    in.target = normal("target", {3, 4, 5}, DType::f32);
    CHECK_THROWS_AS((*loss)(in), core::ShapeError);
    in.prediction = Variable(Tensor::scalar(1));
    in.target = Tensor::scalar(1);
    CHECK_THROWS_AS((*loss)(in), core::ShapeError);
  }
}

TEST_CASE("losses that PyTorch has equal those of PyTorch in value and gradient") {
  SKIP_WITHOUT_PYTHON("torch, h5py, numpy");
  const support::TempDir dir;
  const Tensor x = normal("prediction", {4, 3, 6}), y = normal("target", {4, 3, 6});
  const Tensor sensitivity = normal("sensitivity", {4, 3, 6});
  core::h5::File question = core::h5::File::create();
  question.write("prediction", x);
  question.write("target", y);
  question.write("sensitivity", sensitivity);
  core::publish(dir.file("in.h5"), question.image());
  REQUIRE(support::run_reference("loss_torch.py", dir.file("in.h5") + " " + dir.file("out.h5")) ==
          0);
  const core::h5::File answer = core::h5::File::open(dir.file("out.h5"));
  const auto compare = [&](const char* name, const quant::Loss& loss) {
    CAPTURE(name);
    const Variable v(x, true);
    const Variable ours = loss({v, y, sensitivity});
    const std::string group = name;
    CHECK(ours.value().item() ==
          doctest::Approx(answer.read(group + "/value").item()).epsilon(1e-12));
    CHECK(support::relative_difference(autograd::gradients(ours, std::span(&v, 1))[0],
                                       answer.read(group + "/gradient")) < 1e-12);
  };
  compare("l2", *make("l2"));
  compare("l1", *make("l1"));
  compare("lp", *make("lp", {{"p", 2.4}}));
  compare("huber", *make("huber", {{"delta", 0.6}}));
  compare("logcosh", *make("logcosh"));
  compare("nmse", *make("nmse"));
  compare("cosine", *make("cosine"));
  compare("kl", *make("kl", {{"temperature", 4.0}, {"times_t_squared", true}}));
  compare("kl_rev", *make("kl_rev", {{"temperature", 4.0}}));
  compare("js", *make("js", {{"temperature", 4.0}}));
  compare("ce_pseudo", *make("ce_pseudo"));
  compare("fisher", *make("fisher"));
  compare("relation", *make("relation"));
}
