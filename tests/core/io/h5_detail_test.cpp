#include "core/io/h5_detail.h"

#include <doctest/doctest.h>

#include <utility>

#include "core/error.h"

using namespace core::h5;

namespace {

int closed = 0;
int count_close(std::int64_t) { return ++closed; }

}  // namespace

TEST_CASE("a handle closes its identifier exactly once, wherever it was moved") {
  closed = 0;
  {
    Handle a(5, count_close);
    Handle b = std::move(a);
    Handle c(6, count_close);
    c = std::move(b);
    CHECK(c.get() == 5);
    CHECK(closed == 0);
  }
  CHECK(closed == 2);
}

TEST_CASE("an empty handle closes nothing") {
  closed = 0;
  {
    const Handle none;
    const Handle failed(-1, count_close);
    CHECK(none.get() == -1);
  }
  CHECK(closed == 0);
}

TEST_CASE("fail carries HDF5's own reason, and only the one of the last call") {
  detail::silence();
  CHECK(H5Gopen2(-1, "x", H5P_DEFAULT) < 0);
  CHECK_FALSE(detail::reason().empty());
  CHECK_THROWS_AS(detail::fail("f.h5: /x", "cannot be opened"), core::InputError);
  CHECK_THROWS_WITH_AS(detail::fail("f.h5: /x", "must be a group"), "f.h5: /x: must be a group",
                       core::InputError);
}

TEST_CASE("own and check pass what succeeded and refuse what failed") {
  detail::silence();
  CHECK_NOTHROW(detail::check(0, "f.h5", "fine"));
  CHECK_THROWS_AS(detail::check(-1, "f.h5", "bad"), core::InputError);
  CHECK_THROWS_AS(detail::own(-1, count_close, "f.h5", "bad"), core::InputError);
  CHECK(detail::property_list(H5P_DATASET_CREATE).get() >= 0);
}

TEST_CASE("native types have the sizes of the dtypes") {
  using core::DType;
  for (const DType d :
       {DType::f32, DType::f64, DType::bf16, DType::s8, DType::u8, DType::s32, DType::s64}) {
    CHECK(H5Tget_size(detail::native(d)) == core::size_of(d));
  }
}

TEST_CASE("text with a NUL byte cannot be stored") {
  CHECK(detail::c_text("abc", "f.h5") == "abc");
  CHECK_THROWS_AS(detail::c_text(std::string_view("a\0b", 3), "f.h5"), core::Error);
}
