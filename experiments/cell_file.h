// The file of one cell: an HDF5 image with a seal.
//
//   attributes   schema, id, status, message, method, model, config_json, config_yaml, top1,
//   fp_top1,
//                images, not_finite, provenance_json, timings_json
//   val_top1, val_images  attributes too, and val_correct; only with eval.validate
//   correct, fp_correct   one bit per evaluated image (evaluate.h)
//   calibration           indices of the calibration images
//   units/<column>        one row per reconstructed unit; units/loss/<i> the loss curve of unit i
//   map/<column>          one row per quantiser
//   average_bits          attribute, and allocation/<column> with one row per layer or channel that
//                         was given bits; only with quant.allocate
// Everything but provenance_json and timings_json is a function of the cell.  The seal is a trailer
// with the SHA-256 of the image, checked before HDF5 sees the bytes; HDF5 itself ignores bytes
// behind its end.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/io/h5.h"
#include "experiments/workbench.h"

namespace experiments {

/// The sealed file.  `provenance` is stored as it is.
std::vector<std::byte> encode_cell(const Cell& cell, const CellResult& result,
                                   const core::Value& provenance);

/// Checks the seal and opens the image.  throws: InputError for a file that is cut, changed or not
/// ours.
core::h5::File open_cell(const std::string& path);

/// What tables need.
struct CellSummary {
  std::string id, status, message;
  double top1 = 0, fp_top1 = 0, seconds = 0;
  std::int64_t images = 0;
  /// Geometric mean of the final hard losses of all units (in both phases), each at least 1e-12, on
  /// calibration images: smaller is better.  Nothing without units, infinite when one is not
  /// finite.
  std::optional<double> calibration_loss;
  std::optional<double> val_top1;
  std::optional<double> average_bits;  // of mixed precision
};
CellSummary read_summary(const core::h5::File& file);

/// bytes + seal, and back.
std::vector<std::byte> seal(std::vector<std::byte> image);
std::span<const std::byte> unseal(std::span<const std::byte> file, const std::string& where);

}  // namespace experiments
