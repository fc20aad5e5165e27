// The two networks of the quick start on Fashion-MNIST: bf16 costs no more than a few tenths of a
// percent.  experiments/configs/precision.yaml asks the same of learned rounding.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "experiments/cell/workbench.h"
#include "tests/support/source_dir.h"

namespace {

struct Network {
  const char *model, *weights;
};
constexpr Network kNetworks[] = {
    {"resnet20", "data/weights/resnet20_fashion.safetensors"},
    {"vit_micro_patch4_28", "data/weights/vit_fashion.safetensors"},
};

// Of 2,000 images at about 93 % accuracy: half the standard error of one accuracy, and both are
// of the same images.
constexpr double kFewTenths = 0.3;
constexpr double kTwoImages = 0.1;  // of 2,000

}  // namespace

TEST_CASE("in bf16 float networks and round to nearest keep their accuracy on Fashion-MNIST" *
          doctest::test_suite("slow")) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    MESSAGE("SKIPPED: no Fashion-MNIST on this machine");
    return;
  }
  experiments::Workbench bench("test.yaml");
  core::Monitor quiet;
  for (const Network& network : kNetworks) {
    const auto run = [&](const char* precision) {
      core::Value cell{core::Value::Map{}};
      cell.set_path("data.name", "fashion_mnist");
      cell.set_path("model.name", network.model);
      cell.set_path("model.in_channels", 1);
      cell.set_path("model.img_size", 28);
      cell.set_path("model.weights", support::source_dir() + "/" + network.weights);
      cell.set_path("calibration.count", 16);
      cell.set_path("eval.count", 2000);
      cell.set_path("quant.weight.bits", 4);
      cell.set_path("precision", precision);
      return bench.run(bench.resolve(cell), quiet);
    };
    const experiments::CellResult f32 = run("f32"), bf16 = run("bf16");
    const experiments::CellResult winograd = run("f32_winograd");
    CHECK(std::abs(f32.quantised.top1() - winograd.quantised.top1()) <= kTwoImages);
    MESSAGE(std::string(network.model) << ": float " << f32.fp.top1() << " f32, " << bf16.fp.top1()
                                       << " bf16; W4 round to nearest " << f32.quantised.top1()
                                       << " f32, " << bf16.quantised.top1() << " bf16");
    CHECK(std::abs(f32.fp.top1() - bf16.fp.top1()) <= kFewTenths);
    CHECK(std::abs(f32.quantised.top1() - bf16.quantised.top1()) <= kFewTenths);
  }
}
