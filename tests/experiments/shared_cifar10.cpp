// With the project's shared data beside the checkout (or at $ROUNDTABLE_SHARED_DATA): a network trained by
// others gives the accuracy stated there, and round to nearest the accuracies of the PyTorch reference.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "experiments/cell/workbench.h"
#include "experiments/text/yaml.h"
#include "tests/support/source_dir.h"
#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;

fs::path shared_data() {
  const char* chosen = std::getenv("ROUNDTABLE_SHARED_DATA");
  return chosen ? fs::path(chosen) : fs::path(support::source_dir()) / ".." / "shared" / "data";
}

// FP32 accuracy with batch norm folded, and RTN (|err|^2.4 search, asymmetric, first and last layer 8 bit) as
// measured with PyTorch on the same JPEGs.
constexpr double kFloat = 81.03, kTolerance = 0.05;
constexpr std::pair<int, double> kNearest[] = {{4, 80.10}, {3, 72.93}};

}  // namespace

TEST_CASE(
    "ResNet-20 trained elsewhere gives its stated accuracy on CIFAR-10, in float and rounded to "
    "nearest" *
    doctest::test_suite("slow")) {
  const fs::path archive = shared_data() / "cifar10_jpeg.tar.zst";
  const fs::path weights = shared_data() / "weights/resnet20_cifar10.safetensors";
  if (!fs::exists(archive) || !fs::exists(weights)) {
    MESSAGE("SKIPPED: no shared CIFAR-10 data beside the checkout");
    return;
  }
  const support::TempDir dir;
  const std::string unpack =
      "tar --zstd -xf '" + fs::absolute(archive).string() + "' -C '" + dir.path() + "'";
  REQUIRE(std::system(unpack.c_str()) == 0);
  experiments::Workbench bench("test.yaml");
  core::Monitor quiet;
  for (const auto& [bits, accuracy] : kNearest) {
    core::Value cell{core::Value::Map{}};
    cell.set_path("data.name", "cifar10");
    cell.set_path("data.root", dir.path());
    cell.set_path("model.name", "resnet20");
    cell.set_path("model.weights", fs::absolute(weights).string());
    cell.set_path("calibration.count", 16);
    cell.set_path("quant.weight.bits", bits);
    cell.set_path("quant.first_last", "all_8");
    const experiments::CellResult result = bench.run(bench.resolve(cell), quiet);
    CAPTURE(bits);
    CHECK(std::abs(result.fp.top1() - kFloat) <= kTolerance);
    CHECK(std::abs(result.quantised.top1() - accuracy) <= kTolerance);
  }
}
