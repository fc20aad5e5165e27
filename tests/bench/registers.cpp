#include "tests/bench/registers.h"

#include <immintrin.h>

#include "core/system/threads.h"

namespace bench {
namespace {

#ifdef __AVX512F__
using Register = __m512;
inline Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
inline Register all(float x) { return _mm512_set1_ps(x); }
#else
using Register = __m256;
inline Register fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
inline Register all(float x) { return _mm256_set1_ps(x); }
#endif
constexpr int kLanes = sizeof(Register) / sizeof(float);
// Independent sums: more than latency times throughput asks for, fewer than there are registers.
constexpr int kChains = kLanes == 16 ? 16 : 12;
constexpr std::int64_t kRounds = 100'000;

/// Keeps a value alive and unknown to the optimizer.
inline void keep(Register& r) { asm volatile("" : "+v"(r)); }

template <class Step>
[[gnu::noinline]] void chains(std::int64_t rounds, Step step) {
  Register sums[kChains];
  for (Register& s : sums) s = all(0.0f);
  Register a = all(0.5f), b = all(0.25f);
  keep(a);
  keep(b);
  for (std::int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) step(sums[i], a, b);
  }
  for (Register& s : sums) keep(s);
}

/// `flops` of one step.
template <class Step>
RegisterWork on_every_thread(double flops, Step step) {
  const std::int64_t threads = core::threads();
  return {flops * kChains * static_cast<double>(kRounds * threads), [threads, step] {
            core::parallel_for(threads, 1, [&](std::int64_t begin, std::int64_t end) {
              for (std::int64_t t = begin; t < end; ++t) chains(kRounds, step);
            });
          }};
}

constexpr auto kMultiplyAdd = [](Register& s, Register a, Register b) { s = fma(a, b, s); };

}  // namespace

bool has_bf16_registers() {
#ifdef __AVX512BF16__
  return true;
#else
  return false;
#endif
}

RegisterWork register_work([[maybe_unused]] core::DType type) {
#ifdef __AVX512BF16__
  if (type == core::DType::bf16) {
    return on_every_thread(4.0 * kLanes, [](Register& s, Register a, Register b) {
      s = _mm512_dpbf16_ps(s, (__m512bh)a, (__m512bh)b);
    });
  }
#endif
  return on_every_thread(2.0 * kLanes, kMultiplyAdd);
}

void spin(std::int64_t rounds) { chains(rounds, kMultiplyAdd); }

}  // namespace bench
