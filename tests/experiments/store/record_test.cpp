#include "experiments/store/record.h"

#include <doctest/doctest.h>

using namespace experiments;

TEST_CASE("a record is done once it is ok or diverged, and labels what it does not have with -") {
  Record r;
  CHECK_FALSE(r.done());
  r.status = "diverged";
  CHECK(r.done());
  r.choices = {{"seed", "1"}};
  CHECK(r.label("seed") == "1");
  CHECK(r.label("method") == "-");
}

TEST_CASE("a damaged cell says what can be done about it") {
  Record r;
  r.status = "damaged";
  r.message = "no seal";
  CHECK(r.explanation().starts_with("no seal"));
  CHECK(r.explanation().size() > r.message.size());
}
