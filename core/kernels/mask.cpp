#include "core/kernels/mask.h"

#include <array>

namespace core {
namespace {

constexpr std::int64_t kWord = 32;

/// The bits of whole words.
[[gnu::noinline]] void spread(const std::uint32_t* __restrict words, std::int64_t count,
                              std::uint32_t* __restrict taken) {
  for (std::int64_t w = 0; w < count; ++w) {
    for (std::uint32_t k = 0; k < kWord; ++k) taken[w * kWord + k] = 0u - ((words[w] >> k) & 1u);
  }
}

[[gnu::noinline]] void compare(std::uint32_t* taken, std::size_t count, std::uint32_t below) {
  for (std::size_t k = 0; k < count; ++k) taken[k] = taken[k] < below ? ~0u : 0u;
}

void read_fair(const Rng& rng, std::int64_t first, std::span<std::uint32_t> taken) {
  std::array<std::uint32_t, 64> words;
  constexpr auto kWords = static_cast<std::int64_t>(words.size());
  const auto n = static_cast<std::int64_t>(taken.size());
  for (std::int64_t at = 0; at < n;) {
    const std::int64_t from = first + at, word = from / kWord, skip = from % kWord;
    const std::int64_t count = std::min(n - at, kWords * kWord - skip);
    rng.bits(static_cast<std::uint64_t>(word),
             {words.data(), static_cast<std::size_t>((skip + count + kWord - 1) / kWord)});
    const std::int64_t whole = skip == 0 ? count / kWord : 0;
    spread(words.data(), whole, taken.data() + at);
    for (std::int64_t k = whole * kWord; k < count; ++k) {
      const auto bit = static_cast<std::size_t>(skip + k);
      taken[static_cast<std::size_t>(at + k)] = 0u - ((words[bit / kWord] >> (bit % kWord)) & 1u);
    }
    at += count;
  }
}

}  // namespace

Choice::Choice(double p, const Rng& rng) : p_(p), rng_(rng) {
  require("choice", p >= 0 && p <= 1, "the probability must lie in [0, 1]; got {}", p);
}

void Choice::read(std::int64_t first, std::span<std::uint32_t> taken) const {
  if (p_ == 0.5) return read_fair(rng_, first, taken);
  if (p_ == 1) return std::fill(taken.begin(), taken.end(), ~0u);
  rng_.bits(static_cast<std::uint64_t>(first), taken);
  compare(taken.data(), taken.size(), static_cast<std::uint32_t>(p_ * 4294967296.0));
}

}  // namespace core
