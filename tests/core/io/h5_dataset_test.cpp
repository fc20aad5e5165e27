// Datasets: every dtype, strings, partial reads, and what Python sees.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/io/h5.h"
#include "core/rng.h"
#include "core/system/file.h"
#include "tests/support/compare.h"
#include "tests/support/python.h"
#include "tests/support/temp_dir.h"

using core::DType;
using core::InputError;
using core::Shape;
using core::Tensor;
using core::h5::File;
using support::same_bits;

namespace {

constexpr DType kAll[] = {DType::f32, DType::f64, DType::bf16, DType::s8,
                          DType::u8,  DType::s32, DType::s64};

Tensor sample(const Shape& shape, DType dtype) {
  return core::Rng(7).normal(shape, 60, 20, DType::f64).to(dtype);
}

}  // namespace

TEST_CASE("a tensor of every dtype and shape comes back with the same bits") {
  const std::vector<Shape> shapes{{},        {0},       {1},           {7},      {3, 0, 2},
                                  {5, 1, 4}, {40, 100}, {3, 50, 1000}, {200'000}};
  for (const DType dtype : kAll) {
    for (const Shape& shape : shapes) {
      for (const bool compress : {true, false}) {
        CAPTURE(fmt::format("{} {} {}", dtype, shape, compress));
        const Tensor t = sample(shape, dtype);
        File f = File::create();
        f.write("t", t, {.compress = compress});
        const File back = File::from_bytes(f.image());
        CHECK(back.dataset("t").dtype() == dtype);
        CHECK(back.dataset("t").shape() == shape);
        CHECK(same_bits(back.read("t"), t));
      }
    }
  }
}

TEST_CASE("extreme values survive") {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor x = Tensor::of<double>({5}, {inf, -inf, 5e-324, -0.0, 1.7976931348623157e308});
  const Tensor n = Tensor::of<std::int64_t>({2}, {INT64_MIN, INT64_MAX});
  File f = File::create();
  f.write("x", x);
  f.write("n", n);
  f.write("nan", Tensor::full({2}, NAN));
  CHECK(same_bits(f.read("x"), x));
  CHECK(same_bits(f.read("n"), n));
  CHECK(std::isnan(f.read("nan").at(1)));
}

TEST_CASE("a view of rows is written as its own rows") {
  const Tensor t = sample({6, 3}, DType::f32);
  File f = File::create();
  f.write("t", t.rows(2, 3));
  CHECK(same_bits(f.read("t"), t.rows(2, 3)));
}

TEST_CASE("columns are one-dimensional f64 and s64 datasets") {
  File f = File::create();
  f.write("r", std::vector<double>{0.5, 1.5});
  f.write("i", std::vector<std::int64_t>{-1, 2});
  f.write("none", std::vector<double>{});
  CHECK(f.read("r").values() == std::vector<double>{0.5, 1.5});
  CHECK(f.read("i").dtype() == DType::s64);
  CHECK(f.read("none").shape() == Shape{0});
}

TEST_CASE("large numeric data is compressed and small data is not") {
  File small = File::create(), packed = File::create(), plain = File::create();
  const Tensor zeros = Tensor::zeros({1000, 1000});
  packed.write("z", zeros);
  plain.write("z", zeros, {.compress = false});
  CHECK(packed.image().size() < 100'000);
  CHECK(plain.image().size() > 4'000'000);
}

TEST_CASE("a flipped bit in compressed data is noticed") {
  File f = File::create("m");
  f.write("w", sample({100, 100}, DType::f32));
  std::vector<std::byte> image = f.image();
  image[image.size() / 2 + 3000] ^= std::byte{1};
  const File bad = File::from_bytes(image, "bad");
  CHECK_THROWS_AS(bad.read("w"), InputError);
}

TEST_CASE("rows are read without the others") {
  const Tensor t = sample({1000, 30, 5}, DType::f32);
  File f = File::create("m");
  f.write("t", t);
  const core::h5::Dataset d = f.dataset("t");
  for (const auto& [begin, count] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {0, 1}, {999, 1}, {17, 500}, {0, 1000}, {4, 0}, {1000, 0}}) {
    CHECK(same_bits(d.read_rows(begin, count), t.rows(begin, count)));
  }
  CHECK_THROWS_WITH_AS(d.read_rows(999, 2),
                       "m: /t: rows must lie in the first axis; got 999 + 2 of (1000, 30, 5)",
                       InputError);
  CHECK_THROWS_AS(d.read_rows(-1, 1), InputError);
  f.write("scalar", Tensor::scalar(1));
  CHECK_THROWS_AS(f.dataset("scalar").read_rows(0, 1), InputError);
}

TEST_CASE("strings keep their bytes, and numbers are not strings") {
  File f = File::create("m");
  const std::vector<std::string> names{"", "plain", "zwölf", "two\nlines",
                                       std::string(70'000, 'x')};
  f.write("names", names);
  f.write("none", std::vector<std::string>{});
  f.write_string("one", "");
  CHECK(f.read_strings("names") == names);
  CHECK(f.read_strings("none").empty());
  CHECK(f.read_string("one") == "");
  CHECK(f.dataset("names").is_string());
  f.write("t", Tensor::zeros({2}));
  CHECK_FALSE(f.dataset("t").is_string());
  CHECK_THROWS_WITH_AS(f.read_strings("t"), "m: /t: must hold strings", InputError);
  CHECK_THROWS_WITH_AS(f.read_string("names"), "m: /names: must be one string; got 5", InputError);
  CHECK_THROWS_WITH_AS(f.read("names"),
                       "m: /names: element type must be f32, f64, bf16, s8, u8, s32 or s64",
                       InputError);
  CHECK_THROWS_AS(f.write_string("nul", std::string_view("a\0b", 3)), core::Error);
}

TEST_CASE("a name is written once, and its path is relative") {
  File f = File::create("m");
  f.write("a/b", Tensor::zeros({2}));
  CHECK_THROWS_WITH_AS(f.write("a/b", Tensor::zeros({2})), "m: /a/b: exists already", InputError);
  CHECK_THROWS_WITH_AS(f.write_string("a", "x"), "m: /a: exists already", InputError);
  CHECK_THROWS_AS(f.write("a/b/c", Tensor::zeros({2})), InputError);
  for (const char* path : {"", "/a", "a/"})
    CHECK_THROWS_AS(f.write(path, Tensor::zeros({2})), InputError);
}

TEST_CASE("Python reads what we write and we read what Python writes") {
  SKIP_WITHOUT_PYTHON("h5py, numpy");
  const support::TempDir dir;
  File f = File::create();
  f.set_attribute("schema", "roundtable/1");
  f.set_attribute("count", 3);
  f.write("w", sample({100, 50}, DType::f32));
  f.write("codes", sample({10}, DType::s8));
  f.write("half", Tensor::of<core::bf16>({2}, {core::bf16(1.5f), core::bf16(-2.0f)}));
  f.write("names", std::vector<std::string>{"a", "zwölf"});
  f.write_string("yaml", "a: 1");
  core::publish(dir.file("ours.h5"), f.image());
  REQUIRE(support::run_reference("h5_roundtrip.py",
                                 dir.file("ours.h5") + " " + dir.file("theirs.h5")) == 0);
  const File back = File::open(dir.file("theirs.h5"));
  CHECK(same_bits(back.read("w"), sample({100, 50}, DType::f32)));
  CHECK(back.read("big_endian").values() == std::vector<double>{1, 2, 3});
  CHECK(back.read("codes").dtype() == DType::s8);
  CHECK(back.read_strings("variable") == std::vector<std::string>{"a", "zwölf"});
  CHECK(back.read_strings("fixed") == std::vector<std::string>{"ab", "c"});
  CHECK(back.string_attribute("text") == "zwölf");
  CHECK(back.int_attribute("count") == 3);
  CHECK(back.real_attribute("real") == 0.5);
  CHECK_THROWS_AS(back.read("complex"), InputError);
  CHECK_THROWS_AS(back.read("half_float"), InputError);
}
