#include "data/images/augment.h"

#include <doctest/doctest.h>

#include <set>

namespace {

/// Image i, pixel p, channel c: all different.
core::Tensor images(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
  core::Tensor t = core::Tensor::empty({n, h, w, c}, core::DType::u8);
  std::uint8_t v = 1;
  for (std::uint8_t& x : t.writable<std::uint8_t>()) x = v = static_cast<std::uint8_t>(v % 250 + 1);
  return t;
}

core::Tensor augmented(core::Tensor x, const data::AugmentOptions& o, std::int64_t epoch,
                       std::int64_t first) {
  data::augment(x, o, core::Rng(5), epoch, first);
  return x;
}

}  // namespace

TEST_CASE("no augmentation leaves the pixels alone") {
  const core::Tensor x = images(3, 4, 5, 2);
  CHECK(augmented(x, {}, 0, 0).is_same(x));
}

TEST_CASE("a flip mirrors columns and keeps channels together, for about half of the images") {
  const core::Tensor x = images(64, 2, 3, 2);
  const core::Tensor y = augmented(x, {.flip = true}, 0, 0);
  int mirrored = 0;
  for (std::int64_t i = 0; i < 64; ++i) {
    const auto a = x.rows(i, 1).values(), b = y.rows(i, 1).values();
    const std::vector<double> mirror{a[4],  a[5],  a[2], a[3], a[0], a[1],
                                     a[10], a[11], a[8], a[9], a[6], a[7]};
    CHECK((b == a || b == mirror));
    mirrored += b == mirror;
  }
  CHECK(mirrored > 16);
  CHECK(mirrored < 48);
}

TEST_CASE("a shift moves the whole image by at most the padding and fills with zero") {
  const core::Tensor x = images(200, 5, 4, 1);
  const core::Tensor y = augmented(x, {.shift = 2}, 3, 0);
  std::set<std::pair<int, int>> seen;
  for (std::int64_t i = 0; i < 200; ++i) {
    const auto a = x.rows(i, 1).values(), b = y.rows(i, 1).values();
    bool found = false;
    for (int dy = -2; dy <= 2 && !found; ++dy) {
      for (int dx = -2; dx <= 2 && !found; ++dx) {
        std::vector<double> moved(20, 0.0);
        for (int r = 0; r < 5; ++r) {
          for (int c = 0; c < 4; ++c) {
            const int sr = r + dy, sc = c + dx;
            if (sr >= 0 && sr < 5 && sc >= 0 && sc < 4)
              moved[static_cast<std::size_t>(r * 4 + c)] = a[static_cast<std::size_t>(sr * 4 + sc)];
          }
        }
        if (moved == b) {
          found = true;
          seen.insert({dy, dx});
        }
      }
    }
    CHECK(found);
  }
  CHECK(seen.size() == 25);  // all offsets occur: missing one has a chance of 25 * 0.96^200 = 0.7 %
}

TEST_CASE("erasing fills a square with the given colour") {
  const core::Tensor x = core::Tensor::full({50, 8, 8, 2}, 9, core::DType::u8);
  const core::Tensor y = augmented(x, {.erase = 3, .fill = {100, 200}}, 0, 0);
  for (std::int64_t i = 0; i < 50; ++i) {
    int erased = 0;
    const auto b = y.rows(i, 1).values();
    for (std::size_t p = 0; p < b.size(); p += 2) {
      CHECK(((b[p] == 9 && b[p + 1] == 9) || (b[p] == 100 && b[p + 1] == 200)));
      erased += b[p] == 100;
    }
    CHECK(erased >= 4);  // the centre is inside: at worst a corner of 2x2 remains
    CHECK(erased <= 9);
  }
}

TEST_CASE("an image depends on epoch and position, not on how the batch was cut") {
  const core::Tensor x = images(16, 6, 6, 3);
  const data::AugmentOptions o{.flip = true, .shift = 2, .erase = 2};
  const core::Tensor whole = augmented(x, o, 1, 0);
  for (std::int64_t i = 0; i < 16; i += 4) {
    CHECK(augmented(x.rows(i, 4), o, 1, i).values() == whole.rows(i, 4).values());
  }
  CHECK(augmented(x, o, 2, 0).values() != whole.values());
  CHECK(augmented(x, o, 1, 16).values() != whole.values());
}

TEST_CASE("options are read strictly") {
  core::Value::Map map;
  map.emplace_back("flip", true);
  map.emplace_back("shift", 2);
  core::Params params{core::Value(map)};
  const data::AugmentOptions o = data::augment_options(params);
  params.done();
  CHECK(o.flip);
  CHECK(o.shift == 2);
  CHECK(o.erase == 0);
  map[1].second = core::Value(-1);
  core::Params bad{core::Value(map)};
  CHECK_THROWS_AS(data::augment_options(bad), core::ConfigError);
  CHECK_THROWS_AS(augmented(core::Tensor::zeros({1, 2, 2, 1}), {.flip = true}, 0, 0),
                  core::ShapeError);
}

TEST_CASE("absent keys of augmentation stand for the given defaults") {
  core::Params params(core::Value(core::Value::Map{{"shift", core::Value(2)}}));
  const data::AugmentOptions o = data::augment_options(params, {.flip = true, .shift = 4});
  params.done();
  CHECK(o.flip);
  CHECK(o.shift == 2);
  CHECK(o.erase == 0);
}
