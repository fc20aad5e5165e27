#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>

#include "data/dataset.h"
#include "data/images/jpeg.h"
#include "tests/support/jpeg_files.h"

namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 10> kNames{"airplane", "automobile", "bird",  "cat",  "deer",
                                             "dog",      "frog",       "horse", "ship", "truck"};

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
    const std::string name = kNames[static_cast<std::size_t>(c)];
    for (int i = 0; i < train; ++i) {
      support::write_bytes(dir.file("train/" + name + "/" + std::to_string(100 + i) + ".jpg"),
                           support::jpeg_image(32, c * 16 + i));
    }
    for (int i = 0; i < test; ++i) {
      support::write_bytes(dir.file("test/" + name + "/" + std::to_string(100 + i) + ".jpg"),
                           support::jpeg_image(32, c * 16 + i + 5));
    }
  }
}

/// The six batches of the binary version; record i of each has label i % 10.
void write_batches(const support::TempDir& dir) {
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
}

/// What the set says when it is opened and verified.
std::string refusal(const support::TempDir& dir) {
  return support::message_of([&] { open(dir.path())->verify(); });
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
  data::decode_jpeg(dir.file("train/bird/119.jpg"), 32, 32, expected.data());
  const core::Tensor pixels = d->pixels(data::Split::val, index);
  CHECK(pixels.shape() == core::Shape{4, 32, 32, 3});
  const auto third = pixels.rows(2, 1);
  CHECK(std::equal(expected.begin(), expected.end(), third.data<std::uint8_t>().begin()));
  CHECK(d->fingerprint().size() == 64);
}

TEST_CASE("an image that cannot be used is named when the set is verified, whatever its split") {
  const support::TempDir dir("cifar");
  write_folders(dir, 2, 1);
  CHECK(refusal(dir) == "");
  const auto refused = [&](const std::string& name, const support::Bytes& bytes,
                           const std::string& says) {
    const support::Bytes before = support::read_bytes(dir.file(name));
    support::write_bytes(dir.file(name), bytes);
    const std::string message = refusal(dir);
    CAPTURE(message);
    CHECK(message.starts_with(dir.file(name) + ": "));
    CHECK(message.find(says) != std::string::npos);
    support::write_bytes(dir.file(name), before);
  };
  refused("test/cat/100.jpg", {1, 2, 3}, "not a JPEG file but data of an unknown kind");
  refused("train/truck/101.jpg", support::jpeg_image(64, 1), "must be 32x32; got 64x64");
  refused("train/cat/100.jpg", support::gzip({1}), "a gzip file");
  support::Bytes cut = support::jpeg_image(32, 1);
  cut.resize(cut.size() / 2 + 200);
  refused("test/ship/100.jpg", cut, "truncated or corrupt JPEG file");
  CHECK(refusal(dir) == "");
}

TEST_CASE("class folders must have CIFAR-10's names, on both sides, and what differs is named") {
  const support::TempDir dir("cifar");
  write_folders(dir, 1, 1);
  fs::rename(dir.file("test/airplane"), dir.file("test/xairplane"));
  std::string message = refusal(dir);
  CHECK(message.starts_with(dir.file("test") + ": the class folders must be airplane, automobile"));
  CHECK(message.find("missing: airplane; no class: xairplane") != std::string::npos);
  fs::rename(dir.file("test/xairplane"), dir.file("test/airplane"));
  CHECK(refusal(dir) == "");
  fs::create_directory(dir.file("train/zebra"));  // one more shifts no label, and has no meaning
  message = refusal(dir);
  CHECK(message.starts_with(dir.file("train") + ": "));
  CHECK(message.ends_with("; no class: zebra"));
  fs::remove(dir.file("train/zebra"));
  fs::create_directory(dir.file("train/.cache"));  // hidden: not the data set's
  CHECK(refusal(dir) == "");
  fs::remove_all(dir.file("train/dog"));
  CHECK(refusal(dir).ends_with("; missing: dog"));
}

TEST_CASE("a class folder holds JPEG files and nothing else that could be taken for an image") {
  const support::TempDir dir("cifar");
  write_folders(dir, 1, 1);
  support::write_bytes(dir.file("train/cat/200.JPG"), support::jpeg_image(32, 1));
  support::write_bytes(dir.file("train/cat/.listing"), {1});
  CHECK(refusal(dir) == "");
  CHECK(open(dir.path())->size(data::Split::train) == 11);
  support::write_bytes(dir.file("train/cat/300.png"), {1});
  CHECK(refusal(dir) ==
        dir.file("train/cat/300.png") + ": only .jpg and .jpeg files may be in a class folder");
  fs::remove(dir.file("train/cat/300.png"));
  REQUIRE(mkfifo(dir.file("train/cat/300.jpg").c_str(), 0600) == 0);
  CHECK(refusal(dir).starts_with(dir.file("train/cat/300.jpg") + ": must be a regular file"));
}

TEST_CASE("the root of a CIFAR-10 that cannot be looked into is an input error") {
  const support::TempDir dir("cifar");
  fs::create_symlink("loop", dir.file("loop"));
  CHECK_THROWS_WITH_AS(open(dir.file("loop")), doctest::Contains("symbolic links"),
                       core::InputError);
}

TEST_CASE("a folder of another layout is refused with the layouts that are known") {
  const support::TempDir dir("cifar");
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("data_batch_1.bin"), core::InputError);
  support::write_bytes(dir.file("train/cat/1.jpg"), support::jpeg_image(32, 1));
  CHECK_THROWS_WITH_AS(open(dir.path()),
                       doctest::Contains("missing: airplane, automobile, bird, deer"),
                       core::InputError);
}

TEST_CASE("binary batches are read as interleaved pixels, and only at their exact size") {
  const support::TempDir dir("cifar");
  write_batches(dir);
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
  support::Bytes labelled(3073 * 10000, 0);
  labelled[3073 * 17] = 10;
  support::write_bytes(dir.file("data_batch_4.bin"), labelled);
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("got 10 in record 17"),
                       core::InputError);
  fs::remove(dir.file("data_batch_4.bin"));
  REQUIRE(mkfifo(dir.file("data_batch_4.bin").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("must be a regular file"),
                       core::InputError);
  fs::remove(dir.file("data_batch_4.bin"));
  fs::create_symlink("/dev/zero", dir.file("data_batch_4.bin"));
  CHECK_THROWS_WITH_AS(open(dir.path()), doctest::Contains("must be a regular file"),
                       core::InputError);
}
