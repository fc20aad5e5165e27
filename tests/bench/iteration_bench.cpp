// The steady-state iteration of a small block: which share of its time no kernel can explain.
#include <fmt/format.h>

#include <memory>

#include "core/system/threads.h"
#include "tests/bench/bench.h"
#include "tests/bench/block.h"
#include "tests/bench/timing.h"

namespace {

constexpr int kIterations = 5;  // a turn: short, so that a stall spoils few of them

void measure(bench::BlockWork work, const char* name, const bench::Settings& settings,
             bench::Report& report) {
  if (!settings.wants(name)) return;
  bench::with_block(work, kIterations, [&](const auto& loop, const auto& kernels) {
    const std::function<void()> turns[] = {loop, kernels};
    const auto times = bench::in_turns(4 * settings.seconds, turns);
    const double ms = bench::median(times[0]) / kIterations;
    const double outside = 1 - bench::paired_ratio(times[1], times[0]);
    report.row(fmt::format("{:34} {:9.3f} ms, outside kernels {:5.1f} %", name, ms, 100 * outside),
               {{"work", name}, {"median_ms", ms}, {"outside_share", outside}});
  });
}

void run(const bench::Settings& settings) {
  bench::Report report(settings);
  report.heading(fmt::format("{} threads", core::threads()));
  measure(bench::BlockWork::weights, "block 16-16 3x3, W4", settings, report);
  measure(bench::BlockWork::weights_and_activations, "block 16-16 3x3, W4A4", settings, report);
  report.write();
}

void define(CLI::App& app) {
  const auto settings = std::make_shared<bench::Settings>();
  settings->add_to(app);
  app.callback([settings] { run(*settings); });
}

const bench::Section kSection{"iteration", "share of an iteration that is not kernels", define};

}  // namespace
