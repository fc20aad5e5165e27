#include "experiments/results/merge.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <type_traits>

#include "core/error.h"
#include "core/system/file.h"
#include "experiments/cell/cell_file.h"
#include "experiments/results/choose.h"
#include "experiments/results/read_records.h"
#include "experiments/results/report.h"

namespace experiments {
namespace {

/// One column; numeric where every present value is a number.
struct Column {
  std::string name;
  std::vector<std::string> text;
  std::optional<std::vector<double>> real;
  std::optional<std::vector<std::int64_t>> integer;
};

template <class T>
std::optional<std::vector<T>> parsed(const std::vector<std::string>& text) {
  std::vector<T> out;
  for (const std::string& s : text) {
    T x{};
    if constexpr (std::is_floating_point_v<T>) {
      if (s == "-") {  // a cell without this axis
        out.push_back(std::numeric_limits<T>::quiet_NaN());
        continue;
      }
    }
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), x);
    if (error != std::errc() || end != s.data() + s.size() || s.empty()) return std::nullopt;
    out.push_back(x);
  }
  return out;
}

Column choice_column(const std::string& key, const std::vector<Record>& records) {
  Column c{.name = key, .text = {}, .real = {}, .integer = {}};
  for (const Record& r : records) c.text.push_back(r.label(key));
  c.integer = parsed<std::int64_t>(c.text);
  if (!c.integer) c.real = parsed<double>(c.text);
  if (c.real)  // a number that is missing is an empty field, as in the other columns
    std::replace(c.text.begin(), c.text.end(), std::string("-"), std::string());
  return c;
}

std::vector<Column> columns_of(const Index& index, const std::vector<Record>& records) {
  std::vector<Column> out;
  const auto text = [&](const char* name, const std::function<std::string(std::size_t)>& value) {
    Column c{.name = name, .text = {}, .real = {}, .integer = {}};
    for (std::size_t i = 0; i < records.size(); ++i) c.text.push_back(value(i));
    out.push_back(std::move(c));
  };
  const auto real = [&](const char* name, const std::function<double(std::size_t)>& value) {
    Column c{.name = name, .text = {}, .real = std::vector<double>{}, .integer = {}};
    for (std::size_t i = 0; i < records.size(); ++i) {
      const double x = records[i].done() ? value(i) : std::numeric_limits<double>::quiet_NaN();
      c.real->push_back(x);
      c.text.push_back(std::isnan(x) ? "" : core::real_text(x));
    }
    out.push_back(std::move(c));
  };
  const auto integer = [&](const char* name,
                           const std::function<std::int64_t(std::size_t)>& value) {
    Column c{.name = name, .text = {}, .real = {}, .integer = std::vector<std::int64_t>{}};
    for (std::size_t i = 0; i < records.size(); ++i) {
      c.integer->push_back(value(i));
      c.text.push_back(std::to_string(value(i)));
    }
    out.push_back(std::move(c));
  };
  text("id", [&](std::size_t i) { return records[i].id; });
  text("model", [&](std::size_t i) { return index.cells[i].model; });
  text("method", [&](std::size_t i) { return index.cells[i].method; });
  integer("w_bits", [&](std::size_t i) { return index.cells[i].w_bits; });
  integer("a_bits", [&](std::size_t i) { return index.cells[i].a_bits; });
  integer("seed", [&](std::size_t i) { return index.cells[i].seed; });
  for (const std::string& key : index.keys) {
    const std::set<std::string> taken = {"id", "model", "method", "seed"};
    if (!taken.contains(key)) out.push_back(choice_column(key, records));
  }
  text("status", [&](std::size_t i) { return records[i].status; });
  real("top1", [&](std::size_t i) { return records[i].top1; });
  real("fp_top1", [&](std::size_t i) { return records[i].fp_top1; });
  real("drop", [&](std::size_t i) { return records[i].fp_top1 - records[i].top1; });
  const auto any = [&](auto&& has) { return std::any_of(records.begin(), records.end(), has); };
  if (any([](const Record& r) { return r.fp_not_finite > 0; }))
    integer("fp_not_finite", [&](std::size_t i) { return records[i].fp_not_finite; });
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (!index.sweep.empty()) {
    std::vector<std::int64_t> chosen(records.size(), 0);
    for (const Chosen& cell : choose(records, index.sweep)) {
      for (const std::size_t i : cell.records) chosen[i] = cell.decided;
    }
    integer("chosen", [&](std::size_t i) { return chosen[i]; });
    real("calibration_loss",
         [&](std::size_t i) { return records[i].calibration_loss.value_or(kNone); });
  }
  if (any([](const Record& r) { return r.val_top1.has_value(); }))
    real("val_top1", [&](std::size_t i) { return records[i].val_top1.value_or(kNone); });
  if (any([](const Record& r) { return r.average_bits.has_value(); }))
    real("average_bits", [&](std::size_t i) { return records[i].average_bits.value_or(kNone); });
  integer("images", [&](std::size_t i) { return records[i].images; });
  real("seconds", [&](std::size_t i) { return records[i].seconds; });
  const auto remark = [](const Record& r) { return r.status == "ok" ? r.message : ""; };
  if (any([&](const Record& r) { return !remark(r).empty(); }))
    text("remarks", [&](std::size_t i) { return remark(records[i]); });
  return out;
}

void write_run(const H5Content& cell, core::h5::Group run) {
  for (const char* name :
       {"status", "message", "config_yaml", "config_json", "provenance_json", "timings_json"}) {
    if (cell.has_attribute(name)) run.set_attribute(name, cell.text(name));
  }
  write_datasets(cell, run);
}

}  // namespace

MergeResult merge(const Index& index, const ResultsFolder& folder) {
  MergeResult result;
  core::h5::File file = core::h5::File::create(folder.path() + "/results.h5");
  file.set_attribute("schema", "roundtable-table/1");
  file.set_attribute("name", index.name);
  core::h5::Group runs = file.create_group("runs");
  const auto add = [&](const Record& r, const H5Content& cell) {
    write_run(cell, runs.create_group(r.id));
    ++result.merged;
  };
  const std::vector<Record> records = read_records(index, folder, {}, add);
  const std::vector<Column> columns = columns_of(index, records);
  std::set<std::string> damaged;
  for (const Record& r : records) {
    if (!r.done()) ++result.missing;
    if (r.status == "damaged" && damaged.insert(r.id).second)
      result.damaged.push_back(r.explanation());
  }
  core::h5::Group cells = file.create_group("cells");
  for (const Column& c : columns) {
    if (c.integer)
      cells.write(c.name, std::span<const std::int64_t>(*c.integer));
    else if (c.real)
      cells.write(c.name, std::span<const double>(*c.real));
    else
      cells.write(c.name, std::span<const std::string>(c.text));
  }

  Table table;
  for (const Column& c : columns) table.header.push_back(c.name);
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::vector<std::string> row;
    for (const Column& c : columns) row.push_back(c.text[i]);
    table.rows.push_back(std::move(row));
  }
  core::publish(folder.path() + "/results.h5", file.image());
  core::publish(folder.path() + "/cells.csv", render(table, Format::csv));
  return result;
}

}  // namespace experiments
