#include "tests/nn/optim/golden.h"

TEST_CASE("plateau gives PyTorch's factors along the same losses") {
  int lists = 0;
  for (const nn_test::Json& entry : nn_test::golden()["plateaus"]) {
    ++lists;
    // strategy() reads reals; patience is an integer
    core::Value::Map map{{"name", core::Value("plateau")}};
    for (const auto& [key, v] : entry["options"].items())
      map.emplace_back(
          key, v.is_number_integer() ? core::Value(v.get<std::int64_t>()) : nn_test::value_of(v));
    core::Params params = nn_test::options(map);
    const auto shared = core::Registry<nn::Schedule>::create(params);
    const auto schedule = shared->follower();
    REQUIRE(schedule);
    const auto losses = entry["losses"].get<std::vector<double>>(),
               factors = entry["factors"].get<std::vector<double>>();
    const auto total = static_cast<std::int64_t>(losses.size());
    for (std::int64_t step = 0; step < total; ++step) {
      CAPTURE(step);
      CHECK(schedule->factor(step, total) ==
            doctest::Approx(factors[static_cast<std::size_t>(step)]).epsilon(1e-12));
      schedule->observe(losses[static_cast<std::size_t>(step)]);
    }
    CHECK(factors.back() < factors.front());
    CHECK(schedule->follower()->factor(0, total) == 1.0);  // another run begins anew
    CHECK(shared->factor(0, total) == 1.0);
  }
  CHECK(lists == 3);
}

TEST_CASE("schedules that do not follow the loss have no state") {
  core::Params params = nn_test::options({{"name", core::Value("cosine")}});
  CHECK_FALSE(core::Registry<nn::Schedule>::create(params)->follower());
}
