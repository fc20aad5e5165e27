// Workbench: cells resolved and computed in this process, with everything shared that cells have in
// common.
//
// resolve() builds every part of a cell (model with its weights, data set, calibration, recipe)
// without running it, so that a wrong key, file, shape or value is an error before the first cell
// starts.  Models, data sets, calibration draws and float accuracies are kept between cells; this
// is a memo that cannot change a result.  run() is a pure function of the cell and writes nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/params.h"
#include "core/config/value.h"
#include "core/scratch.h"
#include "core/system/monitor.h"
#include "experiments/cell/cell_memory.h"
#include "experiments/cell/cost.h"
#include "experiments/cell/evaluate.h"
#include "experiments/cell/remembered_scores.h"
#include "quant/calibration/source/calibration_source.h"
#include "quant/quantise.h"
#include "quant/recipe/recipe.h"

namespace experiments {

/// Part of every id: raised when the same configuration would give another number.
inline constexpr int kAlgoVersion = 8;
/// Part of the ids of cells of another precision than f32, for changes that leave f32 as it is.
inline constexpr int kPrecisionVersion = 4;

struct Cell {
  std::string id;      // SHA-256 of the canonical identity, hex
  core::Value config;  // resolved: every default written in
  std::string method, model;
  int w_bits = 0, a_bits = 0;
  std::int64_t seed = 0;
  std::string model_key;  // equal for cells that share model and data
  CellSize size;
  double work = 0;      // multiply-accumulates, see cost.h
  std::string caution;  // what its recipe is likely to be no gain for; not part of the id
};

/// What mixed precision came to.
struct MixedBits {
  double average = 0;  // bits of a weight, over what the budget counts
  quant::Allocation allocation;
};

struct CellResult {
  std::string status = "ok";  // or "diverged"
  std::string message;        // why it diverged, or remarks.h
  Accuracy fp, quantised;
  std::optional<Accuracy> validation;  // of the quantised network; only with eval.validate
  std::vector<quant::UnitLog> units;
  std::vector<quant::MapRow> map;
  std::optional<MixedBits> mixed;         // only with quant.allocate
  std::vector<std::int64_t> calibration;  // indices into its split
};

class Workbench {
 public:
  /// `file` is the experiment file: relative paths are looked up beside it and its parents.
  explicit Workbench(std::string file);
  ~Workbench();

  /// throws: ConfigError, InputError.
  Cell resolve(const core::Value& tree);
  /// throws: Interrupted; Error and its kin when the computation cannot be done.
  CellResult run(const Cell& cell, core::Monitor& monitor);
  /// What `run` keeps to: the resident size of this process in bytes (0: any), and the folder for
  /// inputs and targets of units that have no room then.  Results do not depend on it.
  void limit_memory(std::size_t bytes, std::string scratch);
  /// What a cell needs beside what this process takes already.
  CellMemory memory(const Cell& cell);
  /// Images a second that a configuration's network learns from (probe.h).
  double measure(const core::Value& config);
  /// What the parts of a cell cost here, measured now (forecast.h keeps them).
  Rates rates(const Cell& cell);
  /// Where quantisers sit and how many bits they have, without learning anything.
  std::vector<quant::MapRow> quantizer_map(const Cell& cell);

 private:
  struct LoadedModel;
  struct LoadedData;
  LoadedModel& model(core::Value tree);
  LoadedData& dataset(core::Value tree);
  CellMemory memory(const LoadedModel& m, const quant::Recipe& recipe, const CellImages& images);
  core::Scratch scratch_for(const CellMemory& need) const;

  std::string file_;
  std::map<std::string, core::Value> fitted_;  // models with what they take from their data
  std::map<std::string, std::shared_ptr<LoadedModel>> models_;
  std::map<std::string, std::shared_ptr<LoadedData>> data_;
  std::map<std::string, Accuracy> fp_;
  std::map<std::string, quant::Calibration> calibrations_;
  std::map<std::string, MemoryProfile> profiles_;
  ScoreMemo scores_;  // of importance, by what they depend on
  std::size_t memory_limit_ = 0;
  std::string scratch_folder_;
};

}  // namespace experiments
