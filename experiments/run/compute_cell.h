// Computing one cell and publishing it.
#pragma once

#include "core/config/value.h"
#include "core/system/monitor.h"
#include "experiments/cell/workbench.h"
#include "experiments/run/outcome.h"
#include "experiments/store/store.h"

namespace experiments {

/// process: of the provenance.  A cell that fails is recorded as such.  throws: Interrupted; InputError
/// when the result cannot be written.
CellOutcome compute_cell(Workbench& workbench, const Cell& cell, const ResultsFolder& folder,
                         const core::Value& process, core::Monitor& monitor);

}  // namespace experiments
