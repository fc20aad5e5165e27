// Rng: counter-based random numbers (Philox4x32-10), a value that is always passed, never global.
//
// A generator is a key; `stream("calib/block3")` derives an independent one by name, so adding a
// consumer never changes what another one draws.  Draw number i of a stream is a pure function of
// (key, i): sequential calls advance a counter, `bits(i)` reads any position without state, which
// is how kernels make dropout masks without storing them. source: Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/tensor.h"

namespace core {

/// One Philox4x32-10 block: four 32-bit words from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : key_(seed) {}

  /// An independent generator derived from this key and `name`; the position of this one is
  /// ignored.
  Rng stream(std::string_view name) const;
  /// The same for a numbered member of a family (a step, a sample).
  Rng stream(std::uint64_t index) const;

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  /// Uniform in [0, 1) with 53 random bits.
  double uniform();
  /// Standard normal (Box-Muller).
  double normal();
  /// Uniform integer in [0, n), unbiased.  throws: ShapeError unless n > 0.
  std::int64_t below(std::int64_t n);
  /// A random order of 0..n-1.
  std::vector<std::int64_t> permutation(std::int64_t n);
  /// Tensors of independent draws.
  Tensor uniform(Shape shape, double low, double high, DType dtype = DType::f32);
  Tensor normal(Shape shape, double mean, double std, DType dtype = DType::f32);

  /// 32 random bits at position i, without touching the sequence of next_u32.
  std::uint32_t bits(std::uint64_t i) const;
  /// The same for positions first, first + 1, ...: many blocks at a time, an order faster.
  void bits(std::uint64_t first, std::span<std::uint32_t> out) const;

  std::uint64_t key() const { return key_; }
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position) { position_ = position; }

 private:
  std::uint64_t key_;
  std::uint64_t position_ = 0;  // in 32-bit words
};

}  // namespace core
