#include "experiments/run/compute_cell.h"

#include <new>

#include "core/error.h"
#include "experiments/cell/cell_file.h"
#include "experiments/run/provenance.h"

namespace experiments {

CellOutcome compute_cell(Workbench& workbench, const Cell& cell, const ResultsFolder& folder,
                         const core::Value& process, core::Monitor& monitor) {
  const Stopwatch watch;
  CellOutcome outcome;
  std::vector<std::byte> bytes;
  try {
    const CellResult result = workbench.run(cell, monitor);
    bytes = encode_cell(cell, result, cell_provenance(process, watch));
    outcome = {.status = result.status,
               .message = result.message,
               .top1 = result.quantised.top1(),
               .seconds = watch.wall()};
  } catch (const core::Interrupted&) {
    throw;
  } catch (const std::exception& e) {
    const bool memory = dynamic_cast<const std::bad_alloc*>(&e) != nullptr;
    outcome = {.status = "failed",
               .message = memory ? "out of memory; `plan` says what the cell needs" : e.what(),
               .seconds = watch.wall()};
    folder.record_failure(cell.id, {outcome.status, outcome.message});
    return outcome;
  }
  folder.publish(cell.id, bytes);
  return outcome;
}

}  // namespace experiments
