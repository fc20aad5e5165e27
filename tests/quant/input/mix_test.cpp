#include "tests/quant/input/table.h"

TEST_CASE("input mix takes each element from one of the two, by the share p") {
  const core::Tensor q = core::Tensor::full({10'000}, 1), f = core::Tensor::full({10'000}, 2);
  const auto input = quant_test::make<quant::Input>("mix", {{"p", 0.25}});
  CHECK(input->wants_quantised());
  CHECK(input->wants_float());
  const core::Tensor x = input->batch(q, f, 0, core::Rng(1));
  std::int64_t quantised = 0;
  for (const double v : x.values()) quantised += v == 1;
  CHECK(std::abs(static_cast<double>(quantised) - 2500) < 200);
  CHECK_FALSE(support::same_bits(x, input->batch(q, f, 0, core::Rng(2))));
}

TEST_CASE("inputs from rows of all data are the inputs from the gathered rows") {
  const core::Tensor q = core::Rng(1).normal({6, 70}, 0, 1), f = core::Rng(2).normal({6, 70}, 0, 1);
  const std::vector<std::int64_t> index{5, 0, 0, 3};
  for (const char* name : {"mix", "anneal", "quant", "fp"}) {
    CAPTURE(name);
    const auto input = quant_test::make<quant::Input>(name);
    const core::Tensor gathered =
        input->batch(core::gather_rows(q, index), core::gather_rows(f, index), 0.5, core::Rng(3));
    CHECK(support::same_bits(input->batch_of(q, f, index, 0.5, core::Rng(3)), gathered));
  }
}
