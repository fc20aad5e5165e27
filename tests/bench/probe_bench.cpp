// What the machine can do, measured in the same run as everything else: register-only arithmetic,
// a large product by oneDNN, memory bandwidth, and how much time others take from us.
//
// Bandwidth counts the bytes that the loop reads and writes, not the lines that a store has to read
// first.  AMX is not probed in registers; the bf16 product shows what it gives.
#include <fmt/format.h>
#include <immintrin.h>

#include <memory>

#include "core/threads.h"
#include "tests/bench/bench.h"
#include "tests/bench/onednn_alone.h"
#include "tests/bench/streams.h"
#include "tests/bench/timing.h"

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
constexpr int kChains = 12;  // independent sums: more than latency times throughput asks for

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
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) step(sums[i], a, b);
  }
  for (Register& s : sums) keep(s);
}

/// GF/s of all threads; `flops` of one step.
template <class Step>
double register_rate(double seconds, double flops, Step step) {
  constexpr std::int64_t kRounds = 1'000'000;
  const std::int64_t threads = core::threads();
  const std::function<void()> work[] = {[&] {
    core::parallel_for(threads, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) chains(kRounds, step);
    });
  }};
  const double ms = bench::median(bench::in_turns(seconds, work)[0]);
  return flops * kChains * kRounds * static_cast<double>(threads) / ms * 1e-6;
}

void registers(const bench::Settings& settings, bench::Report& report) {
  const auto row = [&](const char* name, double rate) {
    report.row(fmt::format("{:34} {:8.1f} GF/s", name, rate), {{"work", name}, {"gflops", rate}});
  };
  row("registers f32 fma",
      register_rate(settings.seconds, 2.0 * kLanes,
                    [](Register& s, Register a, Register b) { s = fma(a, b, s); }));
#ifdef __AVX512BF16__
  row("registers bf16 dot",
      register_rate(settings.seconds, 4.0 * kLanes, [](Register& s, Register a, Register b) {
        s = _mm512_dpbf16_ps(s, (__m512bh)a, (__m512bh)b);
      }));
#endif
  for (const core::DType type : {core::DType::f32, core::DType::bf16}) {
    const auto product = bench::product_alone({.M = 1024, .N = 1024, .K = 1024, .weight = true},
                                              type, core::DType::f32, bench::Layout::ours);
    if (!product) continue;
    const std::function<void()> work[] = {product->run};
    const double ms = bench::median(bench::in_turns(settings.seconds, work)[0]);
    row(fmt::format("oneDNN product 1024^3 {}", core::name_of(type)).c_str(),
        2.0 * 1024 * 1024 * 1024 / ms * 1e-6);
  }
}

void bandwidth(const bench::Settings& settings, bench::Report& report) {
  for (const double megabytes : {0.25, 8.0, 128.0}) {
    const auto n = static_cast<std::int64_t>(megabytes * (1 << 20) / sizeof(float));
    bench::Streams streams(n);
    for (const bool past_cache : {false, true}) {
      const std::function<void()> work[] = {[&] { streams.copy(past_cache); },
                                            [&] { streams.triad(past_cache); }};
      const auto times = bench::in_turns(settings.seconds, work);
      for (int i = 0; i < 2; ++i) {
        const std::string name = fmt::format("{} of {} MB{}", i == 0 ? "copy" : "triad", megabytes,
                                             past_cache ? ", non-temporal stores" : "");
        const double bytes = (i == 0 ? 8.0 : 12.0) * static_cast<double>(n);
        const double rate = bytes / bench::median(times[static_cast<std::size_t>(i)]) * 1e-6;
        report.row(fmt::format("{:34} {:8.1f} GB/s", name, rate),
                   {{"work", name}, {"gbytes_per_s", rate}});
      }
    }
  }
}

/// A fixed piece of work again and again on every thread: what takes longer than the median was
/// taken by somebody else.  The first third is for the system to give each thread a processor.
void stalls(bench::Report& report) {
  constexpr int kSamples = 6000, kUncounted = 2000;
  constexpr std::int64_t kRounds = 20'000;  // about a tenth of a millisecond
  const auto threads = static_cast<std::size_t>(core::threads());
  std::vector<std::vector<double>> times(threads);
  core::parallel_for(core::threads(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      for (int i = 0; i < kSamples; ++i) {
        const bench::Clock::time_point start = bench::Clock::now();
        chains(kRounds, [](Register& s, Register a, Register b) { s = fma(a, b, s); });
        if (i < kUncounted) continue;
        times[static_cast<std::size_t>(t)].push_back(bench::milliseconds(start));
      }
    }
  });
  double lost = 0, longest = 0;  // of the thread that fared worst
  for (const std::vector<double>& own : times) {
    const double usual = bench::median(own);
    double total = 0, over = 0;
    for (const double ms : own) {
      total += ms;
      over += std::max(0.0, ms - 1.5 * usual);
      longest = std::max(longest, ms);
    }
    lost = std::max(lost, over / total);
  }
  report.row(fmt::format("stalls: {:.2f} % of the time, longest {:.2f} ms", 100 * lost, longest),
             {{"work", "stalls"}, {"lost_share", lost}, {"longest_ms", longest}});
}

void run(const bench::Settings& settings) {
  bench::Report report(settings);
  report.heading(fmt::format("{} threads", core::threads()));
  if (settings.wants("stalls")) stalls(report);
  if (settings.wants("registers")) registers(settings, report);
  if (settings.wants("bandwidth")) bandwidth(settings, report);
  report.write();
}

void define(CLI::App& app) {
  const auto settings = std::make_shared<bench::Settings>();
  settings->add_to(app);
  app.callback([settings] { run(*settings); });
}

const bench::Section kSection{"probe", "limits of this machine: stalls, registers, bandwidth",
                              define};

}  // namespace
