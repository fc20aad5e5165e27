#include "core/rng.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "core/system/threads.h"
#include "tests/support/compare.h"

using core::DType;
using core::Rng;
using core::Shape;
using core::Tensor;

namespace {

using Words = std::array<std::uint32_t, 4>;

// Bounds of the statistical tests are five standard deviations: the seeds are fixed, so a failure
// means that the generator changed, not bad luck.
constexpr double kSigmas = 5;

struct Moments {
  double mean = 0, variance = 0, skew = 0, kurtosis = 0;
};

Moments moments(const Tensor& t) {
  const std::vector<double> x = t.values();
  const auto n = static_cast<double>(x.size());
  Moments m;
  for (const double v : x) m.mean += v / n;
  for (const double v : x) m.variance += (v - m.mean) * (v - m.mean) / n;
  for (const double v : x) {
    const double z = (v - m.mean) / std::sqrt(m.variance);
    m.skew += z * z * z / n;
    m.kurtosis += z * z * z * z / n;
  }
  return m;
}

double chi_square(const std::vector<std::int64_t>& counts, double expected) {
  double sum = 0;
  for (const std::int64_t c : counts) {
    sum += (static_cast<double>(c) - expected) * (static_cast<double>(c) - expected) / expected;
  }
  return sum;
}

}  // namespace

TEST_CASE("philox gives the published known answers") {
  // source: Random123, kat_vectors, philox4x32 with 10 rounds
  CHECK(core::philox({0, 0, 0, 0}, {0, 0}) ==
        Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(core::philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(core::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("draws never change silently") {
  // Stored results depend on these values.  They may change only together with the algorithm
  // version.
  Rng rng(2026);
  CHECK(rng.next_u32() == 0x6e5b28e3u);
  CHECK(rng.next_u64() == 0xb3ceb6b885b7be5bull);
  CHECK(rng.uniform() == 0x1.f9ffea1c97d37p-1);
  CHECK(rng.normal() == doctest::Approx(-0.36873424448343489).epsilon(1e-14));
  CHECK(rng.below(1000) == 932);
  CHECK(rng.permutation(8) == std::vector<std::int64_t>{0, 2, 6, 1, 7, 3, 4, 5});
  CHECK(rng.stream("calib/block3").key() == 0xb02e34b8ab6011dfull);
  CHECK(rng.stream("weights").key() == 0x071353932f3bdb3full);
  CHECK(rng.stream("").key() == 0x21ea6c8c90f647c1ull);
  CHECK(rng.stream(3).key() == 0xe5d2bca36cba4ce2ull);
  const Tensor u = Rng(7).uniform({3}, -1, 1), n = Rng(7).normal({3}, 0, 1, DType::f64);
  CHECK(u.data<float>()[0] == 0x1.d181e8p-1f);
  CHECK(u.data<float>()[2] == -0x1.8b1518p-1f);
  CHECK(n.at(0) == doctest::Approx(1.4300277086839794).epsilon(1e-14));
  CHECK(n.at(2) == doctest::Approx(1.7190003661702242).epsilon(1e-14));
}

TEST_CASE("bits reads any position without touching the sequence") {
  const Rng rng(3);
  Rng walk(3);
  for (std::uint64_t i = 0; i < 50; ++i) CHECK(walk.next_u32() == rng.bits(i));
  CHECK(rng.position() == 0);
}

TEST_CASE("seek continues a sequence where it stood") {
  Rng a(11);
  a.next_u32();
  a.uniform();
  Rng b(11);
  b.seek(a.position());
  CHECK(a.next_u64() == b.next_u64());
  CHECK(a.normal({5}, 0, 1).values() == b.normal({5}, 0, 1).values());
  CHECK(a.position() == b.position());
}

TEST_CASE("a stream depends on the key and the name, not on the position") {
  Rng a(5);
  const std::uint64_t before = a.stream("x").key();
  a.next_u64();
  CHECK(a.stream("x").key() == before);
  CHECK(a.stream("x").position() == 0);
  CHECK(Rng(6).stream("x").key() != before);
}

TEST_CASE("streams of different names are different") {
  std::set<std::uint64_t> keys{Rng(1).key()};
  std::size_t count = 1;
  const auto add = [&](const Rng& r) {
    keys.insert(r.key());
    ++count;
  };
  const Rng root(1);
  for (const char* name : {"", "a", "b", "ab", "ba", "calib", "calib/block3", "calib/block4",
                           "abcdefgh", "abcdefghi", "abcdefgh\x01"}) {
    add(root.stream(name));
  }
  add(root.stream(std::string_view("a\0", 2)));  // padding is not part of a name
  for (std::uint64_t i = 0; i < 1000; ++i) add(root.stream(i));
  for (int i = 0; i < 1000; ++i) add(root.stream("block" + std::to_string(i)));
  add(root.stream("a").stream("b"));
  add(root.stream("b").stream("a"));
  CHECK(keys.size() == count);
}

TEST_CASE("streams are uncorrelated with each other and with their parent") {
  const Rng root(9);
  const std::int64_t n = 100'000;
  const Tensor x = Rng(root).normal({n}, 0, 1), y = root.stream("y").normal({n}, 0, 1),
               z = root.stream(0).normal({n}, 0, 1);
  const double bound = kSigmas / std::sqrt(static_cast<double>(n));
  const auto correlation = [n](const Tensor& a, const Tensor& b) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += a.at(i) * b.at(i);
    return std::abs(sum / static_cast<double>(n));
  };
  CHECK(correlation(x, y) < bound);
  CHECK(correlation(x, z) < bound);
  CHECK(correlation(y, z) < bound);
}

TEST_CASE("uniform tensors lie in [low, high) and are uniform") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const std::int64_t n = 200'000, bins = 50;
    const Tensor t = Rng(21).uniform({n}, -2, 3, dtype);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(bins), 0);
    bool inside = true;
    for (const double v : t.values()) {
      inside = inside && v >= -2 && v < 3;
      ++counts[static_cast<std::size_t>((v + 2) / 5 * bins)];
    }
    CHECK(inside);
    const double degrees = bins - 1;
    CHECK(std::abs(chi_square(counts, static_cast<double>(n) / bins) - degrees) <
          kSigmas * std::sqrt(2 * degrees));
  }
}

TEST_CASE("an interval narrower than the rounding of f32 stays half open") {
  const Tensor t = Rng(2).uniform({10'000}, 16777216.0, 16777218.0);
  for (const double v : t.values()) CHECK_UNARY(v == 16777216.0);
}

TEST_CASE("normal tensors have the moments of a normal distribution") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto n = 400'000.0;
    const Moments m = moments(Rng(22).normal({static_cast<std::int64_t>(n)}, 1.5, 2, dtype));
    CHECK(std::abs(m.mean - 1.5) < kSigmas * 2 / std::sqrt(n));
    CHECK(std::abs(m.variance - 4) < kSigmas * 4 * std::sqrt(2 / n));
    CHECK(std::abs(m.skew) < kSigmas * std::sqrt(6 / n));
    CHECK(std::abs(m.kurtosis - 3) < kSigmas * std::sqrt(24 / n));
  }
}

TEST_CASE("scalar draws have the same distributions as tensors") {
  Rng rng(23);
  const double n = 50'000;
  double mean = 0, square = 0, half = 0;
  for (int i = 0; i < static_cast<int>(n); ++i) {
    const double z = rng.normal();
    mean += z / n;
    square += z * z / n;
    half += rng.uniform() / n;
  }
  CHECK(std::abs(mean) < kSigmas / std::sqrt(n));
  CHECK(std::abs(square - 1) < kSigmas * std::sqrt(2 / n));
  CHECK(std::abs(half - 0.5) < kSigmas / std::sqrt(12 * n));
}

TEST_CASE(
    "tensor draws do not depend on the number of threads, and a longer draw extends a shorter "
    "one") {
  const int before = core::threads();
  core::set_threads(1);
  const Tensor one = Rng(4).normal({100'003}, 0, 1);
  core::set_threads(3);
  const Tensor three = Rng(4).normal({100'003}, 0, 1);
  core::set_threads(before);
  CHECK(support::same_bits(one, three));
  CHECK(support::same_bits(Rng(4).normal({17}, 0, 1), one.rows(0, 17)));
}

TEST_CASE("two tensors drawn one after the other share no numbers") {
  Rng rng(8);
  const Tensor a = rng.uniform({5}, 0, 1), b = rng.uniform({5}, 0, 1);
  for (const double x : a.values()) {
    for (const double y : b.values()) CHECK(x != y);
  }
  CHECK(rng.position() == 16);
}

TEST_CASE("below is in range and unbiased") {
  Rng rng(31);
  std::vector<std::int64_t> counts(7, 0);
  for (int i = 0; i < 70'000; ++i) ++counts.at(static_cast<std::size_t>(rng.below(7)));
  CHECK(chi_square(counts, 10'000) < 6 + kSigmas * std::sqrt(12.0));
  CHECK(rng.below(1) == 0);
  // a bound just above a power of two rejects nearly half of the draws
  const std::int64_t large = (std::int64_t{1} << 62) + 1;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t x = rng.below(large);
    CHECK((x >= 0 && x < large));
  }
  CHECK_THROWS_AS(rng.below(0), core::ShapeError);
}

TEST_CASE("a permutation holds every index once and every order is equally likely") {
  Rng rng(41);
  std::vector<std::int64_t> order = rng.permutation(1000);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(rng.permutation(0).empty());
  CHECK(rng.permutation(1) == std::vector<std::int64_t>{0});
  std::vector<std::int64_t> counts(27, 0);
  for (int i = 0; i < 12'000; ++i) {
    const std::vector<std::int64_t> p = rng.permutation(3);
    ++counts[static_cast<std::size_t>(p[0] * 9 + p[1] * 3 + p[2])];
  }
  std::vector<std::int64_t> seen;
  std::copy_if(counts.begin(), counts.end(), std::back_inserter(seen),
               [](std::int64_t c) { return c > 0; });
  CHECK(seen.size() == 6);
  CHECK(chi_square(seen, 2000) < 5 + kSigmas * std::sqrt(10.0));
}

TEST_CASE("bad arguments are refused") {
  Rng rng(1);
  CHECK_THROWS_AS(rng.uniform({2}, 1, 1), core::ShapeError);
  CHECK_THROWS_AS(rng.uniform({2}, 0, INFINITY), core::ShapeError);
  CHECK_THROWS_AS(rng.normal({2}, 0, -1), core::ShapeError);
  CHECK_THROWS_AS(rng.normal({2}, 0, 1, DType::s8), core::ShapeError);
  CHECK_THROWS_AS(rng.permutation(-1), core::ShapeError);
}

TEST_CASE("many bits at a time are the bits one by one, from any position") {
  const Rng rng = Rng(9).stream("bulk");
  for (const std::uint64_t first : {0ull, 1ull, 7ull, 63ull, (1ull << 34) - 3}) {
    std::vector<std::uint32_t> many(150);
    rng.bits(first, many);
    for (std::size_t i = 0; i < many.size(); ++i) CHECK(many[i] == rng.bits(first + i));
  }
}
