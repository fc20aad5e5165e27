// Spec: one experiment file as data: a base configuration and the axes that vary over it.
//
//   name     results go to results/<name>; letters, digits, '.', '_' and '-'
//   base     configuration of every cell, laid over the preset of its `method`
//   grid     dotted.key -> list of choices; the cells are the product of all axes
//   zip      list of {key: [..], key: [..]}: keys that vary together, as one more axis each
//   vary     list of {key: choice}: the whole grid once more with these keys changed, one entry at
//            a time (ablations); a list of choices is an entry each.  Tables know it as axis `vary`
//   sweep    key -> values: every cell chooses one of them by itself (sweep.h)
//   include  list of {key: choice}: single cells beside the grid
//   exclude  list of {key: choice}: cells that match every entry of one of these maps are left out
//   report   how `table` prints: {rows: [..], cols: [..], value: top1, agg: seed}
// Whether a key exists is decided when a cell is resolved (cell.h): everything is built, nothing is
// run.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/params.h"
#include "core/value.h"
#include "experiments/sweep.h"
#include "experiments/yaml.h"

namespace experiments {

/// One value that a key takes, with the text that stands for it in tables and filters: the scalar,
/// or the `name` of a map (the whole map where two choices share a name).
struct Choice {
  std::string label;
  core::Value value;
};

/// Keys that vary together: one for a grid axis, several for a zip.  steps[i][k] belongs to
/// keys[k].
struct Axis {
  std::vector<std::string> keys;
  std::vector<std::vector<Choice>> steps;
};

/// The axis that names the entries of `vary`; not a key of the configuration.
inline constexpr std::string_view kVary = "vary";

/// A set of key = choice conditions, or the keys of one included cell.
using Match = std::vector<std::pair<std::string, core::Value>>;

struct ReportSpec {
  std::vector<std::string> rows, cols;  // empty: chosen by report.cpp
  std::string value = "top1";
  std::string agg = "seed";
};

struct Spec {
  std::string file;  // where it was read from; relative paths in it are looked up beside it
  std::string name, title, notes;
  core::Value base;
  std::vector<Axis> axes;
  std::vector<Match> vary, include, exclude;
  Sweep sweep;
  ReportSpec report;
  core::Value document;  // the file with overrides applied: stored with the results

  /// Every key that some axis or include varies, in order of appearance, then the swept ones.
  std::vector<std::string> keys() const;
};

/// Applies overrides to the document of an experiment.  `key=value` sets the axis `key` where there
/// is one (a list gives its choices, anything else its only choice) and the base otherwise;
/// `grid.key=[..]` makes an axis; `sweep.key=..`, `report.rows=..`, `name=..`, `title=..` change
/// these; a key that is swept becomes one of the base.  `~key` takes an axis or a key away.
void override_document(core::Value& document, const std::vector<Override>& overrides);

/// throws: ConfigError for anything wrong with the form of the document.
Spec parse_spec(core::Value document, const std::string& file);

/// Declarations of the keys of an experiment file, for `schema`; `base` has those of a cell.
std::vector<core::Declared> describe_spec();

/// Label of one choice by itself.
std::string label_of(const core::Value& value);

}  // namespace experiments
