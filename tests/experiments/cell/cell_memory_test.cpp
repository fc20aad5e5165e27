#include "experiments/cell/cell_memory.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/cell/workbench.h"
#include "tests/quant/helpers.h"

using namespace experiments;

namespace {

constexpr double kMb = 1 << 20;

CellMemory needs(const nn::Model& model, const quant::Recipe& recipe, std::int64_t images) {
  MemoryProfile profile;
  return cell_memory(recipe, {.calibration = images, .eval_batch = 16},
                     [&](quant::Granularity g, bool rest) -> const MemoryProfile& {
                       return profile = memory_profile(model, recipe, g, rest);
                     });
}

}  // namespace

TEST_CASE("amounts of memory are read in units of 1024, and nonsense is refused") {
  CHECK(parse_bytes("8G") == std::size_t{8} << 30);
  CHECK(parse_bytes("512M") == std::size_t{512} << 20);
  CHECK(parse_bytes("1.5G") == std::size_t{3} << 29);
  CHECK(parse_bytes("64KB") == std::size_t{64} << 10);
  CHECK(parse_bytes("2T") == std::size_t{2} << 40);
  CHECK(parse_bytes("12345") == 12345);
  for (const char* bad : {"", "G", "8X", "8GG", "-1G", "0", "nan", "inf", "1e30G", "8 G", "G8"})
    CHECK_THROWS_WITH_AS(parse_bytes(bad), doctest::Contains("amount like 8G"), core::InputError);
}

TEST_CASE("amounts are written rounded up, in GB from a thousand MB on") {
  CHECK(bytes_text(1) == "1 MB");
  CHECK(bytes_text(512 * kMb) == "512 MB");
  CHECK(bytes_text(8 * 1024 * kMb) == "8.0 GB");
}

TEST_CASE("a profile has the sizes of what goes in and out of every section") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const auto recipe = quant_test::recipe({});
  const MemoryProfile p = memory_profile(*model, recipe, quant::Granularity::block, true);
  CHECK(p.image == 16 * 16 * 3 * 4);
  REQUIRE(p.sections.size() == 11);
  CHECK(p.sections[1].path == "layer1.0");
  CHECK(p.sections[1].x == 16 * 16 * 16 * 4);
  CHECK(p.sections[4].y == 8 * 8 * 32 * 4);
  CHECK(p.sections[1].weights == 2 * 16 * 16 * 9 * 4);
  CHECK(p.sections[1].forward.each >= p.sections[1].y);
  CHECK(p.sections[1].step.each > p.sections[1].forward.each);  // a graph is held
  CHECK(p.sections[1].rest.each > p.sections[8].rest.each);     // less lies behind
  const MemoryProfile layers = memory_profile(*model, recipe, quant::Granularity::layer, false);
  CHECK(layers.sections[4].layer_x == std::vector<double>{16 * 16 * 16 * 4, 8 * 8 * 32 * 4});
  CHECK(layers.sections[4].layer_y == std::vector<double>{8 * 8 * 32 * 4, 8 * 8 * 32 * 4});
}

TEST_CASE("inputs and targets grow with the images, work does not, and a mix holds one more") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const auto some = needs(*model, quant_test::recipe({{"learn.iters", 5}}), 512);
  const auto more = needs(*model, quant_test::recipe({{"learn.iters", 5}}), 1024);
  CHECK(more.stored == 2 * some.stored);
  CHECK(more.work == some.work);
  // the quantised input and the target; with the float network on its way to it
  CHECK(some.stored >= 512 * 2 * 16 * 16 * 16 * 4);
  CHECK(some.stored <= 512 * 3 * 16 * 16 * 16 * 4);
  const auto mix =
      needs(*model, quant_test::recipe({{"learn.iters", 5}, {"learn.input", "mix"}}), 512);
  CHECK(mix.stored == 512 * 3 * 16 * 16 * 16 * 4);
  // nothing is learned: only the rows of the log are there
  CHECK(needs(*model, quant_test::recipe({{"learn.iters", 0}}), 1024).stored < some.stored);
  const auto fisher =
      needs(*model, quant_test::recipe({{"learn.iters", 5}, {"learn.loss", "fisher"}}), 512);
  CHECK(fisher.work > some.work);
}
