#include "core/io/h5_handle.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace {

std::vector<std::int64_t> closed;

int note(std::int64_t id) {
  closed.push_back(id);
  return 0;
}

}  // namespace

TEST_CASE("a handle closes its identifier once, whoever holds it in the end") {
  closed.clear();
  {
    core::h5::Handle first(7, note), second(9, note);
    core::h5::Handle moved(std::move(first));
    CHECK(moved.get() == 7);
    CHECK(first.get() == -1);
    second = std::move(moved);
    CHECK(second.get() == 7);
  }
  CHECK(closed == std::vector<std::int64_t>{9, 7});
}

TEST_CASE("an empty handle closes nothing") {
  closed.clear();
  { core::h5::Handle empty; }
  CHECK(closed.empty());
}
