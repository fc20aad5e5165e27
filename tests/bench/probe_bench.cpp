// What the machine can do, measured in the same run as everything else: register-only arithmetic,
// a large product by oneDNN, memory bandwidth, how far its threads are apart, and how much time
// others take from us.
//
// Bandwidth counts the bytes that the loop reads and writes, not the lines that a store has to read
// first.  What AMX gives shows the bf16 product.
#include <fmt/format.h>

#include <memory>

#include "core/system/threads.h"
#include "tests/bench/bench.h"
#include "tests/bench/hand_over.h"
#include "tests/bench/onednn_alone.h"
#include "tests/bench/registers.h"
#include "tests/bench/streams.h"
#include "tests/bench/timing.h"

namespace {

void registers(const bench::Settings& settings, bench::Report& report) {
  const auto row = [&](const char* name, double rate) {
    report.row(fmt::format("{:34} {:8.1f} GF/s", name, rate), {{"work", name}, {"gflops", rate}});
  };
  const auto limit = [&](const char* name, core::DType type) {
    const bench::RegisterWork work = bench::register_work(type);
    row(name,
        work.flops / bench::median(bench::in_turns(settings.seconds, {&work.run, 1})[0]) * 1e-6);
  };
  limit("registers f32 fma", core::DType::f32);
  if (bench::has_bf16_registers()) limit("registers bf16 dot", core::DType::bf16);
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
  constexpr std::int64_t kRounds = 10'000;  // about a tenth of a millisecond
  const auto threads = static_cast<std::size_t>(core::threads());
  std::vector<std::vector<double>> times(threads);
  core::parallel_for(core::threads(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      for (int i = 0; i < kSamples; ++i) {
        const bench::Clock::time_point start = bench::Clock::now();
        bench::spin(kRounds);
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
  if (settings.wants("hand-over") && core::threads() > 1) {
    const double ns = bench::hand_over();
    report.row(fmt::format("{:34} {:8.0f} ns", "hand-over between two threads", ns),
               {{"work", "hand-over between two threads"}, {"ns", ns}});
  }
  if (settings.wants("registers")) registers(settings, report);
  if (settings.wants("bandwidth")) bandwidth(settings, report);
  report.write();
}

void define(CLI::App& app) {
  const auto settings = std::make_shared<bench::Settings>();
  settings->add_to(app);
  app.callback([settings] { run(*settings); });
}

const bench::Section kSection{
    "probe", "limits of this machine: stalls, hand-over, registers, bandwidth", define};

}  // namespace
