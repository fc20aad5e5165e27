#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <cmath>
#include <numeric>

#include "data/dataset.h"
#include "tests/support/idx_files.h"

namespace {

std::unique_ptr<data::Dataset> open(const std::string& root, std::int64_t val_count = 20) {
  core::Value::Map map;
  map.emplace_back("name", "fashion_mnist");
  map.emplace_back("root", root);
  map.emplace_back("val_count", val_count);
  core::Params params{core::Value(map)};
  auto dataset = core::Registry<data::Dataset>::create(params);
  params.done();
  return dataset;
}

std::vector<std::int64_t> all(std::int64_t n) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(n));
  std::iota(index.begin(), index.end(), std::int64_t{0});
  return index;
}

}  // namespace

TEST_CASE("the last training images are val, and train stops before them") {
  const support::TempDir dir("fashion");
  support::write_fashion(dir.path(), 100, 30);
  const auto d = open(dir.path());
  CHECK(d->size(data::Split::train) == 80);
  CHECK(d->size(data::Split::val) == 20);
  CHECK(d->size(data::Split::test) == 30);
  CHECK(d->image_shape() == core::Shape{28, 28, 1});
  const core::Tensor train = d->labels(data::Split::train, all(80)),
                     val = d->labels(data::Split::val, all(20));
  for (std::int64_t i = 0; i < 80; ++i) CHECK(train.at(i) == i % 10);
  for (std::int64_t i = 0; i < 20; ++i) CHECK(val.at(i) == (80 + i) % 10);
  const std::vector<std::int64_t> one{3};
  const core::Tensor pixel = d->pixels(data::Split::val, one);
  CHECK(pixel.shape() == core::Shape{1, 28, 28, 1});
  CHECK(pixel.at(0) == 20 + (83 * 7) % 40);
  const std::vector<std::int64_t> outside{80};
  CHECK_THROWS_AS(d->pixels(data::Split::train, outside), core::ShapeError);
}

TEST_CASE("the fingerprint follows the bytes, not the place") {
  const support::TempDir a("fashion_a"), b("fashion_b");
  support::write_fashion(a.path(), 40, 10);
  support::write_fashion(b.path(), 40, 10);
  CHECK(open(a.path())->fingerprint().size() == 64);
  CHECK(open(a.path())->fingerprint() == open(b.path())->fingerprint());
  support::write_fashion(b.path(), 40, 20);
  CHECK(open(a.path())->fingerprint() != open(b.path())->fingerprint());
}

TEST_CASE("absent files are refused with the command that brings them") {
  const support::TempDir dir("fashion");
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("apt-get install dataset-fashion-mnist"),
                       core::InputError);
}

TEST_CASE("files that do not belong together are refused") {
  const support::TempDir dir("fashion");
  support::write_fashion(dir.path(), 40, 10);
  CHECK_THROWS_WITH_AS(open(dir.path(), 40)->size(data::Split::train),
                       doctest::Contains("below the 40 training images"), core::InputError);
  support::Bytes labels = support::idx_header({39});
  labels.resize(labels.size() + 39);
  support::write_bytes(dir.file("train-labels-idx1-ubyte.gz"), support::gzip(labels));
  CHECK_THROWS_WITH_AS(open(dir.path())->size(data::Split::train),
                       doctest::Contains("39 labels, 40 images"), core::InputError);
  labels = support::idx_header({40});
  labels.resize(labels.size() + 39);
  labels.push_back(10);
  support::write_bytes(dir.file("train-labels-idx1-ubyte.gz"), support::gzip(labels));
  CHECK_THROWS_WITH_AS(open(dir.path())->size(data::Split::train),
                       doctest::Contains("got 10 for image 39"), core::InputError);
}

TEST_CASE("verifying reads the files of every split") {
  const support::TempDir dir("fashion");
  const auto refused = [&](const std::string& name, const support::Bytes& bytes,
                           const std::string& says) {
    support::write_fashion(dir.path(), 40, 10);
    CHECK_NOTHROW(open(dir.path())->verify());
    support::write_bytes(dir.file(name), support::gzip(bytes));
    const std::string message = support::message_of([&] { open(dir.path())->verify(); });
    CAPTURE(message);
    CHECK(message.starts_with(dir.file(name) + ": "));
    CHECK(message.find(says) != std::string::npos);
  };
  support::Bytes labels = support::idx_header({10}), small = support::idx_header({10, 27, 28});
  labels.resize(labels.size() + 9);
  labels.push_back(10);
  small.resize(small.size() + 10 * 27 * 28);
  refused("t10k-labels-idx1-ubyte.gz", labels, "labels must be below 10; got 10 for image 9");
  refused("t10k-labels-idx1-ubyte.gz", small, "are the files of the images and the labels swapped");
  refused("t10k-images-idx3-ubyte.gz", labels,
          "are the files of the images and the labels swapped");
  refused("t10k-images-idx3-ubyte.gz", small, "must be 28x28; got 27x28");
}

TEST_CASE("a pipe in the place of a file of Fashion-MNIST is not called missing") {
  const support::TempDir dir("fashion");
  support::write_fashion(dir.path(), 40, 10);
  std::filesystem::remove(dir.file("t10k-labels-idx1-ubyte.gz"));
  REQUIRE(mkfifo(dir.file("t10k-labels-idx1-ubyte.gz").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(open(dir.path())->verify(), doctest::Contains("must be a regular file"),
                       core::InputError);
}

TEST_CASE("the package's files have the published sizes and classes") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    MESSAGE("SKIPPED: dataset-fashion-mnist is not installed");
    return;
  }
  const auto d = open("/usr/share/datasets/fashion-mnist", 5000);
  CHECK(d->size(data::Split::train) == 55000);
  CHECK(d->size(data::Split::val) == 5000);
  CHECK(d->size(data::Split::test) == 10000);
  const core::Tensor labels = d->labels(data::Split::test, all(10000));
  std::array<int, 10> count{};
  for (const std::int64_t l : labels.data<std::int64_t>()) ++count[static_cast<std::size_t>(l)];
  for (const int n : count) CHECK(n == 1000);
  const core::Tensor pixels = d->pixels(data::Split::train, all(55000));
  double sum = 0, squares = 0;
  for (const std::uint8_t v : pixels.data<std::uint8_t>()) {
    sum += v;
    squares += double(v) * v;
  }
  const double n = static_cast<double>(pixels.numel()), mean = sum / n;
  CHECK(mean / 255 == doctest::Approx(0.2860).epsilon(0.002));
  CHECK(std::sqrt(squares / n - mean * mean) / 255 == doctest::Approx(0.3530).epsilon(0.002));
}
