#include "tests/nn/optim/golden.h"

TEST_CASE("linear gives PyTorch's factors") { nn_test::check_schedule("linear"); }

TEST_CASE("linear rises in a straight line during warm-up and decays over the rest") {
  const auto at = [](std::int64_t step) {
    return nn_test::factor({{"name", "linear"}, {"warmup", 0.2}, {"end", 0.5}}, step, 20);
  };
  CHECK(at(0) == doctest::Approx(0.25));
  CHECK(at(3) == doctest::Approx(1.0));
  CHECK(at(4) == doctest::Approx(1.0));
  CHECK(at(12) == doctest::Approx(0.75));
  CHECK(at(19) > 0.5);
}

TEST_CASE("linear ends one step short of zero") {
  CHECK(nn_test::factor({{"name", "linear"}}, 0, 4) == 1.0);
  CHECK(nn_test::factor({{"name", "linear"}}, 1, 4) == 0.75);
  CHECK(nn_test::factor({{"name", "linear"}}, 3, 4) == 0.25);
}

TEST_CASE("a rate that is given for all steps together does not depend on their number") {
  for (const std::int64_t total : {1, 50, 200, 1000}) {
    double travelled = 0;
    for (std::int64_t step = 0; step < total; ++step)
      travelled += nn_test::factor({{"name", "linear"}, {"lr_of", "run"}}, step, total);
    CHECK(travelled == doctest::Approx(0.5 * (1 + 1.0 / static_cast<double>(total))));
  }
  CHECK(nn_test::factor({{"name", "constant"}, {"lr_of", "run"}}, 3, 8) == 1.0 / 8);
}
