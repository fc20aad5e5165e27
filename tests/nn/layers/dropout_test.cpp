#include "nn/layers/dropout.h"

#include "tests/nn/passes.h"

using namespace nn_test;

TEST_CASE("dropout and drop path are the identity outside training and at rate 0") {
  nn::EvalPass eval;
  LayerTrainPass train;
  const Variable x(random({4, 5}, 1));
  CHECK(nn::Dropout(0.5).forward(x, eval).id() == x.id());
  CHECK(nn::DropPath(0.5).forward(x, eval).id() == x.id());
  CHECK(nn::Dropout(0.0).forward(x, train).id() == x.id());
  CHECK(nn::DropPath(0.0).forward(x, train).id() == x.id());
}

TEST_CASE("in training, dropout zeroes elements and drop path whole samples; the rest is scaled") {
  LayerTrainPass train;
  const Variable ones(Tensor::full({200, 10}, 1.0));
  const std::vector<double> dropped = nn::Dropout(0.25).forward(ones, train).value().values();
  std::int64_t zeros = 0;
  for (const double v : dropped) {
    CHECK((v == 0 || v == doctest::Approx(1 / 0.75)));
    zeros += v == 0;
  }
  CHECK(zeros > 400);  // 500 of 2000 expected, standard deviation 19
  CHECK(zeros < 600);
  const Tensor paths = nn::DropPath(0.25).forward(ones, train).value();
  std::int64_t gone = 0;
  for (std::int64_t n = 0; n < 200; ++n) {
    gone += paths.at(n * 10) == 0;
    for (std::int64_t i = 1; i < 10; ++i) CHECK(paths.at(n * 10 + i) == paths.at(n * 10));
  }
  CHECK(gone > 20);  // 50 of 200 expected, standard deviation 6
  CHECK(gone < 80);
}
