#include "core/onednn/conv2d.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/kernels/bf16/paired.h"
#include "core/kernels/conv/conv2d.h"
#include "core/onednn/engine.h"
#include "tests/support/compare.h"

using core::Conv2dOptions;
using core::Precision;
using core::Shape;
using core::Tensor;

namespace {

/// Three convolutions in a row and their gradients, as in the first block of a ResNet, but with
/// windows of 5x5: oneDNN's but for the weight gradient in bf16.
Tensor run_block(const Tensor& x, const Tensor& stem, const Tensor& w, Precision precision) {
  const Conv2dOptions o{.pad = {2, 2}, .precision = precision};
  const Tensor a = core::conv2d(x, stem, nullptr, {.pad = {1, 1}, .precision = precision});
  const Tensor b = core::conv2d(a, w, nullptr, o);
  const Tensor y = core::conv2d(b, w, nullptr, o);
  core::conv2d_backward_weights(y, b, w.shape(), o);
  return core::conv2d_backward_data(y, w, b.shape(), o);
}

}  // namespace

TEST_CASE("a first layer of 16 channels is taken by oneDNN's first-convolution kernel") {
  if (core::onednn::isa().find("avx512") != 0) return;  // the choice is about AVX-512 kernels
  const Tensor x = Tensor::zeros({2, 30, 30, 1}), w = Tensor::zeros({16, 1, 3, 3});
  Tensor y = Tensor::empty({2, 30, 30, 16});
  REQUIRE(core::onednn::conv2d_forward(x, w, nullptr, {.pad = {1, 1}}, y));
  CHECK(core::onednn::kept_primitives().back().find(": jit:") != std::string::npos);
}

TEST_CASE(
    "in steady state convolutions allocate nothing outside the pool and create no primitive") {
  core::Rng rng(1);
  const Tensor x = rng.normal({4, 28, 28, 1}, 0, 1), stem = rng.normal({16, 1, 3, 3}, 0, 1);
  const Tensor w = rng.normal({16, 16, 5, 5}, 0, 0.1);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    for (int i = 0; i < 2; ++i) run_block(x, stem, w, precision);  // the first packs the weights
    const std::uint64_t blocks = core::pool_stats().system_allocations;
    const std::size_t primitives = core::onednn::kept_primitives().size();
    for (int i = 0; i < 5; ++i) run_block(x, stem, w, precision);
    CHECK(core::pool_stats().system_allocations == blocks);
    CHECK(core::onednn::kept_primitives().size() == primitives);
  }
}

// Run by the next test in a process of its own, where ONEDNN_VERBOSE is set before oneDNN's first
// call.
TEST_CASE("child: a block of convolutions run twice" * doctest::skip()) {
  core::Rng rng(2);
  const Tensor x = rng.normal({2, 28, 28, 1}, 0, 1), stem = rng.normal({16, 1, 3, 3}, 0, 1);
  const Tensor w = rng.normal({16, 16, 5, 5}, 0, 0.1);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    run_block(x, stem, w, precision);
    std::printf("steady state\n");
    run_block(x, stem, w, precision);
    std::printf("warming up\n");
  }
  std::fflush(stdout);
}

TEST_CASE(
    "in steady state no activation and no weight is reordered, only weight gradients on their way "
    "out") {
  const std::string self = "/proc/" + std::to_string(::getpid()) + "/exe";
  FILE* child = ::popen(
      ("ONEDNN_VERBOSE=1 " + self + " -ns -m -tc='child: a block of convolutions run twice'")
          .c_str(),
      "r");
  REQUIRE(child != nullptr);
  bool steady = false;
  int convolutions = 0, reorders = 0, weight_gradients = 0, other_layouts = 0;
  char line[4096];
  while (std::fgets(line, sizeof line, child) != nullptr) {
    const std::string text = line;
    const auto has = [&](const char* word) { return text.find(word) != std::string::npos; };
    if (has("steady state")) steady = true;
    if (has("warming up")) steady = false;
    if (!steady || !has("onednn_verbose,exec")) continue;
    if (has(",reorder,")) {
      ++reorders;
    } else if (has(",convolution,")) {
      ++convolutions;
      if (has(",backward_weights,")) ++weight_gradients;
      // acdb is N,H,W,C; with 16 channels aBcd16b is the same order of bytes, and with one, abcd is
      if (!has(":acdb:") && !has(":abcd:") && !has(":aBcd16b:")) ++other_layouts;
    }
  }
  CHECK(::pclose(child) == 0);
  const bool own = core::paired::pays({2, 28, 28, 16}, {16, 16, 5, 5}, {.pad = {2, 2}});
  CHECK(convolutions == 10 - own);  // five a block, two precisions
  // emulated bf16 multiplies weights that were rounded afresh, which no packed copy stands for
  const int rounded = core::onednn::bf16_native() ? 0 : convolutions / 2 - weight_gradients / 2;
  CHECK(reorders <= weight_gradients + rounded);
  CHECK(other_layouts == 0);
}
