#include "core/kernels/mask.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using core::Choice;
using core::Rng;

namespace {

std::vector<std::uint32_t> read(const Choice& choice, std::int64_t first, std::size_t count) {
  std::vector<std::uint32_t> out(count);
  choice.read(first, out);
  return out;
}

}  // namespace

TEST_CASE("a choice takes all, nothing or the stated share, in whole words of bits") {
  for (const double p : {0.0, 0.1, 0.5, 0.9, 1.0}) {
    std::int64_t taken = 0;
    for (const std::uint32_t word : read(Choice(p, Rng(3)), 0, 100'000)) {
      CHECK_UNARY(word == 0 || word == ~0u);
      taken += word != 0;
    }
    const double spread = std::sqrt(100'000 * p * (1 - p));
    CHECK(std::abs(static_cast<double>(taken) - 100'000 * p) <= 4 * spread);
  }
}

TEST_CASE("what is taken depends on the position only, not on where a reading starts") {
  for (const double p : {0.3, 0.5}) {
    const Choice choice(p, Rng(9));
    const std::vector<std::uint32_t> all = read(choice, 0, 7000);
    for (const std::int64_t first : {1, 31, 32, 33, 2048, 4095}) {
      for (const std::size_t count : {1u, 31u, 32u, 65u, 2900u}) {
        const std::vector<std::uint32_t> part = read(choice, first, count);
        CHECK(std::equal(part.begin(), part.end(), all.begin() + first));
      }
    }
  }
}

TEST_CASE("a fair choice is the bits of the generator's words") {
  const Rng rng(5);
  const std::vector<std::uint32_t> taken = read(Choice(0.5, rng), 0, 96);
  for (std::size_t i = 0; i < taken.size(); ++i)
    CHECK((taken[i] != 0) == (((rng.bits(i / 32) >> (i % 32)) & 1u) != 0));
}

TEST_CASE("runs cover every element once, whatever the number of threads") {
  const Choice choice(0.5, Rng(7));
  const std::vector<std::uint32_t> all = read(choice, 0, 20'001);
  const int threads = core::threads();
  for (const int n : {1, 2}) {
    core::set_threads(n);
    std::vector<int> seen(all.size(), 0);
    core::for_runs(&choice, 20'001, [&](std::int64_t at, std::int64_t count, const auto* taken) {
      for (std::int64_t k = 0; k < count; ++k) {
        const auto i = static_cast<std::size_t>(at + k);
        seen[i] += taken[k] == all[i] ? 1 : 2;
      }
    });
    CHECK(seen == std::vector<int>(all.size(), 1));
  }
  core::set_threads(threads);
}

TEST_CASE("a choice refuses probabilities outside 0 to 1") {
  CHECK_THROWS_AS(Choice(-0.1, Rng(1)), core::ShapeError);
  CHECK_THROWS_AS(Choice(1.5, Rng(1)), core::ShapeError);
}
