// Groups: the cells of an experiment in the places where a report shows them.
//
// A place is a row and a column; the cells in it differ in nothing but the axis that is averaged
// over (`agg`).  Axes that neither rows nor columns name become rows, so nothing else is ever
// averaged.  Tables and plots are two ways to show the same groups.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "experiments/spec/spec.h"
#include "experiments/store/record.h"

namespace experiments {

using Labels = std::vector<std::string>;

/// Cells that are averaged, and what they come to.
struct Group {
  std::vector<const Record*> records;
  std::size_t ok = 0, diverged = 0, failed = 0;
  double mean = 0, sd = 0;  // of the cells that are ok; sd with n - 1, 0 for one cell
  bool complete() const { return ok == records.size(); }
};

class Groups {
 public:
  /// `all` must outlive the groups.  A swept key that neither rows nor columns name stands at the
  /// value that each cell chose.
  Groups(const std::vector<std::string>& keys, const ReportSpec& spec,
         const std::vector<Record>& all, const Sweep& swept);
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  /// Rows and columns in force: every varying axis has its place.
  const ReportSpec& report() const { return report_; }
  /// The swept keys that are chosen.
  const Sweep& sweep() const { return sweep_; }
  /// In order of first appearance.
  const std::vector<Labels>& rows() const { return rows_; }
  const std::vector<Labels>& cols() const { return cols_; }
  /// nullptr when no cell stands there.
  const Group* find(const Labels& row, const Labels& col) const;
  /// The accuracy of the float network, where accuracies are shown and all finished cells of the
  /// row have the same.
  std::optional<double> reference(const Labels& row) const;
  /// The float network of a row gives logits that are not finite: it has no accuracy.
  bool float_diverged(const Labels& row) const { return diverged_references_.contains(row); }
  /// Accuracies are shown, and no row has two float networks.
  bool one_reference_a_row() const;

  /// "bits", or "weight.bits" beside "act.bits".
  std::string short_name(const std::string& key) const;
  /// "bits=4, act.bits=8"
  std::string col_name(const Labels& col) const;
  /// What is shown, on how many images, and what the spread is.
  std::string value_note(bool with_spread) const;

 private:
  std::vector<std::string> keys_, names_;
  ReportSpec report_;
  Sweep sweep_;
  std::vector<Record> chosen_;
  const std::vector<Record>* records_;
  std::vector<Labels> rows_, cols_;
  std::map<Labels, std::map<Labels, Group>> groups_;
  std::map<Labels, std::vector<double>> references_;  // the different ones of each row
  std::set<Labels> diverged_references_;              // rows
};

/// What `report.value` shows, in words.
std::string value_name(const std::string& value);

/// The shortest dotted endings that tell `keys` apart: bits, or weight.bits beside act.bits.
std::vector<std::string> short_names(const std::vector<std::string>& keys);

/// The one of `keys` that `written` names: itself, or the only one with this dotted ending, as
/// tables shorten keys.  throws: InputError "option: ..." with those that may have been meant.
std::string key_named(const std::string& option, const std::string& written,
                      const std::vector<std::string>& keys);

}  // namespace experiments
