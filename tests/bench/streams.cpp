#include "tests/bench/streams.h"

#include <immintrin.h>

#include "core/system/threads.h"

namespace bench {
namespace {

constexpr std::int64_t kGrain = 1 << 14;
constexpr std::int64_t kLine = 16;  // floats of a cache line

// 32-byte stores fill the same lines as 64-byte ones and exist on every AVX2 machine.
template <bool past_cache>
void store(float* to, __m256 value) {
  if constexpr (past_cache)
    _mm256_stream_ps(to, value);
  else
    _mm256_store_ps(to, value);
}

template <bool past_cache, bool triad>
void sweep(float* a, const float* b, const float* c, std::int64_t n) {
  core::parallel_for(n / kLine, kGrain / kLine, [=](std::int64_t begin, std::int64_t end) {
    const __m256 three = _mm256_set1_ps(3.0f);
    for (std::int64_t i = begin * kLine; i < end * kLine; i += 8) {
      __m256 value = _mm256_load_ps(b + i);
      if constexpr (triad) value = _mm256_fmadd_ps(three, _mm256_load_ps(c + i), value);
      store<past_cache>(a + i, value);
    }
    if constexpr (past_cache) _mm_sfence();
  });
}

}  // namespace

Streams::Streams(std::int64_t n)
    : a_(core::Tensor::full({n}, 1)),
      b_(core::Tensor::full({n}, 2)),
      c_(core::Tensor::full({n}, 3)) {}

void Streams::copy(bool past_cache) {
  (past_cache ? sweep<true, false> : sweep<false, false>)(a_.writable<float>().data(),
                                                          b_.data<float>().data(), nullptr,
                                                          a_.numel());
}

void Streams::triad(bool past_cache) {
  (past_cache ? sweep<true, true> : sweep<false, true>)(a_.writable<float>().data(),
                                                        b_.data<float>().data(),
                                                        c_.data<float>().data(), a_.numel());
}

}  // namespace bench
