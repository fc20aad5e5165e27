#include "experiments/results/read_records.h"

#include <map>
#include <optional>

#include "core/error.h"
#include "experiments/cell/cell_file.h"

namespace experiments {
namespace {

/// Everything but its choices.
Record read_record(const std::string& id, const ResultsFolder& folder, H5Reader& reader,
                   std::span<const std::string> datasets, const UseCell& use) {
  Record r;
  r.id = id;
  try {
    if (folder.done(id)) {
      const H5Content cell = open_cell(reader, folder.cell_path(id), id, datasets);
      const CellSummary s = read_summary(cell);
      Record read = r;
      read.status = s.status, read.message = s.message, read.top1 = s.top1;
      read.fp_top1 = s.fp_top1, read.images = s.images, read.seconds = s.seconds;
      read.calibration_loss = s.calibration_loss, read.val_top1 = s.val_top1;
      read.average_bits = s.average_bits, read.fp_not_finite = s.fp_not_finite;
      if (use) use(read, cell);
      return read;
    }
    if (const std::optional<Failure> failure = folder.failure(id))
      r.status = failure->status, r.message = failure->message;
  } catch (const core::InputError& e) {
    r.status = "damaged", r.message = e.what();
  }
  return r;
}

}  // namespace

std::vector<Record> read_records(const Index& index, const ResultsFolder& folder) {
  return read_records(index, folder, summary_datasets(), {});
}

std::vector<Record> read_records(const Index& index, const ResultsFolder& folder,
                                 std::span<const std::string> datasets, const UseCell& use) {
  H5Reader reader;
  std::vector<Record> out;
  std::map<std::string, std::size_t> first;  // two points of a grid can be one cell
  for (const IndexEntry& entry : index.cells) {
    const auto [known, is_new] = first.emplace(entry.id, out.size());
    Record r = is_new ? read_record(entry.id, folder, reader, datasets, use) : out[known->second];
    r.choices = entry.choices;
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace experiments
