#include "experiments/results/choose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"

namespace experiments {
namespace {

using Labels = std::vector<std::string>;

/// What a cell is called apart from its seed and its swept values, and these values.
std::pair<Labels, Labels> split_labels(const Record& r, const Sweep& sweep) {
  std::pair<Labels, Labels> out;
  for (const auto& [key, label] : r.choices) {
    if (!sweep.find(key) && key != "seed") out.first.push_back(key + "=" + label);
  }
  for (const SweptKey& key : sweep.keys) out.second.push_back(r.label(key.key));
  return out;
}

/// Smaller is better.
double score(const Record& r, const Sweep& sweep) {
  const std::optional<double>& x = sweep.by_validation() ? r.val_top1 : r.calibration_loss;
  if (!x || r.status != "ok") return std::numeric_limits<double>::infinity();
  return sweep.by_validation() ? -*x : std::log(*x);
}

}  // namespace

std::vector<Chosen> choose(const std::vector<Record>& records, const Sweep& sweep) {
  struct Cell {
    std::vector<std::size_t> all;
    std::vector<Labels> values;  // in order of appearance
    std::map<Labels, std::vector<std::size_t>> of_value;
  };
  std::vector<Labels> order;
  std::map<Labels, Cell> cells;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto [name, value] = split_labels(records[i], sweep);
    if (!cells.contains(name)) order.push_back(name);
    Cell& cell = cells[name];
    cell.all.push_back(i);
    if (!cell.of_value.contains(value)) cell.values.push_back(value);
    cell.of_value[value].push_back(i);
  }
  std::vector<Chosen> out;
  for (const Labels& name : order) {
    const Cell& cell = cells.at(name);
    Chosen chosen{.decided = false, .records = cell.all};
    double best = std::numeric_limits<double>::infinity();
    const bool done = std::all_of(cell.all.begin(), cell.all.end(),
                                  [&](std::size_t i) { return records[i].done(); });
    for (const Labels& value : cell.values) {
      const std::vector<std::size_t>& seeds = cell.of_value.at(value);
      double mean = 0;
      for (const std::size_t i : seeds)
        mean += score(records[i], sweep) / static_cast<double>(seeds.size());
      // a cell that has but one value takes it, whatever it scores
      if (!done || !(mean < best || cell.values.size() == 1)) continue;
      best = mean;
      chosen = {.decided = true, .records = seeds};
    }
    out.push_back(std::move(chosen));
  }
  return out;
}

std::vector<Record> chosen_records(const std::vector<Record>& records, const Sweep& sweep) {
  std::vector<Record> out;
  for (const Chosen& cell : choose(records, sweep)) {
    for (const std::size_t i : cell.records) {
      out.push_back(records[i]);
      for (auto& [key, label] : out.back().choices) {
        const SweptKey* swept = sweep.find(key);
        if (!swept) continue;
        if (!cell.decided)
          label = "–";
        else if (swept->at_edge(label))
          label += " (edge)";
      }
    }
  }
  return out;
}

std::vector<std::string> sweep_notes(const Sweep& sweep) {
  std::vector<std::string> out;
  std::size_t combinations = 1;
  for (const SweptKey& key : sweep.keys) combinations *= key.values.size();
  for (const SweptKey& key : sweep.keys) {
    std::string note = fmt::format(
        "{}: every cell takes one of {} values, {}; chosen {}, on the mean over seeds, never by "
        "the "
        "images counted here",
        key.key, key.values.size(), key.form,
        sweep.by_validation()
            ? "by accuracy on split val of the data"
            : "by calibration loss (geometric mean of the final hard losses of the units)");
    if (sweep.keys.size() > 1) note += fmt::format(", among {} combinations", combinations);
    const bool numeric = std::any_of(key.labels.begin(), key.labels.end(),
                                     [&](const std::string& l) { return key.at_edge(l); });
    if (numeric) note += "; (edge): the smallest or largest value, a better one may lie outside";
    out.push_back(std::move(note));
  }
  return out;
}

}  // namespace experiments
