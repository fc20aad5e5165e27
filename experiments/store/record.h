// Record: one cell of an experiment as tables, plots and choices see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace experiments {

struct Record {
  std::string id;
  std::vector<std::pair<std::string, std::string>> choices;  // axis -> label
  std::string status = "pending";  // ok, diverged, failed, crashed, damaged, pending
  std::string message;             // of a failure; of a cell that is ok, its remarks (remarks.h)
  double top1 = 0, fp_top1 = 0;    // percent
  std::int64_t images = 0, fp_not_finite = 0;
  double seconds = 0;
  std::optional<double> calibration_loss, val_top1, average_bits;  // cell_file.h

  bool done() const { return status == "ok" || status == "diverged"; }
  /// The message, and what can be done about a damaged file.
  std::string explanation() const;
  /// Label of an axis; "-" when this cell does not have it.
  std::string label(const std::string& key) const;
};

}  // namespace experiments
