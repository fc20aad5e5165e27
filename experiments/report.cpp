#include "experiments/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
#include "experiments/choose.h"
#include "experiments/scalar.h"

namespace experiments {
namespace {

using Labels = std::vector<std::string>;

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
  return r.top1;
}

struct Moments {
  double mean = 0, sd = 0;
};

Moments moments(const std::vector<double>& x) {
  Moments m;
  for (const double v : x) m.mean += v / static_cast<double>(x.size());
  double squares = 0;
  for (const double v : x) squares += (v - m.mean) * (v - m.mean);
  if (x.size() > 1) m.sd = std::sqrt(squares / static_cast<double>(x.size() - 1));
  return m;
}

/// One group of seeds as text.
std::string group_text(const std::vector<const Record*>& group, const std::string& value) {
  std::vector<double> values;
  std::size_t diverged = 0, failed = 0;
  for (const Record* r : group) {
    if (r->status == "ok") values.push_back(value_of(*r, value));
    if (r->status == "diverged") ++diverged;
    if (r->status == "failed" || r->status == "crashed") ++failed;
  }
  const std::size_t n = group.size();
  const auto count = [n](const char* what, std::size_t k) {
    return n == 1 ? std::string(what) : fmt::format("{} {}/{}", what, k, n);
  };
  if (diverged > 0) return count("diverged", diverged);
  if (failed > 0) return count("failed", failed);
  if (values.size() < n) return n == 1 ? "–" : fmt::format("–({}/{})", values.size(), n);
  const Moments m = moments(values);
  return n == 1 ? fmt::format("{:.2f}", m.mean)
                : fmt::format("{:.2f} ± {:.2f} (n={})", m.mean, m.sd, n);
}

/// The different labels of a key in a group.
std::string labels_text(const std::vector<const Record*>& group, const std::string& key) {
  std::vector<std::string> labels;
  for (const Record* r : group) {
    if (std::find(labels.begin(), labels.end(), r->label(key)) == labels.end())
      labels.push_back(r->label(key));
  }
  return fmt::format("{}", fmt::join(labels, ", "));
}

core::Value list_of(const std::vector<std::string>& texts) {
  return core::Value(core::Value::List(texts.begin(), texts.end()));
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

std::string markdown_field(const std::string& s) {
  std::string out;
  for (const char c : s) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
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

std::string Record::label(const std::string& key) const {
  for (const auto& [k, text] : choices) {
    if (k == key) return text;
  }
  return "-";
}

Format format_named(const std::string& name) {
  const std::vector<std::string> known = {"terminal", "md", "csv", "json"};
  const auto found = std::find(known.begin(), known.end(), name);
  core::require_input("--format", found != known.end(), "unknown format '{}'{}", name,
                      core::known_hint(name, known));
  return static_cast<Format>(found - known.begin());
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

Table build_table(const std::string& title, const std::vector<std::string>& keys,
                  const ReportSpec& spec, const std::vector<Record>& all, const Sweep& swept) {
  ReportSpec report = spec;
  Sweep sweep = swept;  // what is left to choose: a key that the report names is shown whole
  const bool named = std::any_of(sweep.keys.begin(), sweep.keys.end(), [&](const SweptKey& key) {
    return contains(report.rows, key.key) || contains(report.cols, key.key);
  });
  if (named) sweep = {};
  const std::vector<Record> records = sweep.empty() ? all : chosen_records(all, sweep);
  complete(report, keys, records, sweep);
  const std::vector<std::string> names = short_names(keys);
  const auto short_name = [&](const std::string& key) {
    return names[static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin())];
  };

  std::vector<Labels> rows, cols;
  std::map<Labels, std::map<Labels, std::vector<const Record*>>> groups;
  std::map<Labels, std::set<std::string>> fp;
  for (const Record& r : records) {
    const Labels row = labels_of(r, report.rows), col = labels_of(r, report.cols);
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
    if (std::find(cols.begin(), cols.end(), col) == cols.end()) cols.push_back(col);
    groups[row][col].push_back(&r);
    if (r.done()) fp[row].insert(fmt::format("{:.2f}", r.fp_top1));
  }
  const bool show_fp =
      report.value == "top1" &&
      std::all_of(fp.begin(), fp.end(), [](const auto& entry) { return entry.second.size() == 1; });

  Table table{.title = title, .header = {}, .rows = {}, .labels = report.rows.size(), .notes = {}};
  for (const std::string& key : report.rows) table.header.push_back(short_name(key));
  if (report.rows.empty()) table.header.push_back(""), table.labels = 1;
  if (show_fp) table.header.push_back("float");
  for (const Labels& col : cols) {
    std::string text;
    for (std::size_t k = 0; k < col.size(); ++k)
      text += (k ? ", " : "") + short_name(report.cols[k]) + "=" + col[k];
    table.header.push_back(col.empty() ? report.value : text);
    for (const SweptKey& key : sweep.keys)
      table.header.push_back((col.empty() ? "" : text + " ") + short_name(key.key));
  }
  std::size_t most = 1;
  for (const Labels& row : rows) {
    std::vector<std::string> line = row;
    if (row.empty()) line.push_back("");
    if (show_fp) line.push_back(fp[row].empty() ? "–" : *fp[row].begin());
    for (const Labels& col : cols) {
      const auto found = groups[row].find(col);
      line.push_back(found == groups[row].end() ? "" : group_text(found->second, report.value));
      for (const SweptKey& key : sweep.keys)
        line.push_back(found == groups[row].end() ? "" : labels_text(found->second, key.key));
      if (found != groups[row].end()) most = std::max(most, found->second.size());
    }
    table.rows.push_back(std::move(line));
  }

  const std::map<std::string, std::string> what = {
      {"top1", "top-1 accuracy in %"},
      {"drop", "top-1 points lost against float"},
      {"fp_top1", "top-1 accuracy of the float model in %"},
      {"seconds", "seconds a cell"},
      {"average_bits", "bits of a weight on average; nan where bits were given (quant.allocate)"}};
  std::set<std::int64_t> images;
  for (const Record& r : records) {
    if (r.done()) images.insert(r.images);
  }
  std::string note = what.at(report.value);
  if (images.size() == 1 && report.value != "seconds" && report.value != "average_bits")
    note += fmt::format(" on {} images", *images.begin());
  if (most > 1)
    note += fmt::format("; ± is the standard deviation over n choices of {}", report.agg);
  table.notes.push_back(note);
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
  const auto line = [&](const std::vector<std::string>& row) {
    if (!csv) out += "|";
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (csv)
        out += (c ? "," : "") + csv_field(row[c]);
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
