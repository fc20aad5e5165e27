// Convolutions and matrix products: the framework's call against the same oneDNN primitive alone,
// on layers of ResNet-20 (batch 128), ResNet-18 (224x224, batch 32), ViT-small (28x28, batch 128)
// and ViT-Tiny/16 (224x224, batch 16).
//
// The ratio is the time of the primitive over the time of the call: 1 is a call that costs nothing
// beside it.  What the call pays for and the primitive does not: making the result, looking up the
// primitive, weight gradients back into O,I,KH,KW, and in bf16 rounding whatever arrives as f32;
// here activations arrive as bf16.  Weights are packed beforehand on both sides.
//
// The peak is that of arithmetic in registers, timed in the same turns.  By Winograd a convolution
// needs fewer operations than are counted here and may pass it.
#include <fmt/format.h>

#include <memory>

#include "core/kernels/conv/winograd.h"
#include "core/kernels/gemm.h"
#include "core/onednn/engine.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "tests/bench/bench.h"
#include "tests/bench/onednn_alone.h"
#include "tests/bench/registers.h"
#include "tests/bench/timing.h"

namespace {

using bench::Direction;
using bench::Layout;
using core::DType;
using core::Precision;
using core::Shape;
using core::Tensor;

constexpr Direction kDirections[] = {Direction::forward, Direction::backward_data,
                                     Direction::backward_weights};

struct Work {
  std::string name;
  double flops = 0;
  std::function<Tensor()> call;  // the framework
  std::function<std::optional<bench::Alone>(DType result, Layout)> alone;
};

Tensor random(const Shape& shape, Precision precision) {
  return core::Rng(1)
      .normal(shape, 0, 1)
      .to(precision == Precision::bf16 ? DType::bf16 : DType::f32);
}

void measure(const Work& work, Precision precision, const bench::Settings& settings,
             bench::Report& report) {
  const std::string name = fmt::format("{} {}", work.name, core::name_of(precision));
  if (!settings.wants(name)) return;
  const DType result = work.call().dtype();
  const auto ours = work.alone(result, Layout::ours), chosen = work.alone(result, Layout::chosen);
  const bench::RegisterWork peak =
      bench::register_work(precision == Precision::bf16 ? DType::bf16 : DType::f32);
  std::vector<std::function<void()>> turns{[&] { work.call(); }, peak.run};
  for (const auto* alone : {&ours, &chosen}) {
    if (*alone) turns.push_back((*alone)->run);
  }
  const auto times = bench::in_turns(settings.seconds, turns);
  const double call = bench::median(times[0]), rate = work.flops / call * 1e-6;
  const double share = work.flops / peak.flops * bench::paired_ratio(times[1], times[0]);
  nlohmann::json fields{
      {"work", name}, {"median_ms", call}, {"gflops", rate}, {"share_of_peak", share}};
  std::string text =
      fmt::format("{:46} {:9.4f} ms {:7.1f} GF/s {:4.0f} %", name, call, rate, 100 * share);
  const auto compare = [&](const char* key, std::size_t i, const std::string& implementation) {
    const double ratio = bench::paired_ratio(times[i], times[0]);
    fields[key] = {{"median_ms", bench::median(times[i])},
                   {"ratio", ratio},
                   {"implementation", implementation}};
    text += fmt::format("  {:5.2f} {}", ratio, implementation);
  };
  std::size_t next = 2;
  if (ours) compare("alone", next++, ours->implementation);
  if (chosen) compare("chosen", next++, chosen->implementation);
  report.row(text, std::move(fields));
}

struct Convolution {
  const char* name;
  std::int64_t batch, size, in, out, kernel, stride;

  bool by_winograd() const {
    const core::Conv2dOptions options{.stride = {stride, stride},
                                      .pad = {kernel / 2, kernel / 2},
                                      .precision = Precision::f32_winograd};
    return core::winograd::pays({batch, size, size, in}, {out, in, kernel, kernel}, options,
                                DType::f32);
  }
};

Work convolution(const Convolution& c, Direction direction, Precision precision) {
  bench::ConvolutionShape shape{.x = {c.batch, c.size, c.size, c.in},
                                .w = {c.out, c.in, c.kernel, c.kernel},
                                .y = {},
                                .options = {.stride = {c.stride, c.stride},
                                            .pad = {c.kernel / 2, c.kernel / 2},
                                            .precision = precision}};
  shape.y = core::conv2d_shape(shape.x, shape.w, shape.options);
  const Tensor x = random(shape.x, precision), dy = random(shape.y, precision);
  const Tensor w = random(shape.w, Precision::f32);
  Work work{.name = fmt::format("conv {} {}", c.name, bench::name_of(direction)),
            .flops = 2.0 * static_cast<double>(shape.y.numel() * c.in * c.kernel * c.kernel),
            .call = {},
            .alone = [=](DType result, Layout layout) {
              return bench::convolution_alone(shape, direction, x.dtype(), result, layout);
            }};
  switch (direction) {
    case Direction::forward:
      work.call = [=] { return core::conv2d(x, w, nullptr, shape.options); };
      break;
    case Direction::backward_data:
      work.call = [=] { return core::conv2d_backward_data(dy, w, shape.x, shape.options); };
      break;
    case Direction::backward_weights:
      work.call = [=] { return core::conv2d_backward_weights(dy, x, shape.w, shape.options); };
  }
  return work;
}

void convolutions(const bench::Settings& settings, bench::Report& report) {
  for (const Convolution& c : {Convolution{"r20 1-16 @28", 128, 28, 1, 16, 3, 1},
                               Convolution{"r20 16-16 @28", 128, 28, 16, 16, 3, 1},
                               Convolution{"r20 16-16 @28 of 32", 32, 28, 16, 16, 3, 1},
                               Convolution{"r20 16-32 @28 /2", 128, 28, 16, 32, 3, 2},
                               Convolution{"r20 32-32 @14", 128, 14, 32, 32, 3, 1},
                               Convolution{"r20 64-64 @7", 128, 7, 64, 64, 3, 1},
                               Convolution{"r18 3-64 7x7 @224 /2", 32, 224, 3, 64, 7, 2},
                               Convolution{"r18 64-64 @56", 32, 56, 64, 64, 3, 1},
                               Convolution{"r18 64-128 @56 /2", 32, 56, 64, 128, 3, 2},
                               Convolution{"r18 64-128 1x1 @56 /2", 32, 56, 64, 128, 1, 2},
                               Convolution{"r18 128-128 @28", 32, 28, 128, 128, 3, 1},
                               Convolution{"r18 256-256 @14", 32, 14, 256, 256, 3, 1},
                               Convolution{"r18 512-512 @7", 32, 7, 512, 512, 3, 1}}) {
    for (const Direction direction : kDirections) {
      for (const Precision precision : {Precision::f32, Precision::f32_winograd, Precision::bf16}) {
        const bool same = precision == Precision::f32_winograd && !c.by_winograd();
        const std::string name =
            fmt::format("conv {} {} {}", c.name, bench::name_of(direction), name_of(precision));
        if (!same && settings.wants(name))  // makes no tensors for nothing
          measure(convolution(c, direction, precision), precision, settings, report);
      }
    }
  }
}

struct Layer {
  const char* name;
  std::int64_t tokens, in, out;
};

Work linear(const Layer& l, Direction direction, Precision precision) {
  const Tensor x = random({l.tokens, l.in}, precision), dy = random({l.tokens, l.out}, precision);
  const Tensor w = random({l.out, l.in}, Precision::f32);
  Work work{.name = fmt::format("linear {} {}", l.name, bench::name_of(direction)),
            .flops = 2.0 * static_cast<double>(l.tokens * l.in * l.out),
            .call = {},
            .alone = {}};
  bench::ProductShape shape;
  switch (direction) {
    case Direction::forward:
      shape = {.M = l.tokens, .N = l.out, .K = l.in, .trans_b = true, .weight = true};
      work.call = [=] { return core::linear(x, w, nullptr, precision); };
      break;
    case Direction::backward_data:
      shape = {.M = l.tokens, .N = l.in, .K = l.out, .weight = true};
      work.call = [=] { return core::linear_backward_data(dy, w, precision); };
      break;
    case Direction::backward_weights:
      shape = {.M = l.out, .N = l.in, .K = l.tokens, .trans_a = true};
      work.call = [=] { return core::linear_backward_weights(dy, x, precision); };
  }
  work.alone = [=](DType result, Layout layout) {
    return bench::product_alone(shape, x.dtype(), result, layout);
  };
  return work;
}

struct Attention {
  const char* name;
  std::int64_t heads, tokens, width;
};

Work attention(const Attention& a, bool scores, Precision precision) {
  const Tensor q = random({a.heads, a.tokens, a.width}, precision);
  const Tensor s = random({a.heads, a.tokens, a.tokens}, precision);
  const bench::ProductShape shape =
      scores ? bench::ProductShape{.batch = a.heads,
                                   .M = a.tokens,
                                   .N = a.tokens,
                                   .K = a.width,
                                   .trans_b = true}
             : bench::ProductShape{.batch = a.heads, .M = a.tokens, .N = a.width, .K = a.tokens};
  return {.name = fmt::format("attention {} {}", a.name, scores ? "q.kT" : "a.v"),
          .flops = 2.0 * static_cast<double>(a.heads * a.tokens * a.tokens * a.width),
          .call =
              [=] {
                return scores ? core::matmul(q, q, {.trans_b = true, .precision = precision})
                              : core::matmul(s, q, {.precision = precision});
              },
          .alone =
              [=](DType result, Layout layout) {
                return bench::product_alone(shape, q.dtype(), result, layout);
              }};
}

void products(const bench::Settings& settings, bench::Report& report) {
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    for (const Layer& l : {Layer{"small qkv 6400x192x576", 6400, 192, 576},
                           Layer{"small proj 6400x192x192", 6400, 192, 192},
                           Layer{"small fc1 6400x192x768", 6400, 192, 768},
                           Layer{"small fc2 6400x768x192", 6400, 768, 192},
                           Layer{"tiny qkv 3152x192x576", 3152, 192, 576},
                           Layer{"tiny fc2 3152x768x192", 3152, 768, 192}}) {
      for (const Direction direction : kDirections)
        measure(linear(l, direction, precision), precision, settings, report);
    }
    for (const Attention& a :
         {Attention{"small 384x50x64", 384, 50, 64}, Attention{"tiny 48x197x64", 48, 197, 64}}) {
      for (const bool scores : {true, false})
        measure(attention(a, scores, precision), precision, settings, report);
    }
  }
}

void run(const bench::Settings& settings) {
  bench::Report report(settings);
  report.heading(
      fmt::format("oneDNN {} {}, {} threads; call, GF/s, share of the peak of the registers, then "
                  "ratio and name "
                  "of the primitive alone in our layout and in the one that it chooses",
                  core::onednn::version(), core::onednn::isa(), core::threads()));
  convolutions(settings, report);
  products(settings, report);
  report.write();
}

void define(CLI::App& app) {
  const auto settings = std::make_shared<bench::Settings>();
  settings->add_to(app);
  app.callback([settings] { run(*settings); });
}

const bench::Section kSection{"products", "convolutions and matrix products against oneDNN alone",
                              define};

}  // namespace
