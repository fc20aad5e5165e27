#include <doctest/doctest.h>

#include "data/dataset.h"
#include "data/jpeg.h"
#include "tests/support/jpeg_files.h"

namespace {

std::unique_ptr<data::Dataset> open(const std::string& root) {
  core::Value::Map map;
  map.emplace_back("name", "cifar10");
  map.emplace_back("root", root);
  core::Params params{core::Value(map)};
  auto dataset = core::Registry<data::Dataset>::create(params);
  params.done();
  return dataset;
}

/// Ten class folders with `train` and `test` images each.
void write_folders(const support::TempDir& dir, int train, int test) {
  for (int c = 0; c < 10; ++c) {
    for (int i = 0; i < train; ++i) {
      support::write_bytes(
          dir.file("train/class" + std::to_string(c) + "/" + std::to_string(100 + i) + ".jpg"),
          support::jpeg_image(32, c * 16 + i));
    }
    for (int i = 0; i < test; ++i) {
      support::write_bytes(
          dir.file("test/class" + std::to_string(c) + "/" + std::to_string(100 + i) + ".jpg"),
          support::jpeg_image(32, c * 16 + i + 5));
    }
  }
}

}  // namespace

TEST_CASE("class folders give balanced splits in a fixed order") {
  const support::TempDir dir("cifar");
  write_folders(dir, 20, 1);
  const auto d = open(dir.path());
  CHECK(d->size(data::Split::train) == 180);
  CHECK(d->size(data::Split::val) == 20);
  CHECK(d->size(data::Split::test) == 10);
  const std::vector<std::int64_t> index{0, 1, 12, 19};
  CHECK(d->labels(data::Split::val, index).values() == std::vector<double>{0, 1, 2, 9});
  // val image 12 is the second (last) kept image of class 2: file 119
  support::Bytes expected(32 * 32 * 3);
  data::decode_jpeg(dir.file("train/class2/119.jpg"), 32, 32, expected.data());
  const core::Tensor pixels = d->pixels(data::Split::val, index);
  CHECK(pixels.shape() == core::Shape{4, 32, 32, 3});
  const auto third = pixels.rows(2, 1);
  CHECK(std::equal(expected.begin(), expected.end(), third.data<std::uint8_t>().begin()));
  CHECK(d->fingerprint().size() == 64);
}

TEST_CASE("a damaged image is named, and only when its split is read") {
  const support::TempDir dir("cifar");
  write_folders(dir, 2, 1);
  support::write_bytes(dir.file("test/class3/100.jpg"), {1, 2, 3});
  const auto d = open(dir.path());
  const std::vector<std::int64_t> index{0};
  CHECK_NOTHROW(d->pixels(data::Split::train, index));
  CHECK_THROWS_WITH_AS(d->pixels(data::Split::test, index),
                       doctest::Contains("test/class3/100.jpg"), core::InputError);
}

TEST_CASE("a folder of another layout is refused with the layouts that are known") {
  const support::TempDir dir("cifar");
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("data_batch_1.bin"), core::InputError);
  support::write_bytes(dir.file("train/cat/1.jpg"), support::jpeg_image(32, 1));
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("must be 10 class folders; got 1"),
                       core::InputError);
}

TEST_CASE("binary batches are read as interleaved pixels, and only at their exact size") {
  const support::TempDir dir("cifar");
  for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                 "data_batch_5", "test_batch"}) {
    support::Bytes batch(3073 * 10000, 7);
    for (std::size_t i = 0; i < 10000; ++i) {
      batch[i * 3073] = static_cast<std::uint8_t>(i % 10);
      batch[i * 3073 + 1] = static_cast<std::uint8_t>(i / 40);  // red, pixel 0
      batch[i * 3073 + 1025] = 2;                               // green, pixel 0
      batch[i * 3073 + 2049] = 3;                               // blue, pixel 0
    }
    support::write_bytes(dir.file(name + ".bin"), batch);
  }
  const auto d = open(dir.path());
  CHECK(d->size(data::Split::train) == 45000);
  CHECK(d->size(data::Split::val) == 5000);
  CHECK(d->size(data::Split::test) == 10000);
  const std::vector<std::int64_t> index{4321};
  CHECK(d->labels(data::Split::test, index).item() == 1);
  const core::Tensor pixel = d->pixels(data::Split::test, index);
  CHECK(pixel.at(0) == 4321 / 40);
  CHECK(pixel.at(1) == 2);
  CHECK(pixel.at(2) == 3);
  CHECK(pixel.at(3) == 7);
  support::write_bytes(dir.file("data_batch_4.bin"), support::Bytes(3073 * 10000 - 1));
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("exactly 30730000 bytes; got 30729999"),
                       core::InputError);
}
