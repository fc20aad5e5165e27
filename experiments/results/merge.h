// Merge: all finished cells of the present grid in one file for other programs.
//
// results.h5 has /cells/<column>, every column one value per cell of the grid, and /runs/<id>/ with
// the content and attributes of each finished cell file.  cells.csv holds the same columns.  Both
// are made afresh from the cell files and published atomically.  A damaged cell, or one that holds
// another cell, is left out and named.  docs/results.md has the layout.
#pragma once

#include <string>
#include <vector>

#include "experiments/store/store.h"

namespace experiments {

struct MergeResult {
  std::size_t merged = 0, missing = 0;
  std::vector<std::string> damaged;  // messages
};
/// throws: InputError when the files cannot be written.
MergeResult merge(const Index& index, const ResultsFolder& folder);

}  // namespace experiments
