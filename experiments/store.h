// ResultsFolder: the files of one experiment.
//
//   experiment.json      name, document, report and the cells of the present grid (id, labels,
//   method) cells/<id>.h5        one finished cell each, immutable, published atomically
//   (cell_file.h) failed/<id>.json     why a cell failed; taken away when it succeeds
//   logs/worker-<k>.log  what worker processes wrote to their standard error
//   results.h5, cells.csv  made by merge
// The files are the only truth: which cells are done is read from the folder, never remembered.  A
// folder that another experiment made is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/report.h"
#include "experiments/spec.h"

namespace experiments {

/// A cell of the present grid as the index keeps it.
struct IndexEntry {
  std::string id;
  std::vector<std::pair<std::string, std::string>> choices;  // key -> label
  std::string method, model;
  int w_bits = 0, a_bits = 0;
  std::int64_t seed = 0;
  double work = 0;                      // cost.h
  std::vector<std::string> overridden;  // settings of the method that are ours
};

struct Index {
  std::string name, title, file;
  std::vector<std::string> keys;  // axes, then further keys of the report
  ReportSpec report;
  Sweep sweep;
  core::Value document;
  std::vector<IndexEntry> cells;
};

struct Failure {
  std::string status;  // failed, crashed
  std::string message;
};

class ResultsFolder {
 public:
  explicit ResultsFolder(std::string path) : path_(std::move(path)) {}

  /// Makes the folder or takes it over, writes the index, sweeps temporary files of dead writers.
  /// throws: InputError when it was made by another experiment or holds foreign files.
  void open(const Index& index);
  /// Removes temporary files of dead writers.
  void sweep() const;
  /// throws: InputError when there is no experiment here.
  Index read_index() const;

  bool exists() const;
  /// A file of this cell is there; whether it can be read is known by reading it (read_records).
  bool done(const std::string& id) const;
  std::string cell_path(const std::string& id) const { return path_ + "/cells/" + id + ".h5"; }
  /// Ids of all finished cells, in alphabetical order.
  std::vector<std::string> finished() const;
  /// The one finished or indexed id that starts with `prefix`.  throws: InputError when none or
  /// several do.
  std::string complete_id(const std::string& prefix) const;

  /// throws: InputError when the disk is full and the like; nothing is left behind.
  void publish(const std::string& id, std::span<const std::byte> bytes) const;
  void record_failure(const std::string& id, const Failure& failure) const;
  std::optional<Failure> failure(const std::string& id) const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace experiments
