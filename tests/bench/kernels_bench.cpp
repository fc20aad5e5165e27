// Convolutions and matrix products: GF/s of the framework's call for the layers of ResNet-20
// (28x28, batch 128) and of a ViT (64 images of 50 tokens, width 192), in f32 and bf16.  The column
// "call" is what a call costs beside oneDNN: median time on a problem of almost no work.
#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/kernels/conv2d.h"
#include "core/kernels/gemm.h"
#include "core/onednn/engine.h"
#include "core/rng.h"
#include "core/threads.h"
#include "tests/bench/bench.h"

namespace {

using core::Precision;
using core::Shape;
using core::Tensor;

struct Settings {
  int threads = 0;
  double seconds = 0.2;
  std::string json, only;
};

struct Row {
  std::string name;
  double flops;
  std::function<void(Precision)> run;
};

std::vector<Row> convolutions() {
  struct Layer {
    const char* name;
    std::int64_t size, in, out, kernel, stride;
  };
  static constexpr std::int64_t kBatch = 128;
  core::Rng rng(1);
  std::vector<Row> rows;
  for (const Layer& l :
       {Layer{"1-16 28x28", 28, 1, 16, 3, 1}, Layer{"16-16 28x28", 28, 16, 16, 3, 1},
        Layer{"16-32 28x28 /2", 28, 16, 32, 3, 2}, Layer{"32-32 14x14", 14, 32, 32, 3, 1},
        Layer{"32-64 14x14 /2", 14, 32, 64, 3, 2}, Layer{"64-64 7x7", 7, 64, 64, 3, 1}}) {
    const core::Conv2dOptions options{.stride = {l.stride, l.stride},
                                      .pad = {l.kernel / 2, l.kernel / 2}};
    const Tensor x = rng.normal({kBatch, l.size, l.size, l.in}, 0, 1);
    const Tensor w = rng.normal({l.out, l.in, l.kernel, l.kernel}, 0, 1);
    const Tensor dy = rng.normal(core::conv2d_shape(x.shape(), w.shape(), options), 0, 1);
    const double flops = 2.0 * static_cast<double>(dy.numel() * l.in * l.kernel * l.kernel);
    const auto with = [options](Precision p) {
      core::Conv2dOptions o = options;
      o.precision = p;
      return o;
    };
    rows.push_back({fmt::format("conv {} forward", l.name), flops,
                    [=](Precision p) { core::conv2d(x, w, nullptr, with(p)); }});
    rows.push_back({fmt::format("conv {} backward data", l.name), flops,
                    [=](Precision p) { core::conv2d_backward_data(dy, w, x.shape(), with(p)); }});
    rows.push_back({fmt::format("conv {} backward weights", l.name), flops, [=](Precision p) {
                      core::conv2d_backward_weights(dy, x, w.shape(), with(p));
                    }});
  }
  return rows;
}

std::vector<Row> products() {
  struct Layer {
    const char* name;
    std::int64_t in, out;
  };
  static constexpr std::int64_t kTokens = 64 * 50;
  core::Rng rng(2);
  std::vector<Row> rows;
  for (const Layer& l : {Layer{"qkv 192-576", 192, 576}, Layer{"proj 192-192", 192, 192},
                         Layer{"fc1 192-768", 192, 768}, Layer{"fc2 768-192", 768, 192}}) {
    const Tensor x = rng.normal({kTokens, l.in}, 0, 1), w = rng.normal({l.out, l.in}, 0, 1);
    const Tensor dy = rng.normal({kTokens, l.out}, 0, 1);
    const double flops = 2.0 * static_cast<double>(kTokens * l.in * l.out);
    rows.push_back({fmt::format("linear {} forward", l.name), flops,
                    [=](Precision p) { core::linear(x, w, nullptr, p); }});
    rows.push_back({fmt::format("linear {} backward data", l.name), flops,
                    [=](Precision p) { core::linear_backward_data(dy, w, p); }});
    rows.push_back({fmt::format("linear {} backward weights", l.name), flops,
                    [=](Precision p) { core::linear_backward_weights(dy, x, p); }});
  }
  for (const std::int64_t width : {16, 32, 64}) {
    const std::int64_t heads = 64 * 192 / width;
    const Tensor q = rng.normal({heads, 50, width}, 0, 1), s = rng.normal({heads, 50, 50}, 0, 1);
    const double flops = 2.0 * static_cast<double>(heads * 50 * 50 * width);
    rows.push_back({fmt::format("attention {} heads of {} q.kT", heads, width), flops,
                    [=](Precision p) { core::matmul(q, q, {.trans_b = true, .precision = p}); }});
    rows.push_back({fmt::format("attention {} heads of {} a.v", heads, width), flops,
                    [=](Precision p) { core::matmul(s, q, {.precision = p}); }});
    rows.push_back({fmt::format("attention {} heads of {} aT.dy", heads, width), flops,
                    [=](Precision p) { core::matmul(s, q, {.trans_a = true, .precision = p}); }});
  }
  return rows;
}

std::vector<Row> overheads() {
  const Tensor x = Tensor::zeros({1, 4, 4, 16}), w = Tensor::zeros({16, 16, 1, 1});
  const Tensor a = Tensor::zeros({1, 16}), b = Tensor::zeros({16, 16});
  return {
      {"call conv 1x1 on 4x4", 2.0 * 16 * 16 * 16,
       [=](Precision p) { core::conv2d(x, w, nullptr, {.precision = p}); }},
      {"call linear 1x16x16", 2.0 * 16 * 16, [=](Precision p) { core::linear(a, b, nullptr, p); }}};
}

void run(const Settings& s) {
  core::set_threads(s.threads > 0 ? s.threads : core::available_threads());
  nlohmann::json rows = nlohmann::json::array();
  fmt::print(
      "oneDNN {} {}, bf16 {}, {} threads; milliseconds are medians, GF/s of the median (of the "
      "best run)\n",
      core::onednn::version(), core::onednn::isa(),
      core::onednn::bf16_native() ? "native" : "emulated", core::threads());
  const auto measure_all = [&](const std::vector<Row>& list) {
    for (const Row& row : list) {
      if (row.name.find(s.only) == std::string::npos) continue;
      for (const Precision p : {Precision::f32, Precision::bf16}) {
        const bench::Timing t = bench::measure(s.seconds, 20, [&] { row.run(p); });
        const double median = row.flops / t.median_ms * 1e-6, best = row.flops / t.best_ms * 1e-6;
        fmt::print("{:44} {:4} {:9.4f} ms {:7.1f} ({:.1f})\n", row.name, core::name_of(p),
                   t.median_ms, median, best);
        rows.push_back({{"work", row.name},
                        {"precision", core::name_of(p)},
                        {"median_ms", t.median_ms},
                        {"best_ms", t.best_ms},
                        {"runs", t.runs},
                        {"gflops", median}});
      }
    }
  };
  measure_all(convolutions());
  measure_all(products());
  measure_all(overheads());
  if (s.json.empty()) return;
  const nlohmann::json all{{"onednn", core::onednn::version()},
                           {"isa", core::onednn::isa()},
                           {"threads", core::threads()},
                           {"rows", rows},
                           {"primitives", core::onednn::kept_primitives()}};
  std::ofstream out(s.json);
  out << all.dump(1) << '\n';
  core::require_input(s.json, out.good(), "file must be writable");
}

void define(CLI::App& app) {
  const auto settings = std::make_shared<Settings>();
  app.add_option("--threads", settings->threads, "threads; default: what this process may use");
  app.add_option("--seconds", settings->seconds, "time for each row")->check(CLI::PositiveNumber);
  app.add_option("--only", settings->only, "rows whose text contains this");
  app.add_option("--json", settings->json, "also write the figures to this file");
  app.callback([settings] { run(*settings); });
}

const bench::Section kSection{"kernels", "convolutions and matrix products in GF/s", define};

}  // namespace
