#include "data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "tests/support/tiny_dataset.h"

using data::Loader;
using data::LoaderOptions;

namespace {

/// The images (by their constant value) of every batch that is left.
std::vector<std::vector<long>> drain(Loader& loader) {
  std::vector<std::vector<long>> out;
  while (const auto batch = loader.next()) {
    std::vector<long> ids;
    for (std::int64_t i = 0; i < batch->images.shape()[0]; ++i)
      ids.push_back(std::lround(batch->images.at(i * 16)));
    for (std::size_t i = 0; i < ids.size(); ++i)
      CHECK(batch->labels.at(static_cast<std::int64_t>(i)) == ids[i] % 10);
    out.push_back(ids);
  }
  return out;
}

}  // namespace

TEST_CASE("an epoch of training visits every image once and drops the partial batch") {
  const support::TinyDataset tiny(50);
  Loader loader(tiny, {.batch = 8, .shuffle = true, .drop_last = true, .seed = 1});
  CHECK(loader.steps() == 6);
  std::vector<long> seen;
  for (const auto& ids : drain(loader)) {
    CHECK(ids.size() == 8);
    seen.insert(seen.end(), ids.begin(), ids.end());
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen.size() == 48);
  CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("evaluation goes in order and keeps the last partial batch") {
  const support::TinyDataset tiny(10);
  Loader loader(tiny, {.split = data::Split::test, .batch = 4});
  CHECK(loader.steps() == 3);
  CHECK(drain(loader) == std::vector<std::vector<long>>{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}});
}

TEST_CASE("the order depends on seed and epoch only") {
  const support::TinyDataset tiny(40);
  LoaderOptions o{.batch = 10, .shuffle = true, .seed = 3, .epochs = 2, .prefetch = 1};
  Loader a(tiny, o);
  o.prefetch = 8;
  Loader b(tiny, o);
  const auto first = drain(a);
  CHECK(first == drain(b));
  CHECK(first.size() == 8);
  CHECK(std::vector(first.begin(), first.begin() + 4) !=
        std::vector(first.begin() + 4, first.end()));
  o.seed = 4;
  Loader c(tiny, o);
  CHECK(drain(c) != first);
}

TEST_CASE("a loader opened in the middle continues with the same bits") {
  const support::TinyDataset tiny(40);
  LoaderOptions o{.batch = 6,
                  .shuffle = true,
                  .drop_last = true,
                  .augment = {.flip = true, .shift = 1, .erase = 2},
                  .seed = 3,
                  .epochs = 3};
  std::vector<std::vector<double>> whole;
  Loader loader(tiny, o);
  while (const auto batch = loader.next()) whole.push_back(batch->images.values());
  REQUIRE(whole.size() == 18);
  for (const int start : {0, 1, 5, 6, 13, 17}) {
    CAPTURE(start);
    o.first_epoch = start / 6;
    o.first_step = start % 6;
    Loader resumed(tiny, o);
    for (std::size_t i = static_cast<std::size_t>(start); i < whole.size(); ++i) {
      const auto batch = resumed.next();
      REQUIRE(batch);
      CHECK(batch->epoch * 6 + batch->step == static_cast<std::int64_t>(i));
      CHECK(batch->images.values() == whole[i]);
    }
    CHECK(!resumed.next());
  }
}

TEST_CASE("an error of the dataset reaches the consumer after the batches before it") {
  support::TinyDataset tiny(20);
  tiny.broken = 13;
  Loader loader(tiny, {.batch = 4});
  for (int i = 0; i < 3; ++i) CHECK(loader.next());
  CHECK_THROWS_WITH_AS(loader.next(), "image 13 is broken", core::InputError);
  CHECK_THROWS_AS(loader.next(), core::InputError);
}

TEST_CASE("a split is first read on the thread that makes the loader") {
  // a data set that decodes at its first read does so in parallel; see the constructor
  struct Watched : support::TinyDataset {
    using TinyDataset::TinyDataset;
    mutable std::atomic<bool> labels_seen{false}, pixels_seen{false};
    core::Tensor pixels(data::Split s, std::span<const std::int64_t> index) const override {
      if (!pixels_seen.exchange(true)) CHECK(std::this_thread::get_id() == home);
      return TinyDataset::pixels(s, index);
    }
    core::Tensor labels(data::Split s, std::span<const std::int64_t> index) const override {
      if (!labels_seen.exchange(true)) CHECK(std::this_thread::get_id() == home);
      return TinyDataset::labels(s, index);
    }
    std::thread::id home = std::this_thread::get_id();
  };
  const Watched watched(20);
  Loader loader(watched, {.batch = 4, .shuffle = true});
  CHECK(watched.labels_seen);
  CHECK(watched.pixels_seen);
  CHECK(drain(loader).size() == 5);
}

TEST_CASE("a loader can be closed at any time") {
  const support::TinyDataset tiny(200);
  for (int taken = 0; taken < 12; ++taken) {
    Loader loader(tiny, {.batch = 2, .shuffle = true, .epochs = 1000, .prefetch = 2});
    for (int i = 0; i < taken; ++i) CHECK(loader.next());
  }
}

TEST_CASE("a batch that does not fit is refused") {
  const support::TinyDataset tiny(5);
  CHECK_THROWS_AS(Loader(tiny, {.batch = 6, .drop_last = true}), core::InputError);
  CHECK_THROWS_AS(Loader(tiny, {.batch = 0}), core::ShapeError);
}
