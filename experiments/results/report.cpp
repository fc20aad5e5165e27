#include "experiments/results/report.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "experiments/results/groups.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

constexpr const char* kMissing = "–";

/// One group of seeds as text.
std::string group_text(const Group& group) {
  const std::size_t n = group.records.size();
  const auto count = [n](const char* what, std::size_t k) {
    return n == 1 ? std::string(what) : fmt::format("{} {}/{}", what, k, n);
  };
  if (group.diverged > 0) return count("diverged", group.diverged);
  if (group.failed > 0) return count("failed", group.failed);
  if (!group.complete()) return n == 1 ? kMissing : fmt::format("{}({}/{})", kMissing, group.ok, n);
  return n == 1 ? fmt::format("{:.2f}", group.mean)
                : fmt::format("{:.2f} ± {:.2f} (n={})", group.mean, group.sd, n);
}

/// Notes what is said of the cells of a group that are ok; whether there is anything.
bool add_remarks(const Group& group, std::map<std::string, std::vector<std::string>>& to,
                 std::string& row) {
  bool any = false;
  for (const Record* r : group.records) {
    if (r->status != "ok" || r->message.empty()) continue;
    any = true;
    to[r->message].push_back(r->id.substr(0, 12));
    if (row.find(r->message) == std::string::npos) row += (row.empty() ? "" : "; ") + r->message;
  }
  return any;
}

/// The different labels of a key in a group.
std::string labels_text(const Group& group, const std::string& key) {
  std::vector<std::string> labels;
  for (const Record* r : group.records) {
    if (std::find(labels.begin(), labels.end(), r->label(key)) == labels.end())
      labels.push_back(r->label(key));
  }
  return fmt::format("{}", fmt::join(labels, ", "));
}

/// Which float networks have no accuracy to compare with.
std::string float_note(const std::vector<Record>& records) {
  std::size_t cells = 0;
  const Record* worst = nullptr;
  for (const Record& r : records) {
    if (!r.done() || r.fp_not_finite == 0) continue;
    ++cells;
    if (!worst || r.fp_not_finite > worst->fp_not_finite) worst = &r;
  }
  if (!worst) return "";
  return fmt::format(
      "the float network gives logits that are not finite, for up to {} of {} images ({} cells, "
      "{}): its accuracy means nothing",
      worst->fp_not_finite, worst->images, cells, worst->id.substr(0, 12));
}

core::Value list_of(const std::vector<std::string>& texts) {
  return core::Value(core::Value::List(texts.begin(), texts.end()));
}

std::size_t width(const std::string& s) {
  return static_cast<std::size_t>(std::count_if(
      s.begin(), s.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& s, std::size_t to, bool right) {
  const std::string space(to > width(s) ? to - width(s) : 0, ' ');
  return right ? space + s : s + space;
}

std::string csv_field(const std::string& s) {
  if (s.find_first_of(",\"\n\r") == std::string::npos) return s;
  std::string out = "\"";
  for (const char c : s) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

/// A value that is missing is an empty field: "–" and "–(2/3)" are for people.
std::string csv_value(const std::string& s) {
  const bool missing = s == kMissing || s.starts_with(std::string(kMissing) + "(");
  return missing ? "" : csv_field(s);
}

std::string markdown_field(const std::string& s) {
  std::string out;
  for (const char c : s) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

/// Remarks in a column instead of marks, so that values stay numbers.
Table with_remark_column(Table table) {
  table.header.push_back("remarks");
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    for (std::string& text : table.rows[r]) {
      if (text.ends_with(kMark)) text.resize(text.size() - kMark.size());
    }
    table.rows[r].push_back(std::move(table.remarks[r]));
  }
  table.remarks.clear();
  return table;
}

std::string terminal_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& h : table.header) widths.push_back(width(h));
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string out;
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += (c ? "  " : "") + padded(row[c], widths[c], c >= table.labels);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
  };
  std::string rule;
  for (std::size_t c = 0; c < widths.size(); ++c)
    rule += (c ? "  " : "") + std::string(widths[c], '-');
  std::string out =
      (table.title.empty() ? "" : table.title + "\n") + line(table.header) + rule + "\n";
  std::vector<std::string> previous;
  for (std::vector<std::string> row : table.rows) {
    const std::vector<std::string> full = row;
    // A label that repeats the one above, with all labels before it, is left blank.
    for (std::size_t c = 0; c + 1 < table.labels && !previous.empty() && row[c] == previous[c]; ++c)
      row[c].clear();
    previous = full;
    out += line(row);
  }
  return out;
}

}  // namespace

Format format_named(const std::string& name) {
  const std::vector<std::string> known = {"terminal", "md", "csv", "json"};
  const auto found = std::find(known.begin(), known.end(), name);
  core::require_input("--format", found != known.end(), "unknown format '{}'{}", name,
                      core::known_hint(name, known));
  return static_cast<Format>(found - known.begin());
}

Table build_table(const std::string& title, const std::vector<std::string>& keys,
                  const ReportSpec& spec, const std::vector<Record>& all, const Sweep& swept) {
  const Groups groups(keys, spec, all, swept);
  const ReportSpec& report = groups.report();
  const std::vector<SweptKey>& open = groups.sweep().keys;

  Table table{.title = title, .header = {}, .rows = {}, .labels = report.rows.size(), .notes = {}};
  for (const std::string& key : report.rows) table.header.push_back(groups.short_name(key));
  if (report.rows.empty()) table.header.push_back(""), table.labels = 1;
  const bool show_fp = groups.one_reference_a_row();
  if (show_fp) table.header.push_back("float");
  for (const Labels& col : groups.cols()) {
    const std::string text = groups.col_name(col);
    table.header.push_back(col.empty() ? report.value : text);
    for (const SweptKey& key : open)
      table.header.push_back((col.empty() ? "" : text + " ") + groups.short_name(key.key));
  }
  std::size_t most = 1;
  std::map<std::string, std::vector<std::string>> remarked;
  for (const Labels& row : groups.rows()) {
    std::vector<std::string> line = row;
    if (row.empty()) line.push_back("");
    if (show_fp) {
      const std::optional<double> fp = groups.reference(row);
      line.push_back(groups.float_diverged(row) ? "diverged"
                     : fp                       ? fmt::format("{:.2f}", *fp)
                                                : kMissing);
    }
    std::string remark;
    for (const Labels& col : groups.cols()) {
      const Group* group = groups.find(row, col);
      line.push_back(group ? group_text(*group) : "");
      if (group && add_remarks(*group, remarked, remark)) line.back() += kMark;
      for (const SweptKey& key : open) line.push_back(group ? labels_text(*group, key.key) : "");
      if (group) most = std::max(most, group->records.size());
    }
    table.rows.push_back(std::move(line));
    table.remarks.push_back(std::move(remark));
  }
  if (remarked.empty()) table.remarks.clear();
  table.notes.push_back(groups.value_note(most > 1));
  for (const auto& [remark, ids] : remarked) {
    const std::string more = ids.size() > 1 ? fmt::format(" and {} more", ids.size() - 1) : "";
    table.notes.push_back(fmt::format("† {}{}: {}", ids.front(), more, remark));
  }
  if (const std::string note = float_note(all); !note.empty()) table.notes.push_back(note);
  return table;
}

std::string render(const Table& table, Format format) {
  if (format == Format::terminal) {
    std::string out = terminal_text(table);
    for (const std::string& note : table.notes) out += note + "\n";
    return out;
  }
  if (format == Format::json) {
    core::Value::List rows;
    for (const auto& row : table.rows) rows.push_back(list_of(row));
    return json_text(core::Value(core::Value::Map{{"title", table.title},
                                                  {"columns", list_of(table.header)},
                                                  {"rows", std::move(rows)},
                                                  {"notes", list_of(table.notes)}})) +
           "\n";
  }
  std::string out;
  const bool csv = format == Format::csv;
  if (csv && !table.remarks.empty()) return render(with_remark_column(table), format);
  const auto line = [&](const std::vector<std::string>& row) {
    if (!csv) out += "|";
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (csv)
        out += (c ? "," : "") + (c < table.labels ? csv_field(row[c]) : csv_value(row[c]));
      else
        out += " " + markdown_field(row[c]) + " |";
    }
    out += "\n";
  };
  if (!csv && !table.title.empty()) out += "**" + markdown_field(table.title) + "**\n\n";
  line(table.header);
  if (!csv) {
    out += "|";
    for (std::size_t c = 0; c < table.header.size(); ++c)
      out += c < table.labels ? "---|" : "---:|";
    out += "\n";
  }
  for (const auto& row : table.rows) line(row);
  if (!csv) {
    out += "\n";
    for (const std::string& note : table.notes) out += note + "\n";
  }
  return out;
}

}  // namespace experiments
