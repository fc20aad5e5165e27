#include "experiments/cell/cell_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "core/error.h"
#include "core/system/file.h"
#include "core/system/sha256.h"
#include "experiments/text/json.h"
#include "experiments/text/key_order.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

constexpr const char* kCellSchema = "roundtable-cell/1";
// The seal: magic, SHA-256 of the image in hex, length of the image as 20 digits, newline.
constexpr std::string_view kMagic = "\nroundtable-seal/1 ";
constexpr double kLeastLoss = 1e-12;                        // of a unit in calibration_loss
constexpr std::size_t kLargestCell = std::size_t{1} << 30;  // bytes
constexpr std::size_t kSealSize = kMagic.size() + 64 + 1 + 20 + 1;

core::Tensor bytes_tensor(const std::vector<std::uint8_t>& bytes) {
  return core::Tensor::of<std::uint8_t>({static_cast<std::int64_t>(bytes.size())},
                                        std::span(bytes));
}

template <class Row>
void real_column(core::h5::Group& group, const char* name, const std::vector<Row>& rows,
                 double Row::*field) {
  std::vector<double> column;
  for (const Row& row : rows) column.push_back(row.*field);
  group.write(name, std::span<const double>(column));
}

template <class Row>
void text_column(core::h5::Group& group, const char* name, const std::vector<Row>& rows,
                 std::string Row::*field) {
  std::vector<std::string> column;
  for (const Row& row : rows) column.push_back(row.*field);
  group.write(name, std::span<const std::string>(column));
}

template <class Row>
void integer_column(core::h5::Group& group, const char* name, const std::vector<Row>& rows,
                    const std::function<std::int64_t(const Row&)>& value) {
  std::vector<std::int64_t> column;
  for (const Row& row : rows) column.push_back(value(row));
  group.write(name, std::span<const std::int64_t>(column));
}

void write_units(core::h5::Group group, const std::vector<quant::UnitLog>& units) {
  using Unit = quant::UnitLog;
  text_column(group, "path", units, &Unit::path);
  text_column(group, "phase", units, &Unit::phase);
  integer_column<Unit>(group, "iterations", units, [](const Unit& u) { return u.iterations; });
  real_column(group, "loss_rtn", units, &Unit::loss_rtn);
  real_column(group, "loss_soft", units, &Unit::loss_soft);
  real_column(group, "loss_hard", units, &Unit::loss_hard);
  real_column(group, "flips", units, &Unit::flips);
  real_column(group, "undecided", units, &Unit::undecided);
  real_column(group, "clipped", units, &Unit::clipped);
  integer_column<Unit>(group, "rolled_back", units,
                       [](const Unit& u) { return u.rolled_back ? 1 : 0; });
  integer_column<Unit>(group, "cached_bytes", units, [](const Unit& u) { return u.cached_bytes; });
  for (std::size_t i = 0; i < units.size(); ++i) {
    const quant::Curve& curve = units[i].curve;
    if (curve.step.empty()) continue;
    group.write(fmt::format("curve/{}/step", i), std::span<const std::int64_t>(curve.step));
    group.write(fmt::format("curve/{}/loss", i), std::span<const double>(curve.loss));
  }
}

void write_map(core::h5::Group group, const std::vector<quant::MapRow>& map) {
  using Row = quant::MapRow;
  text_column(group, "stage", map, &Row::stage);
  text_column(group, "site", map, &Row::site);
  text_column(group, "kind", map, &Row::kind);
  text_column(group, "grid", map, &Row::grid);
  integer_column<Row>(group, "elements", map, [](const Row& row) { return row.elements; });
}

void write_allocation(core::h5::Group group, const quant::Allocation& allocation) {
  using Part = quant::Allocation::Part;
  const std::vector<Part>& parts = allocation.parts;
  text_column(group, "parameter", parts, &Part::parameter);
  integer_column<Part>(group, "row", parts, [](const Part& p) { return p.row; });
  integer_column<Part>(group, "elements", parts, [](const Part& p) { return p.elements; });
  integer_column<Part>(group, "bits", parts,
                       [](const Part& p) { return static_cast<std::int64_t>(p.bits); });
  real_column(group, "score", parts, &Part::score);
}

/// Without what would move a cursor or start a new line of a table.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

/// Losses of units have scales of their own, so their product is taken, not their sum.
std::optional<double> calibration_loss(const std::vector<double>& hard) {
  if (hard.empty()) return std::nullopt;
  double logs = 0;
  for (const double loss : hard) {
    if (!std::isfinite(loss)) return std::numeric_limits<double>::infinity();
    logs += std::log(std::max(loss, kLeastLoss));
  }
  return std::exp(logs / static_cast<double>(hard.size()));
}

core::Value timings(const CellResult& result, const core::Value& provenance) {
  core::Value::List units;
  for (const quant::UnitLog& u : result.units) units.emplace_back(u.seconds);
  const core::Value* wall = provenance.find("wall_seconds");
  return core::Value(
      core::Value::Map{{"seconds", wall ? *wall : core::Value(0.0)}, {"units", std::move(units)}});
}

}  // namespace

std::vector<std::byte> seal(std::vector<std::byte> image) {
  const std::string text = fmt::format(
      "{}{} {:020}\n", kMagic, core::sha256_hex(std::span<const std::byte>(image)), image.size());
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  image.insert(image.end(), bytes, bytes + text.size());
  return image;
}

std::span<const std::byte> unseal(std::span<const std::byte> file, const std::string& where) {
  core::require_input(where, file.size() > kSealSize, "this is no cell file: {} bytes",
                      file.size());
  const std::span<const std::byte> image = file.first(file.size() - kSealSize);
  const std::string text(reinterpret_cast<const char*>(file.data() + image.size()), kSealSize);
  core::require_input(where, text.starts_with(kMagic),
                      "the seal is missing: the file was cut or is not ours");
  core::require_input(
      where, text == fmt::format("{}{} {:020}\n", kMagic, core::sha256_hex(image), image.size()),
      "the content does not fit its seal: the file was changed");
  return image;
}

std::vector<std::byte> encode_cell(const Cell& cell, const CellResult& result,
                                   const core::Value& provenance) {
  core::h5::File file = core::h5::File::create(cell.id + ".h5");
  file.set_attribute("schema", kCellSchema);
  file.set_attribute("id", cell.id);
  file.set_attribute("status", result.status);
  file.set_attribute("message", result.message);
  file.set_attribute("method", cell.method);
  file.set_attribute("model", cell.model);
  const core::Value config = in_key_order(cell.config);
  file.set_attribute("config_json", json_text(config));
  file.set_attribute("config_yaml", yaml_text(config));
  file.set_attribute("top1", result.quantised.top1());
  file.set_attribute("fp_top1", result.fp.top1());
  file.set_attribute("images", result.quantised.images);
  file.set_attribute("not_finite", result.quantised.not_finite);
  if (result.fp.not_finite > 0) file.set_attribute("fp_not_finite", result.fp.not_finite);
  if (result.validation) {
    file.set_attribute("val_top1", result.validation->top1());
    file.set_attribute("val_images", result.validation->images);
    file.write("val_correct", bytes_tensor(result.validation->bits));
  }
  file.write("correct", bytes_tensor(result.quantised.bits));
  file.write("fp_correct", bytes_tensor(result.fp.bits));
  file.write("calibration", std::span<const std::int64_t>(result.calibration));
  write_units(file.create_group("units"), result.units);
  write_map(file.create_group("map"), result.map);
  if (result.mixed) {
    file.set_attribute("average_bits", result.mixed->average);
    write_allocation(file.create_group("allocation"), result.mixed->allocation);
  }
  file.set_attribute("provenance_json", json_text(provenance));
  file.set_attribute("timings_json", json_text(timings(result, provenance)));
  return seal(file.image());
}

H5Content open_cell(H5Reader& reader, const std::string& path, const std::string& id,
                    std::span<const std::string> datasets) {
  const std::vector<std::byte> bytes = core::read_file(path, kLargestCell);
  H5Content cell = reader.read(unseal(bytes, path), path, datasets);
  core::require_input(path, cell.text("schema") == kCellSchema, "schema must be {}", kCellSchema);
  const std::string& holds = cell.text("id");
  core::require_input(path, holds == id, "it holds another cell, {}",
                      one_line(holds.substr(0, 12)));
  return cell;
}

const std::vector<std::string>& summary_datasets() {
  static const std::vector<std::string> names{"units/loss_hard"};
  return names;
}

CellSummary read_summary(const H5Content& cell) {
  CellSummary s{.id = cell.text("id"),
                .status = cell.text("status"),
                .message = one_line(cell.text("message")),
                .top1 = cell.real("top1"),
                .fp_top1 = cell.real("fp_top1"),
                .seconds = 0,
                .images = cell.integer("images"),
                .calibration_loss = {},
                .val_top1 = {},
                .average_bits = {}};
  core::require_input(cell.where, s.status == "ok" || s.status == "diverged",
                      "status must be ok or diverged; got {}", one_line(s.status));
  for (const double percent : {s.top1, s.fp_top1})
    core::require_input(cell.where, percent >= 0 && percent <= 100,
                        "top1 and fp_top1 must lie between 0 and 100; got {}", percent);
  const core::Value t = parse_json(cell.text("timings_json"), cell.where);
  if (const core::Value* seconds = t.find("seconds"); seconds && seconds->as_double())
    s.seconds = *seconds->as_double();
  if (cell.has_attribute("fp_not_finite")) s.fp_not_finite = cell.integer("fp_not_finite");
  if (cell.has_attribute("average_bits")) s.average_bits = cell.real("average_bits");
  if (cell.has_attribute("val_top1")) s.val_top1 = cell.real("val_top1");
  s.calibration_loss = calibration_loss(cell.tensor("units/loss_hard").values());
  return s;
}

}  // namespace experiments
