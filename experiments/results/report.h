// Report: cells of an experiment as a table of rows and columns, averaged over seeds.
//
// Pure text work over records.  A group that is not complete shows how much of it there is,
// `–(2/3)`, and never a mean over fewer seeds; failed and diverged cells are named.  Axes that
// neither rows nor columns name become rows, so nothing is averaged but what `agg` says.
#pragma once

#include <string>
#include <vector>

#include "experiments/spec/spec.h"
#include "experiments/store/record.h"

namespace experiments {

/// Text cells; the first `labels` columns name the row.
struct Table {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::size_t labels = 0;
  std::vector<std::string> notes;
  /// Of each row what its marks stand for; empty where no row has one.
  std::vector<std::string> remarks = {};
};

/// Behind the text of values whose cells have remarks.
inline constexpr std::string_view kMark = " †";

enum class Format { terminal, markdown, csv, json };
/// throws: InputError unless terminal, md, csv or json.
Format format_named(const std::string& name);

/// A swept key that neither rows nor columns name stands at the value that each cell chose, in a
/// column of its own beside every column of values.
Table build_table(const std::string& title, const std::vector<std::string>& keys,
                  const ReportSpec& report, const std::vector<Record>& records,
                  const Sweep& sweep = {});

/// Notes are printed below a terminal or Markdown table and left out of CSV, where a value that is
/// missing is an empty field and the remarks of each row stand in a last column in place of marks.
/// JSON has `title`, `columns`, `rows` (lists of texts) and `notes`.
std::string render(const Table& table, Format format);

}  // namespace experiments
