#include "core/rng.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/system/threads.h"

namespace core {
namespace {

// Multipliers and Weyl increments of Philox4x32.  source: Salmon et al., SC 2011, table 2 and
// Random123.
constexpr std::uint32_t kM0 = 0xD2511F53u, kM1 = 0xCD9E8D57u;
constexpr std::uint32_t kW0 = 0x9E3779B9u, kW1 = 0xBB67AE85u;
constexpr int kRounds = 10;

// Third counter word of derived keys; draws have 0 there, so no draw can equal a key.
constexpr std::uint32_t kNameDomain = 0x6E616D65u, kIndexDomain = 0x696E6478u;

constexpr int kLanes = 16;  // blocks made side by side, in vectors
using Lanes = std::array<std::uint32_t, kLanes>;
using Words = std::uint64_t __attribute__((vector_size(64)));  // eight words below 2^32

/// Blocks first .. first+15 of a key, transposed: out[w][b] is word w of block first+b.  Vector
/// types, because g++ leaves the plain loop scalar: it widens 32-bit factors one at a time.
void philox_lanes(std::uint64_t first, std::uint64_t key, std::array<Lanes, 4>& out) {
  constexpr std::uint64_t kLow = 0xFFFFFFFFu;
  constexpr int kEach = 8, kVectors = kLanes / kEach;
  Words c[kVectors][4] = {};
  for (int b = 0; b < kLanes; ++b) {
    const std::uint64_t number = first + static_cast<std::uint64_t>(b);
    c[b / kEach][0][b % kEach] = number & kLow;
    c[b / kEach][1][b % kEach] = number >> 32;
  }
  std::uint64_t k0 = key & kLow, k1 = key >> 32;
  for (int r = 0; r < kRounds; ++r, k0 = (k0 + kW0) & kLow, k1 = (k1 + kW1) & kLow) {
    for (Words(&v)[4] : c) {
      const Words p0 = v[0] * kM0, p1 = v[2] * kM1;
      v[0] = (p1 >> 32) ^ v[1] ^ k0;
      v[1] = p1 & kLow;
      v[2] = (p0 >> 32) ^ v[3] ^ k1;
      v[3] = p0 & kLow;
    }
  }
  for (std::size_t w = 0; w < 4; ++w) {
    for (std::size_t b = 0; b < kLanes; ++b)
      out[w][b] = static_cast<std::uint32_t>(c[b / kEach][w][b % kEach]);
  }
}

/// Whole blocks in order: what philox_lanes makes, back from columns.
[[gnu::noinline]] void in_order(const std::array<Lanes, 4>& words, std::uint32_t* __restrict out) {
  for (std::size_t b = 0; b < kLanes; ++b) {
    for (std::size_t w = 0; w < 4; ++w) out[4 * b + w] = words[w][b];
  }
}

std::array<std::uint32_t, 2> halves(std::uint64_t x) {
  return {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32)};
}

std::uint64_t join(std::uint32_t low, std::uint32_t high) {
  return low | std::uint64_t{high} << 32;
}

/// 53 bits in [0, 1).
double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// Two standard normals from u1 in (0, 1] and u2 in [0, 1).
std::array<double, 2> box_muller(double u1, double u2) {
  const double radius = std::sqrt(-2.0 * std::log(u1));
  const double angle = 2.0 * std::numbers::pi * u2;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// Calls fill(element, words) for every block of a tensor of n elements with `per_block` elements a
/// block; blocks are numbered from `first`, so the outcome does not depend on the number of
/// threads.
template <class Fill>
void for_blocks(std::int64_t n, std::int64_t per_block, std::uint64_t first, std::uint64_t key,
                Fill fill) {
  const std::int64_t blocks = (n + per_block - 1) / per_block;
  const std::int64_t groups = (blocks + kLanes - 1) / kLanes;
  parallel_for(groups, 256, [&](std::int64_t begin, std::int64_t end) {
    std::array<Lanes, 4> words;
    for (std::int64_t g = begin; g < end; ++g) {
      philox_lanes(first + static_cast<std::uint64_t>(g) * kLanes, key, words);
      const std::int64_t last = std::min<std::int64_t>(kLanes, blocks - g * kLanes);
      for (std::int64_t b = 0; b < last; ++b) {
        const auto at = static_cast<std::size_t>(b);
        fill((g * kLanes + b) * per_block,
             std::array{words[0][at], words[1][at], words[2][at], words[3][at]});
      }
    }
  });
}

/// Stores value(0), value(1), ... from element `i` on, as far as the tensor goes.
template <class T, std::size_t K>
void store(std::span<T> out, std::int64_t i, const std::array<double, K>& values) {
  for (std::size_t k = 0; k < K && static_cast<std::size_t>(i) + k < out.size(); ++k) {
    out[static_cast<std::size_t>(i) + k] = static_cast<T>(values[k]);
  }
}

/// A tensor draw starts at a whole block and ends at one.
std::uint64_t next_block(std::uint64_t position) { return position / 4 + (position % 4 != 0); }

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  auto [c0, c1, c2, c3] = counter;
  auto [k0, k1] = key;
  for (int r = 0; r < kRounds; ++r, k0 += kW0, k1 += kW1) {
    const std::uint64_t p0 = std::uint64_t{kM0} * c0, p1 = std::uint64_t{kM1} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
  }
  return {c0, c1, c2, c3};
}

Rng Rng::stream(std::string_view name) const {
  // Eight bytes of the name a step, chained through the key; the length closes the last step, so
  // that a name and the same name padded with zeros differ.
  std::uint64_t key = key_;
  for (std::size_t i = 0; i == 0 || i < name.size(); i += 8) {
    std::uint64_t chunk = 0;
    for (std::size_t k = 0; k < 8 && i + k < name.size(); ++k) {
      chunk |= std::uint64_t{static_cast<unsigned char>(name[i + k])} << (8 * k);
    }
    const auto [low, high] = halves(chunk);
    const auto length = static_cast<std::uint32_t>(name.size());
    const std::array<std::uint32_t, 4> out = philox({low, high, kNameDomain, length}, halves(key));
    key = join(out[0], out[1]);
  }
  return Rng(key);
}

Rng Rng::stream(std::uint64_t index) const {
  const auto [low, high] = halves(index);
  const std::array<std::uint32_t, 4> out = philox({low, high, kIndexDomain, 0}, halves(key_));
  return Rng(join(out[0], out[1]));
}

std::uint32_t Rng::bits(std::uint64_t i) const {
  const auto [low, high] = halves(i / 4);
  return philox({low, high, 0, 0}, halves(key_))[i % 4];
}

void Rng::bits(std::uint64_t first, std::span<std::uint32_t> out) const {
  std::array<Lanes, 4> words;
  for (std::size_t done = 0; done < out.size();) {
    const std::uint64_t at = first + done;
    philox_lanes(at / 4, key_, words);
    const std::size_t skip = static_cast<std::size_t>(at % 4);
    const std::size_t count = std::min<std::size_t>(out.size() - done, 4 * kLanes - skip);
    if (count == 4 * kLanes) {
      in_order(words, out.data() + done);
    } else {
      for (std::size_t k = 0; k < count; ++k) out[done + k] = words[(skip + k) % 4][(skip + k) / 4];
    }
    done += count;
  }
}

std::uint32_t Rng::next_u32() { return bits(position_++); }

std::uint64_t Rng::next_u64() {
  const std::uint32_t low = next_u32();
  return join(low, next_u32());
}

double Rng::uniform() { return unit(next_u64()); }

double Rng::normal() {
  const double u1 = 1.0 - uniform();  // (0, 1]: the logarithm stays finite
  return box_muller(u1, uniform())[0];
}

std::int64_t Rng::below(std::int64_t n) {
  require("below", n > 0, "bound must be positive; got {}", n);
  // Rejection of the incomplete last interval.  source: Lemire, "Fast random integer generation in
  // an interval", ACM TOMACS 2019.
  const auto bound = static_cast<std::uint64_t>(n);
  const std::uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    const unsigned __int128 product = static_cast<unsigned __int128>(next_u64()) * bound;
    if (static_cast<std::uint64_t>(product) >= threshold)
      return static_cast<std::int64_t>(product >> 64);
  }
}

std::vector<std::int64_t> Rng::permutation(std::int64_t n) {
  require("permutation", n >= 0, "length must not be negative; got {}", n);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i) {  // Fisher-Yates
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(below(i + 1))]);
  }
  return order;
}

Tensor Rng::uniform(Shape shape, double low, double high, DType dtype) {
  require("uniform", low < high && std::isfinite(high - low),
          "low must be below high; got {} and {}", low, high);
  Tensor out = Tensor::empty(shape, dtype);
  const std::uint64_t first = next_block(position_);
  dispatch_float("uniform", dtype, [&]<class T>(T) {
    constexpr bool single = sizeof(T) == 4;
    constexpr std::int64_t per_block = single ? 4 : 2;
    const std::span<T> data = out.writable<T>();
    // low + (high - low) u may round up to `high`; the interval is half open.
    const T top = std::nextafter(static_cast<T>(high), static_cast<T>(low));
    for_blocks(
        out.numel(), per_block, first, key_, [&](std::int64_t i, std::array<std::uint32_t, 4> w) {
          std::array<double, per_block> u;
          for (std::size_t k = 0; k < per_block; ++k) {
            const double x =
                single ? (w[k] >> 8) * 0x1p-24 : unit(join(w[2 * k % 4], w[(2 * k + 1) % 4]));
            u[k] = std::min<double>(static_cast<T>(low + (high - low) * x), top);
          }
          store(data, i, u);
        });
    position_ = 4 * (first + static_cast<std::uint64_t>((out.numel() + per_block - 1) / per_block));
  });
  return out;
}

Tensor Rng::normal(Shape shape, double mean, double std, DType dtype) {
  require("normal", std >= 0 && std::isfinite(std) && std::isfinite(mean),
          "mean must be finite and std not negative; got {} and {}", mean, std);
  Tensor out = Tensor::empty(shape, dtype);
  const std::uint64_t first = next_block(position_);
  dispatch_float("normal", dtype, [&]<class T>(T) {
    constexpr bool single = sizeof(T) == 4;
    constexpr std::int64_t per_block = single ? 4 : 2;
    const std::span<T> data = out.writable<T>();
    for_blocks(out.numel(), per_block, first, key_,
               [&](std::int64_t i, std::array<std::uint32_t, 4> w) {
                 const auto scaled = [&](double u1, double u2) {
                   const auto [a, b] = box_muller(u1, u2);
                   return std::array{mean + std * a, mean + std * b};
                 };
                 if constexpr (single) {  // 32 bits a uniform: radius at most 6.7
                   store(data, i, scaled((w[0] + 1.0) * 0x1p-32, w[1] * 0x1p-32));
                   store(data, i + 2, scaled((w[2] + 1.0) * 0x1p-32, w[3] * 0x1p-32));
                 } else {
                   store(data, i, scaled(1.0 - unit(join(w[0], w[1])), unit(join(w[2], w[3]))));
                 }
               });
    position_ = 4 * (first + static_cast<std::uint64_t>((out.numel() + per_block - 1) / per_block));
  });
  return out;
}

}  // namespace core
