// Choose: which value of a sweep every cell of a grid takes.
//
// Records that differ only in swept keys and in the seed stand for one cell.  Its value is the one
// with the smallest calibration loss or the largest validation accuracy, averaged over the seeds
// (losses geometrically); of equals the first.  A value that diverged under some seed is no
// candidate.  While cells are missing or failed there is no choice.  Test accuracies are not looked
// at.
#pragma once

#include <vector>

#include "experiments/spec/spec.h"
#include "experiments/store/record.h"

namespace experiments {

/// The records of one cell that count.
struct Chosen {
  bool decided = false;
  std::vector<std::size_t> records;  // of the value that was chosen; all of the cell if undecided
};

/// In order of first appearance.
std::vector<Chosen> choose(const std::vector<Record>& records, const Sweep& sweep);

/// The records that count, with the labels of swept keys as a table shows them: "0.1", "10.0
/// (edge)" for the smallest or largest value, "–" where nothing is decided.
std::vector<Record> chosen_records(const std::vector<Record>& records, const Sweep& sweep);

/// How the choice was made, in one line a swept key.
std::vector<std::string> sweep_notes(const Sweep& sweep);

}  // namespace experiments
