#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("single_class takes images of that class only, all of them if asked") {
  const FakeView none;
  const auto set = make<quant::CalibrationSet>("single_class", {{"class", 2}});
  for (const std::int64_t i : draw(*set, none, 7)) CHECK(i / 10 == 2);
  CHECK(as_set(draw(*set, none, 10)) == as_set({20, 21, 22, 23, 24, 25, 26, 27, 28, 29}));
  CHECK(draw(*set, none, 10, 3) != draw(*set, none, 10, 4));
}

TEST_CASE("single_class says how many images a class has") {
  const ToyDataset dataset(4, 10);
  CHECK(refusal(*make<quant::CalibrationSet>("single_class", {{"class", 3}}),
                {.dataset = dataset, .count = 11})
            .find("asked for 11 of the 10 images of class 3 in split train") != std::string::npos);
  CHECK(refusal(*make<quant::CalibrationSet>("single_class", {{"class", 4}}),
                {.dataset = dataset, .count = 1})
            .find("must be below the 4 classes") != std::string::npos);
}
