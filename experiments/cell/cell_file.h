// The file of one cell: an HDF5 image with a seal.
//
//   attributes   schema, id, status, message, method, model, config_json, config_yaml, top1,
//   fp_top1,
//                images, not_finite, provenance_json, timings_json
//   fp_not_finite  of the float network's images; only where it is not 0
//   val_top1, val_images  attributes too, and val_correct; only with eval.validate
//   correct, fp_correct   one bit per evaluated image (evaluate.h)
//   calibration           indices of the calibration images
//   units/<column>        one row per reconstructed unit; units/loss/<i> the loss curve of unit i
//   map/<column>          one row per quantiser
//   average_bits          attribute, and allocation/<column> with one row per layer or channel that
//                         was given bits; only with quant.allocate
// Everything but provenance_json and timings_json is a function of the cell.  The seal is a trailer
// with the SHA-256 of the image, checked before HDF5 sees the bytes; HDF5 itself ignores bytes
// behind its end.  A seal says that a file is whole, not who made it: h5_reader.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/cell/workbench.h"
#include "experiments/store/h5_reader.h"

namespace experiments {

/// The sealed file.  `provenance` is stored as it is.
std::vector<std::byte> encode_cell(const Cell& cell, const CellResult& result,
                                   const core::Value& provenance);

/// The cell `id` in the file `path`: the one place where cell files are opened.  `datasets`: those
/// that are wanted; none: all.  throws: InputError for a file that is cut, changed, not ours or
/// another cell's.
H5Content open_cell(H5Reader& reader, const std::string& path, const std::string& id,
                    std::span<const std::string> datasets = {});

/// What tables need.
struct CellSummary {
  std::string id, status, message;
  double top1 = 0, fp_top1 = 0, seconds = 0;
  std::int64_t images = 0, fp_not_finite = 0;
  /// Geometric mean of the final hard losses of all units (in both phases), each at least 1e-12, on
  /// calibration images: smaller is better.  Nothing without units, infinite when one is not
  /// finite.
  std::optional<double> calibration_loss;
  std::optional<double> val_top1;
  std::optional<double> average_bits;  // of mixed precision
};
/// The datasets that it reads.
const std::vector<std::string>& summary_datasets();
/// throws: InputError for a status that no cell has, and for attributes that are missing.
CellSummary read_summary(const H5Content& cell);

/// bytes + seal, and back.
std::vector<std::byte> seal(std::vector<std::byte> image);
std::span<const std::byte> unseal(std::span<const std::byte> file, const std::string& where);

}  // namespace experiments
