#include "quant/learn/batch.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("batches depend on seed and step only, hold different samples, and cover the data") {
  const core::Rng rng(5);
  std::set<std::int64_t> seen;
  for (std::int64_t step = 0; step < 50; ++step) {
    const auto index = quant::batch_index(rng, step, 40, 8, false);
    CHECK(index == quant::batch_index(rng, step, 40, 8, false));
    CHECK(std::set(index.begin(), index.end()).size() == 8);
    seen.insert(index.begin(), index.end());
  }
  CHECK(seen.size() == 40);
  CHECK(*seen.rbegin() == 39);
  CHECK(quant::batch_index(rng, 0, 40, 8, false) != quant::batch_index(rng, 1, 40, 8, false));
  CHECK(quant::batch_index(rng, 0, 3, 8, false) == std::vector<std::int64_t>{0, 1, 2});
  CHECK(quant::batch_index(rng, 0, 3, 8, true).size() == 8);
}

TEST_CASE("stored rows are those of every tensor that is held") {
  quant::UnitData data;
  data.x_quant = core::Rng(1).normal({5, 3}, 0, 1);
  data.y_float = core::Rng(2).normal({5, 2}, 0, 1);
  const quant::Batch batch = quant::stored_rows(data, 1, 3);
  CHECK(support::same_bits(batch.x, data.x_quant.rows(1, 3)));
  CHECK(support::same_bits(batch.target, data.y_float.rows(1, 3)));
  CHECK(batch.sensitivity.numel() == 0);
}
