#include "core/scratch.h"

#include <doctest/doctest.h>

#include "core/kernels/move.h"
#include "core/rng.h"
#include "tests/support/compare.h"
#include "tests/support/temp_dir.h"

using core::DType;
using core::Scratch;
using core::Tensor;

TEST_CASE("tensors are made in memory while they fit beside the reserve, then in files") {
  const support::TempDir dir("scratch");
  const std::size_t live = core::pool_stats().live_bytes, mb = 1 << 20;
  const Scratch scratch({.limit = live + 12 * mb, .reserve = 4 * mb, .folder = dir.path()});
  const Tensor first = scratch.make({6, 1 << 18}, DType::f32);
  CHECK(!first.is_in_file());
  const Tensor second = scratch.make({6, 1 << 18}, DType::f32);
  CHECK(second.is_in_file());
  CHECK(!scratch.make({100}, DType::f32).is_in_file());  // not worth a file
  CHECK(!Scratch().make({6, 1 << 18}, DType::f32).is_in_file());
}

TEST_CASE("rows of a tensor in a file are those that were written, taken in any order") {
  const support::TempDir dir("scratch_rows");
  const Tensor x = core::Rng(1).normal({50, 7, 11}, 0, 1);
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16}) {
    const Tensor values = x.to(dtype);
    Tensor file = Tensor::in_file(x.shape(), dtype, dir.path());
    for (const std::int64_t begin : {32, 0, 16, 48})
      file.write_rows(begin, values.rows(begin, std::min<std::int64_t>(16, 50 - begin)));
    CHECK(support::same_bits(file, values));
    CHECK(support::same_bits(file.rows(13, 20), values.rows(13, 20)));
    const std::vector<std::int64_t> index{49, 0, 7, 7};
    CHECK(support::same_bits(core::gather_rows(file, index), core::gather_rows(values, index)));
  }
}

TEST_CASE("a tensor in a file is a value: a copy does not see what is written later") {
  const support::TempDir dir("scratch_value");
  Tensor file = Tensor::in_file({4, 2}, DType::f32, dir.path());
  file.write_rows(0, Tensor::full({4, 2}, 1.0));
  const Tensor copy = file;
  CHECK(!file.is_unique());
  file.write_rows(1, Tensor::full({1, 2}, 5.0));
  CHECK(copy.values() == std::vector<double>(8, 1.0));
  CHECK(file.values() == std::vector<double>{1, 1, 5, 5, 1, 1, 1, 1});
}
