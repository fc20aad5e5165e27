#include "experiments/cell/cell_file.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "core/error.h"
#include "core/system/file.h"
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
  H5Reader reader;
  const H5Content file = open_cell(reader, dir.file("m.h5"), cell().id);
  CHECK(read_summary(file).average_bits == 3.25);
  CHECK(file.texts("allocation/parameter")[1] == "b.weight");
  CHECK(file.numbers("allocation/row", 2) == std::vector<double>{-1, 2});
  CHECK(file.numbers("allocation/bits", 2) == std::vector<double>{3, 4});
  CHECK(file.tensor("allocation/elements").at(0) == 40);
  CHECK(file.tensor("allocation/score").at(1) == 0.25);
}

TEST_CASE("a cell file reads back and says everything in columns") {
  const support::TempDir dir("cell_file");
  core::publish(dir.file("c.h5"),
                std::span<const std::byte>(encode_cell(cell(), result(1), provenance(2.5))));
  H5Reader reader;
  const H5Content file = open_cell(reader, dir.file("c.h5"), cell().id);
  const CellSummary s = read_summary(file);
  CHECK(s.id == cell().id);
  CHECK(s.status == "ok");
  CHECK(s.top1 == 70.0);
  CHECK(s.fp_top1 == 90.0);
  CHECK(s.images == 10);
  CHECK(s.seconds == 2.5);
  CHECK_FALSE(s.average_bits.has_value());
  CHECK(s.fp_not_finite == 0);
  CHECK(file.texts("units/path")[0] == "conv1");
  CHECK(file.tensor("units/loss_hard").at(0) == 0.25);
  CHECK(file.tensor("units/curve/0/loss").at(1) == 0.5);
  CHECK(file.texts("map/site")[0] == "conv1.weight");
  CHECK(file.tensor("calibration").at(2) == 1);
  CHECK(file.tensor("correct").at(0) == 0x7f);
}

TEST_CASE("a cell file under another cell's name is refused, with the id that it holds") {
  const support::TempDir dir("cell_file_name");
  core::publish(dir.file("c.h5"),
                std::span<const std::byte>(encode_cell(cell(), result(1), provenance(2.5))));
  H5Reader reader;
  CHECK_THROWS_WITH_AS(open_cell(reader, dir.file("c.h5"), std::string(64, 'b')),
                       doctest::Contains("it holds another cell, aaaaaaaaaaaa"), core::InputError);
}

TEST_CASE("a cell says for how many images its float network is not finite") {
  const support::TempDir dir("cell_file_float");
  CellResult r = result(1);
  r.fp.not_finite = 3;
  core::publish(dir.file("c.h5"),
                std::span<const std::byte>(encode_cell(cell(), r, provenance(2.5))));
  H5Reader reader;
  CHECK(read_summary(open_cell(reader, dir.file("c.h5"), cell().id, summary_datasets()))
            .fp_not_finite == 3);
}

TEST_CASE("what no cell says is refused, and a message keeps to its line") {
  H5Content c;
  c.where = "c.h5";
  for (const auto& [name, text] :
       std::map<std::string, std::string>{{"id", "a"},
                                          {"status", "ok"},
                                          {"message", "two\n\x1b[31mlines"},
                                          {"timings_json", "{}"}})
    c.attributes[name] = text;
  c.attributes["top1"] = 50.0, c.attributes["fp_top1"] = 60.0;
  c.attributes["images"] = std::int64_t{10};
  c.datasets["units/loss_hard"] = core::Tensor::of<double>({1}, {1.0});
  CHECK(read_summary(c).message == "two  [31mlines");
  for (const double top1 : {std::nan(""), -1.0, 1e9}) {
    c.attributes["top1"] = top1;
    CHECK_THROWS_WITH_AS(read_summary(c), doctest::Contains("between 0 and 100"), core::InputError);
  }
  c.attributes["top1"] = 50.0;
  c.attributes["status"] = std::string("pending");
  CHECK_THROWS_WITH_AS(read_summary(c), doctest::Contains("must be ok or diverged"),
                       core::InputError);
}

TEST_CASE("the same result gives the same bytes, and only provenance and timings tell runs apart") {
  const auto a = encode_cell(cell(), result(1), provenance(2.5)),
             b = encode_cell(cell(), result(1), provenance(2.5));
  CHECK(a == b);
  CHECK(a != encode_cell(cell(), result(2), provenance(2.5)));
}

TEST_CASE("a cell file that was cut, changed or is another file is refused before HDF5 sees it") {
  const support::TempDir dir("cell_seal");
  H5Reader reader;
  const std::vector<std::byte> good = encode_cell(cell(), result(1), provenance(1));
  const auto refused = [&](std::vector<std::byte> bytes, const char* says) {
    core::publish(dir.file("c.h5"), std::span<const std::byte>(bytes));
    CHECK_THROWS_WITH_AS(open_cell(reader, dir.file("c.h5"), cell().id), doctest::Contains(says),
                         core::InputError);
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
  H5Reader reader;
  const auto loss = [&](const std::vector<double>& hard) {
    Cell cell;
    cell.id = "ab", cell.config = core::Value(core::Value::Map{});
    CellResult result;
    for (const double h : hard)
      result.units.push_back({.path = "u", .phase = "weights", .loss_hard = h});
    const auto bytes = encode_cell(cell, result, core::Value(core::Value::Map{}));
    core::publish(dir.file("c.h5"), bytes);
    const CellSummary summary = read_summary(open_cell(reader, dir.file("c.h5"), "ab"));
    CHECK(!summary.val_top1);
    return summary.calibration_loss;
  };
  CHECK(*loss({2, 8}) == doctest::Approx(4));
  CHECK(*loss({1e-20, 1}) == doctest::Approx(1e-6));  // a loss of nothing counts as 1e-12
  CHECK(std::isinf(*loss({1, std::nan("")})));
  CHECK(!loss({}));
}
