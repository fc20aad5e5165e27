#include <doctest/doctest.h>

#include <map>
#include <set>

#include "quant/calibration/calibration_set.h"
#include "tests/quant/helpers.h"

TEST_CASE("class_balanced gives every class its share, the same for the same seed") {
  const quant_test::ToyDataset dataset(4, 10);
  const auto balanced = quant_test::make<quant::CalibrationSet>("class_balanced");
  const auto index = balanced->draw({.dataset = dataset, .count = 22}, core::Rng(3));
  CHECK(index == balanced->draw({.dataset = dataset, .count = 22}, core::Rng(3)));
  CHECK(std::set(index.begin(), index.end()).size() == 22);
  std::map<std::int64_t, int> of_class;
  for (const auto i : index) ++of_class[i / 10];
  for (std::int64_t c = 0; c < 4; ++c) CHECK((of_class[c] == 5 || of_class[c] == 6));
}

TEST_CASE("class_balanced can take everything") {
  const quant_test::ToyDataset dataset(3, 2);
  CHECK(quant_test::make<quant::CalibrationSet>("class_balanced")
            ->draw({.dataset = dataset, .count = 6}, core::Rng(1))
            .size() == 6);
}
