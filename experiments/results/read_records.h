// Reading the cells of an experiment from its folder.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/h5_content.h"
#include "experiments/store/record.h"
#include "experiments/store/store.h"

namespace experiments {

/// Joins the index with what is in the folder.  A cell file that cannot be read, or is another
/// cell's, makes a record that is "damaged", with the reason.
std::vector<Record> read_records(const Index& index, const ResultsFolder& folder);

/// The same in one pass with more of the files: `use` sees the content of every cell that is
/// finished, each id once, with the datasets that are named (none: all of them).  What `use` finds
/// wrong and throws as InputError also makes a cell damaged.
using UseCell = std::function<void(const Record& record, const H5Content& cell)>;
std::vector<Record> read_records(const Index& index, const ResultsFolder& folder,
                                 std::span<const std::string> datasets, const UseCell& use);

}  // namespace experiments
