#include "experiments/results/groups.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "experiments/results/choose.h"

namespace experiments {
namespace {

Labels labels_of(const Record& r, const std::vector<std::string>& keys) {
  Labels out;
  for (const std::string& key : keys) out.push_back(r.label(key));
  return out;
}

double value_of(const Record& r, const std::string& value) {
  if (value == "drop") return r.fp_top1 - r.top1;
  if (value == "fp_top1") return r.fp_top1;
  if (value == "seconds") return r.seconds;
  if (value == "average_bits") return r.average_bits.value_or(std::nan(""));
  if (value == "val_top1") return r.val_top1.value_or(std::nan(""));
  return r.top1;
}

bool contains(const std::vector<std::string>& list, const std::string& key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

/// Rows and columns in force: what the file says, completed so that every varying axis has its
/// place.
void complete(ReportSpec& report, const std::vector<std::string>& keys,
              const std::vector<Record>& records, const Sweep& sweep) {
  std::vector<std::string> free;
  for (const std::string& key : keys) {
    if (key == report.agg || sweep.find(key) || contains(report.rows, key) ||
        contains(report.cols, key))
      continue;
    std::set<std::string> labels;
    for (const Record& r : records) labels.insert(r.label(key));
    if (labels.size() > 1) free.push_back(key);
  }
  if (report.rows.empty() && report.cols.empty() && free.size() > 1) {
    report.cols = {free.back()};
    free.pop_back();
  }
  report.rows.insert(report.rows.end(), free.begin(), free.end());
}

void summarise(Group& group, const std::string& value) {
  std::vector<double> values;
  const bool of_float = value == "drop" || value == "fp_top1";
  for (const Record* r : group.records) {
    const bool diverged =
        r->status == "diverged" || (r->done() && of_float && r->fp_not_finite > 0);
    if (r->status == "ok" && !diverged) values.push_back(value_of(*r, value));
    group.diverged += diverged;
    group.failed += r->status == "failed" || r->status == "crashed" || r->status == "damaged";
  }
  group.ok = values.size();
  for (const double v : values) group.mean += v / static_cast<double>(values.size());
  double squares = 0;
  for (const double v : values) squares += (v - group.mean) * (v - group.mean);
  if (values.size() > 1) group.sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

std::string value_name(const std::string& value) {
  if (value == "drop") return "top-1 points lost against float";
  if (value == "fp_top1") return "top-1 accuracy of the float model in %";
  if (value == "seconds") return "seconds a cell";
  if (value == "average_bits")
    return "bits of a weight on average (nan where quant.allocate gave none)";
  if (value == "val_top1")
    return "top-1 accuracy in % on the images of split val (nan without eval.validate)";
  return "top-1 accuracy in %";
}

std::vector<std::string> short_names(const std::vector<std::string>& keys) {
  std::vector<std::string> out;
  for (const std::string& key : keys) {
    std::size_t dot = key.rfind('.');
    for (;;) {
      const std::string tail = dot == std::string::npos ? key : key.substr(dot + 1);
      const bool unique = std::all_of(keys.begin(), keys.end(), [&](const std::string& other) {
        return other == key || !(other == tail || other.ends_with("." + tail));
      });
      if (unique || dot == std::string::npos) {
        out.push_back(tail);
        break;
      }
      dot = dot == 0 ? std::string::npos : key.rfind('.', dot - 1);
    }
  }
  return out;
}

std::string key_named(const std::string& option, const std::string& written,
                      const std::vector<std::string>& keys) {
  if (contains(keys, written)) return written;
  std::vector<std::string> ending;
  for (const std::string& key : keys) {
    if (key.ends_with("." + written)) ending.push_back(key);
  }
  core::require_input(option, ending.size() < 2, "'{}' can be each of {}", written,
                      fmt::format("{}", fmt::join(ending, ", ")));
  core::require_input(option, ending.size() == 1, "'{}' is not an axis of these cells{}", written,
                      core::known_hint(written, keys));
  return ending.front();
}

Groups::Groups(const std::vector<std::string>& keys, const ReportSpec& spec,
               const std::vector<Record>& all, const Sweep& swept)
    : keys_(keys), names_(short_names(keys)), report_(spec), sweep_(swept), records_(&all) {
  const bool shown_whole =
      std::any_of(sweep_.keys.begin(), sweep_.keys.end(), [&](const SweptKey& key) {
        return contains(report_.rows, key.key) || contains(report_.cols, key.key);
      });
  if (shown_whole) sweep_ = {};
  if (!sweep_.empty()) {
    chosen_ = chosen_records(all, sweep_);
    records_ = &chosen_;
  }
  complete(report_, keys, *records_, sweep_);
  for (const Record& r : *records_) {
    const Labels row = labels_of(r, report_.rows), col = labels_of(r, report_.cols);
    if (std::find(rows_.begin(), rows_.end(), row) == rows_.end()) rows_.push_back(row);
    if (std::find(cols_.begin(), cols_.end(), col) == cols_.end()) cols_.push_back(col);
    groups_[row][col].records.push_back(&r);
    if (!r.done()) continue;
    if (r.fp_not_finite > 0) diverged_references_.insert(row);
    std::vector<double>& known = references_[row];
    const auto same = [&](double fp) {
      return fmt::format("{:.2f}", fp) == fmt::format("{:.2f}", r.fp_top1);
    };
    if (std::none_of(known.begin(), known.end(), same)) known.push_back(r.fp_top1);
  }
  for (auto& [row, line] : groups_) {
    for (auto& [col, group] : line) summarise(group, report_.value);
  }
}

const Group* Groups::find(const Labels& row, const Labels& col) const {
  const auto line = groups_.find(row);
  if (line == groups_.end()) return nullptr;
  const auto group = line->second.find(col);
  return group == line->second.end() ? nullptr : &group->second;
}

std::optional<double> Groups::reference(const Labels& row) const {
  const auto known = references_.find(row);
  if (report_.value != "top1" || known == references_.end() || known->second.size() != 1 ||
      float_diverged(row))
    return std::nullopt;
  return known->second.front();
}

bool Groups::one_reference_a_row() const {
  return report_.value == "top1" &&
         std::all_of(references_.begin(), references_.end(),
                     [](const auto& entry) { return entry.second.size() == 1; });
}

std::string Groups::short_name(const std::string& key) const {
  const auto at = std::find(keys_.begin(), keys_.end(), key);
  return at == keys_.end() ? key : names_[static_cast<std::size_t>(at - keys_.begin())];
}

std::string Groups::col_name(const Labels& col) const {
  std::string text;
  for (std::size_t k = 0; k < col.size(); ++k)
    text += (k ? ", " : "") + short_name(report_.cols[k]) + "=" + col[k];
  return text;
}

std::string Groups::value_note(bool with_spread) const {
  std::set<std::int64_t> images;
  for (const Record& r : *records_) {
    if (r.done()) images.insert(r.images);
  }
  std::string note = value_name(report_.value);
  const bool counted =
      report_.value == "top1" || report_.value == "drop" || report_.value == "fp_top1";
  if (images.size() == 1 && counted) note += fmt::format(" on {} images", *images.begin());
  if (with_spread)
    note += fmt::format("; ± is the standard deviation over n choices of {}", report_.agg);
  return note;
}

}  // namespace experiments
