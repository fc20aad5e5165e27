#include "experiments/cli/selftest.h"

#include <doctest/doctest.h>

using namespace experiments;

TEST_CASE("every product of this machine passes the self-test") {
  const auto rows = self_test();
  CHECK(rows.size() >= 30);
  for (const SelfTestRow& r : rows) {
    INFO(r.name << " " << r.error);
    CHECK(r.passed());
    CHECK(r.error >= 0);
  }
}
