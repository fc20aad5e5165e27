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
// It is read by parse.h.  Whether a key exists is decided when a cell is resolved
// (cell/workbench.h): everything is built, nothing is run.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/value.h"
#include "experiments/spec/choice.h"
#include "experiments/spec/sweep.h"

namespace experiments {

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
  std::vector<std::string> rows, cols;  // empty: chosen by groups.h
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

/// The label of what an entry of `vary` changes: "learn.loss=l1", "a=1, b.c=2"; "base" for nothing.
std::string vary_label(const Match& changes);

}  // namespace experiments
