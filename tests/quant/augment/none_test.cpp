#include "tests/quant/augment/table.h"

TEST_CASE("augment none is off") {
  CHECK_FALSE(quant_test::make<quant::Augment>("none")->active());
}

TEST_CASE("every disturbance keeps the shape, repeats itself and differs between seeds") {
  for (const std::string& name : core::Registry<quant::Augment>::names()) {
    if (name == "none") continue;
    CAPTURE(name);
    const auto augment = quant_test::make<quant::Augment>(name);
    CHECK(augment->active());
    for (const core::Shape& shape : {core::Shape{8, 6, 5, 4}, {8, 7, 16}, {8, 32}}) {
      const core::Tensor x = augment_test::numbered(shape), before = core::Tensor(x);
      const core::Tensor y = (*augment)(x, core::Rng(3));
      CHECK(y.shape() == shape);
      CHECK(support::same_bits(y, (*augment)(x, core::Rng(3))));
      CHECK(support::same_bits(x, before));
    }
    const core::Tensor x = augment_test::numbered({16, 9, 9, 8});
    CHECK_FALSE(support::same_bits((*augment)(x, core::Rng(3)), (*augment)(x, core::Rng(4))));
  }
}
