#include "experiments/cell/remarks.h"

#include <doctest/doctest.h>

#include <limits>

using namespace experiments;

namespace {

Accuracy right(std::int64_t correct, std::int64_t images = 10000) {
  return {.images = images, .correct = correct, .bits = {}};
}

quant::UnitLog unit(double rtn, double hard, std::int64_t steps = 100,
                    const char* phase = "weights") {
  return {.path = "u", .phase = phase, .iterations = steps, .loss_rtn = rtn, .loss_hard = hard};
}

}  // namespace

TEST_CASE("guessing is what lies within three deviations above one in so many classes") {
  CHECK(guesses(right(1000), 10));
  CHECK(guesses(right(1090), 10));  // 1000 + 3 * 30
  CHECK_FALSE(guesses(right(1091), 10));
  CHECK(guesses(right(0), 10));
  CHECK(guesses(right(7, 10), 2));
  CHECK_FALSE(guesses(right(10, 10), 2));
}

TEST_CASE("a quantised network that guesses is remarked where the float one does not") {
  CHECK(remarks(right(9300), right(1000), 10, {}, "") == "no better than guessing");
  CHECK(remarks(right(9300), right(2000), 10, {}, "").empty());
  CHECK(remarks(right(1000), right(1000), 10, {}, "").empty());
}

TEST_CASE("learning that ends above round to nearest is remarked by the product over its units") {
  CHECK_FALSE(learned_ratio({unit(1, 9, 0)}).has_value());
  CHECK(*learned_ratio({unit(1, 0.5), unit(1, 8)}) == doctest::Approx(4));
  CHECK(*learned_ratio({unit(1, 0.5), unit(1, 8), unit(1, 3, 0)}) == doctest::Approx(4));
  CHECK(*learned_ratio({unit(1, 0.5), unit(1, 9, 100, "first pass")}) == doctest::Approx(0.5));
  quant::UnitLog solved = unit(1, 3, 0);
  solved.flips = 0.1;
  CHECK(*learned_ratio({solved}) == doctest::Approx(3));
  CHECK(*learned_ratio({unit(0, 0)}) == 1);
  const double inf = std::numeric_limits<double>::infinity();
  for (const double bad : {inf, std::nan("")}) {
    CHECK(*learned_ratio({unit(1, bad), unit(1, 0.1)}) == inf);
    CHECK_FALSE(remarks(right(9300), right(9000), 10, {unit(1, bad)}, "").empty());
  }
  const std::string noise = remarks(right(9300), right(1000), 10, {unit(1, 30)}, "");
  CHECK(noise.starts_with("no better than guessing; learning made it worse than round to nearest"));
  CHECK(noise.ends_with("a loss over 10 times as large"));
  CHECK(remarks(right(9300), right(9000), 10, {unit(1, 99), unit(1, 50)}, "")
            .ends_with("over 1000 times as large"));
  CHECK(remarks(right(9300), right(9000), 10, {unit(1, 9)}, "").empty());
}

TEST_CASE("a caution of the recipe stands behind what was found") {
  CHECK(remarks(right(9300), right(9000), 10, {}, "mind") == "mind");
  CHECK(remarks(right(9300), right(900), 10, {}, "mind") == "no better than guessing; mind");
}
