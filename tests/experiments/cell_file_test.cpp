#include "experiments/cell_file.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/io/file.h"
#include "tests/support/idx_files.h"

using namespace experiments;

namespace {

Cell cell() {
  Cell c;
  c.id = std::string(64, 'a');
  c.config = core::Value(core::Value::Map{{"method", "brecq"}, {"seed", 3}});
  c.method = "brecq", c.model = "resnet20";
  return c;
}

CellResult result(double seconds) {
  CellResult r;
  r.fp.images = r.quantised.images = 10;
  r.fp.correct = 9, r.quantised.correct = 7;
  r.fp.bits = {0xff, 0x01}, r.quantised.bits = {0x7f, 0x00};
  quant::UnitLog unit;
  unit.path = "conv1", unit.phase = "weights", unit.iterations = 5, unit.loss_rtn = 0.5,
  unit.loss_hard = 0.25;
  unit.seconds = seconds;
  unit.curve = {{0, 4}, {1.0, 0.5}};
  r.units = {unit, {}};
  r.map = {{"conv1", "conv1.weight", "weight", "asymmetric 4 bit per channel", 144}};
  r.calibration = {5, 3, 1};
  return r;
}

core::Value provenance(double seconds) {
  return core::Value(core::Value::Map{{"host", "h"}, {"wall_seconds", seconds}});
}

}  // namespace

TEST_CASE("a cell with mixed precision says its average bits and what every layer got") {
  const support::TempDir dir("cell_file_mixed");
  CellResult mixed = result(1);
  mixed.mixed =
      MixedBits{3.25, {{{"a.weight", -1, 40, 3, 0.5}, {"b.weight", 2, 10, 4, 0.25}}, 0.75}};
  core::publish(dir.file("m.h5"),
                std::span<const std::byte>(encode_cell(cell(), mixed, provenance(1))));
  const core::h5::File file = open_cell(dir.file("m.h5"));
  CHECK(read_summary(file).average_bits == 3.25);
  CHECK(file.read_strings("allocation/parameter")[1] == "b.weight");
  CHECK(file.read("allocation/row").values() == std::vector<double>{-1, 2});
  CHECK(file.read("allocation/bits").values() == std::vector<double>{3, 4});
  CHECK(file.read("allocation/elements").at(0) == 40);
  CHECK(file.read("allocation/score").at(1) == 0.25);
}

TEST_CASE("a cell file reads back and says everything in columns") {
  const support::TempDir dir("cell_file");
  core::publish(dir.file("c.h5"),
                std::span<const std::byte>(encode_cell(cell(), result(1), provenance(2.5))));
  const core::h5::File file = open_cell(dir.file("c.h5"));
  const CellSummary s = read_summary(file);
  CHECK(s.id == cell().id);
  CHECK(s.status == "ok");
  CHECK(s.top1 == 70.0);
  CHECK(s.fp_top1 == 90.0);
  CHECK(s.images == 10);
  CHECK(s.seconds == 2.5);
  CHECK_FALSE(s.average_bits.has_value());
  CHECK(file.read_strings("units/path")[0] == "conv1");
  CHECK(file.read("units/loss_hard").at(0) == 0.25);
  CHECK(file.read("units/curve/0/loss").at(1) == 0.5);
  CHECK(file.read_strings("map/site")[0] == "conv1.weight");
  CHECK(file.read("calibration").at(2) == 1);
  CHECK(file.read("correct").at(0) == 0x7f);
}

TEST_CASE("the same result gives the same bytes, and only provenance and timings tell runs apart") {
  const auto a = encode_cell(cell(), result(1), provenance(2.5)),
             b = encode_cell(cell(), result(1), provenance(2.5));
  CHECK(a == b);
  CHECK(a != encode_cell(cell(), result(2), provenance(2.5)));
}

TEST_CASE("a cell file that was cut, changed or is another file is refused before HDF5 sees it") {
  const support::TempDir dir("cell_seal");
  const std::vector<std::byte> good = encode_cell(cell(), result(1), provenance(1));
  const auto refused = [&](std::vector<std::byte> bytes, const char* says) {
    core::publish(dir.file("c.h5"), std::span<const std::byte>(bytes));
    CHECK_THROWS_WITH_AS(open_cell(dir.file("c.h5")), doctest::Contains(says), core::InputError);
  };
  for (const std::size_t cut : {std::size_t{1}, std::size_t{100}, good.size() / 2}) {
    refused({good.begin(), good.end() - static_cast<std::ptrdiff_t>(cut)}, "the file was cut");
  }
  std::vector<std::byte> changed = good;
  changed[good.size() / 2] ^= std::byte{1};
  refused(changed, "was changed");
  refused({}, "no cell file");
  const std::vector<std::byte> image = seal({std::byte{1}, std::byte{2}});
  CHECK(unseal(image, "f").size() == 2);
}

TEST_CASE("the calibration loss is the geometric mean of the units' hard losses") {
  const support::TempDir dir("cell_file_loss");
  const auto loss = [&](const std::vector<double>& hard) {
    Cell cell;
    cell.id = "ab", cell.config = core::Value(core::Value::Map{});
    CellResult result;
    for (const double h : hard)
      result.units.push_back({.path = "u", .phase = "weights", .loss_hard = h});
    const auto bytes = encode_cell(cell, result, core::Value(core::Value::Map{}));
    core::publish(dir.file("c.h5"), bytes);
    const CellSummary summary = read_summary(open_cell(dir.file("c.h5")));
    CHECK(!summary.val_top1);
    return summary.calibration_loss;
  };
  CHECK(*loss({2, 8}) == doctest::Approx(4));
  CHECK(*loss({1e-20, 1}) == doctest::Approx(1e-6));  // a loss of nothing counts as 1e-12
  CHECK(std::isinf(*loss({1, std::nan("")})));
  CHECK(!loss({}));
}
