#include "core/dtype.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/error.h"

using core::bf16;
using core::DType;

namespace {

float through(float x) { return static_cast<float>(bf16(x)); }

}  // namespace

TEST_CASE("sizes and names of the types are what files store") {
  const std::vector<std::pair<DType, std::size_t>> all{
      {DType::f32, 4}, {DType::f64, 8}, {DType::bf16, 2}, {DType::s8, 1},
      {DType::u8, 1},  {DType::s32, 4}, {DType::s64, 8}};
  for (const auto& [dtype, size] : all) {
    CHECK(core::size_of(dtype) == size);
    CHECK(core::dtype_named(core::name_of(dtype)) == dtype);
  }
  CHECK(core::name_of(DType::bf16) == "bf16");
  CHECK(fmt::format("{}", DType::s64) == "s64");
}

TEST_CASE("an unknown type or precision is an input error with the alternatives") {
  CHECK_THROWS_WITH_AS(
      core::dtype_named("f23"),
      "dtype: unknown type 'f23'; did you mean 'f32'?; known: f32, f64, bf16, s8, u8, s32, s64",
      core::InputError);
  CHECK_THROWS_AS(core::precision_named("fp32"), core::InputError);
  CHECK(core::precision_named("bf16") == core::Precision::bf16);
  for (const std::string& name : core::precision_names())
    CHECK(core::name_of(core::precision_named(name)) == name);
}

TEST_CASE("dtype_of maps each C++ type to its dtype") {
  static_assert(core::dtype_of<float>() == DType::f32 && core::dtype_of<double>() == DType::f64);
  static_assert(core::dtype_of<bf16>() == DType::bf16 &&
                core::dtype_of<std::int8_t>() == DType::s8);
  static_assert(core::dtype_of<std::uint8_t>() == DType::u8);
  static_assert(core::dtype_of<std::int32_t>() == DType::s32 &&
                core::dtype_of<std::int64_t>() == DType::s64);
  static_assert(sizeof(bf16) == 2);
}

TEST_CASE("bf16 keeps what it can represent and rounds the rest to nearest, ties to even") {
  for (const float x : {0.0f, 1.0f, -2.5f, 0x1p-126f, 0x1.FEp127f}) CHECK(through(x) == x);
  CHECK(std::signbit(through(-0.0f)));
  CHECK(through(1.0f + 0x1p-8f) == 1.0f);              // tie: down to the even neighbour
  CHECK(through(1.0f + 0x3p-8f) == 1.0f + 0x1p-6f);    // tie: up to the even neighbour
  CHECK(through(1.0f + 0x1.2p-8f) == 1.0f + 0x1p-7f);  // above the tie
  CHECK(through(1.0f + 0x1.Ep-9f) == 1.0f);            // below the tie
}

TEST_CASE("bf16 keeps NaN and infinity, and overflows to infinity") {
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(through(inf) == inf);
  CHECK(through(-inf) == -inf);
  CHECK(through(std::numeric_limits<float>::max()) == inf);
  CHECK(std::isnan(through(std::numeric_limits<float>::quiet_NaN())));
  // a NaN whose payload sits in the dropped half would become infinity by rounding or truncation
  CHECK(std::isnan(through(std::bit_cast<float>(0x7F800001u))));
  CHECK(std::isnan(through(std::bit_cast<float>(0xFFFFFFFFu))));
}
