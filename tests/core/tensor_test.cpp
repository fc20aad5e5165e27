#include "core/tensor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/rng.h"
#include "tests/support/compare.h"

using core::bf16;
using core::DType;
using core::Shape;
using core::ShapeError;
using core::Tensor;

namespace {

using Values = std::vector<double>;

}  // namespace

TEST_CASE("a default tensor is empty") {
  const Tensor t;
  CHECK(t.shape() == Shape{0});
  CHECK(t.dtype() == DType::f32);
  CHECK(t.values().empty());
}

TEST_CASE("constructors fill every dtype") {
  for (const DType d :
       {DType::f32, DType::f64, DType::bf16, DType::s8, DType::u8, DType::s32, DType::s64}) {
    CAPTURE(core::name_of(d));
    CHECK(Tensor::zeros({2, 2}, d).values() == Values{0, 0, 0, 0});
    CHECK(Tensor::full({3}, 5, d).values() == Values{5, 5, 5});
    CHECK(Tensor::scalar(7, d).item() == 7);
    CHECK(Tensor::full({2, 3}, 1, d).byte_size() == 6 * core::size_of(d));
  }
  CHECK(Tensor::of<float>({2, 2}, {1, 2, 3, 4}).at(2) == 3);
  CHECK_THROWS_AS(Tensor::of<float>({2, 2}, {1, 2, 3}), ShapeError);
}

TEST_CASE("access with another type than the dtype is refused") {
  Tensor t = Tensor::zeros({2});
  CHECK_THROWS_WITH_AS(t.data<double>(),
                       "tensor: access type must be the dtype; asked f64, tensor f32 (2)",
                       ShapeError);
  CHECK_THROWS_AS(t.writable<std::int32_t>(), ShapeError);
}

TEST_CASE("writing to a copy leaves the original alone") {
  const Tensor a = Tensor::full({4}, 1);
  Tensor b = a;
  CHECK(b.is_same(a));
  b.writable<float>()[0] = 9;
  CHECK_FALSE(b.is_same(a));
  CHECK(a.values() == Values{1, 1, 1, 1});
  CHECK(b.values() == Values{9, 1, 1, 1});
}

TEST_CASE("writing to an unshared tensor keeps its storage and drops its packed copies") {
  Tensor a = Tensor::full({4}, 1);
  const std::byte* before = a.raw();
  a.storage().packed()["layout"] = 1;
  a.writable<float>()[1] = 2;
  CHECK(a.raw() == before);
  CHECK(a.storage().packed().empty());
}

TEST_CASE("reshape and rows are views, and writing to a view detaches it") {
  const Tensor a = Tensor::of<float>({3, 2}, {0, 1, 2, 3, 4, 5});
  const Tensor flat = a.reshape({6});
  CHECK(flat.raw() == a.raw());
  CHECK(a.whole());
  Tensor middle = a.rows(1, 1);
  CHECK(middle.shape() == Shape{1, 2});
  CHECK(middle.raw() == a.raw() + 2 * sizeof(float));
  CHECK_FALSE(middle.whole());
  middle.writable<float>()[0] = 7;
  CHECK(middle.values() == Values{7, 3});
  CHECK(a.values() == Values{0, 1, 2, 3, 4, 5});
  CHECK(a.rows(3, 0).numel() == 0);
}

TEST_CASE("a view that outlives its tensor is written in place") {
  Tensor view = Tensor::of<float>({3}, {1, 2, 3}).rows(1, 2);
  view.writable<float>()[1] = 8;
  CHECK(view.values() == Values{2, 8});
}

TEST_CASE("reshape and rows refuse what does not fit") {
  const Tensor a = Tensor::zeros({3, 2});
  CHECK_THROWS_WITH_AS(a.reshape({5}), "reshape: number of elements must stay; got (3, 2) to (5)",
                       ShapeError);
  CHECK_THROWS_AS(a.rows(2, 2), ShapeError);
  CHECK_THROWS_AS(a.rows(-1, 1), ShapeError);
  CHECK_THROWS_AS(a.rows(1, std::numeric_limits<std::int64_t>::max()), ShapeError);
  CHECK_THROWS_AS(Tensor::scalar(1).rows(0, 1), ShapeError);
}

TEST_CASE("conversion to an integer rounds half to even, clips, and makes NaN zero") {
  const Tensor x = Tensor::of<double>({7}, {0.5, 1.5, -2.5, 300, -300, NAN, INFINITY});
  CHECK(x.to(DType::s8).values() == Values{0, 2, -2, 127, -128, 0, 127});
  CHECK(x.to(DType::u8).values() == Values{0, 2, 0, 255, 0, 0, 255});
  CHECK(Tensor::of<double>({2}, {1e19, -1e19}).to(DType::s64).data<std::int64_t>()[0] ==
        std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("conversion between integers is exact or clips") {
  const std::int64_t odd = (std::int64_t{1} << 60) + 1;  // not a double
  const Tensor x = Tensor::of<std::int64_t>({3}, {odd, -1, 200});
  CHECK(x.to(DType::s64).data<std::int64_t>()[0] == odd);
  CHECK(x.to(DType::u8).values() == Values{255, 0, 200});
  CHECK(x.to(DType::s8).values() == Values{127, -1, 127});
}

TEST_CASE("conversion to the same type is the tensor itself") {
  const Tensor x = Tensor::full({3}, 2);
  CHECK(x.to(DType::f32).is_same(x));
  CHECK(x.to(DType::bf16).to(DType::f32).values() == x.values());
}

TEST_CASE("item wants one element and at a valid index") {
  CHECK(Tensor::full({1, 1}, 3).item() == 3);
  CHECK_THROWS_AS(Tensor::zeros({2}).item(), ShapeError);
  CHECK_THROWS_AS(Tensor::zeros({2}).at(2), ShapeError);
  CHECK_THROWS_AS(Tensor::zeros({2}).at(-1), ShapeError);
}

TEST_CASE("a shape whose bytes would wrap around is refused before anything is allocated") {
  CHECK_THROWS_AS(Tensor::empty(Shape{std::int64_t{1} << 61}, DType::f64), ShapeError);
}

TEST_CASE("dispatch_float calls with float or double and refuses the rest") {
  const auto size = [](auto zero) { return sizeof zero; };
  CHECK(core::dispatch_float("op", DType::f32, size) == 4);
  CHECK(core::dispatch_float("op", DType::f64, size) == 8);
  CHECK_THROWS_WITH_AS(core::dispatch_float("op", DType::s8, size),
                       "op: dtype must be f32 or f64; got s8", ShapeError);
}

TEST_CASE("rows are written in place, and only where they fit") {
  Tensor x = Tensor::zeros({3, 2});
  x.write_rows(1, Tensor::full({1, 2}, 4.0));
  CHECK(x.values() == std::vector<double>{0, 0, 4, 4, 0, 0});
  CHECK(x.is_unique());
  CHECK_THROWS_AS(x.write_rows(2, Tensor::zeros({2, 2})), core::ShapeError);
  CHECK_THROWS_AS(x.write_rows(0, Tensor::zeros({1, 3})), core::ShapeError);
  CHECK_THROWS_AS(x.write_rows(0, Tensor::zeros({1, 2}, core::DType::f64)), core::ShapeError);
}

TEST_CASE("conversion to bf16 goes to nearest even and keeps NaN and infinities") {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x =
      Tensor::of<float>({7}, {1.0f, 1.00390625f, 1.01171875f, -3.3f, std::nanf(""), -inf, 3.4e38f});
  const Tensor half = x.to(DType::bf16);
  CHECK(half.dtype() == DType::bf16);
  CHECK(half.at(0) == 1.0);
  CHECK(half.at(1) == 1.0);       // halfway between 1 and 1 + 2^-7
  CHECK(half.at(2) == 1.015625);  // halfway, the upper neighbour is even
  CHECK(half.at(3) == -3.296875);
  CHECK(std::isnan(half.at(4)));
  CHECK(half.at(5) == -inf);
  CHECK(half.at(6) == inf);  // rounds up past the largest bf16
  CHECK(half.to(DType::bf16).is_same(half));
}

TEST_CASE("a long conversion is that of its elements, for every pair of floating types") {
  core::Rng rng(1);
  const Tensor x = rng.normal({100'003}, 0, 10);  // several pieces
  for (const DType from : {DType::f32, DType::f64, DType::bf16}) {
    for (const DType to : {DType::f32, DType::f64, DType::bf16}) {
      const Tensor source = x.to(from), whole = source.to(to);
      for (const std::int64_t i : {0, 32'768, 65'537, 100'002})
        CHECK(support::same_bits(whole.rows(i, 1), source.rows(i, 1).to(to)));
    }
  }
}
