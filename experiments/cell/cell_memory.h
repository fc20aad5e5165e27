// Memory: what a cell needs, predicted from one and two images on their way through the network.
//
// The inputs and targets of a unit are as many as calibration images; they can lie in files.  All
// else (weights, images, what a step computes) cannot.  What a piece of the network takes is
// measured on the tensors that it makes, and grows in proportion with the images.  Predictions are
// of the resident size of the process, good to kMemoryMargin above what is measured.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/model.h"
#include "quant/map/quantiser_map.h"
#include "quant/pass/quant_pass.h"
#include "quant/pass/run_rows.h"
#include "quant/recipe/recipe.h"

namespace experiments {

/// A prediction is at most so many times the measured peak, and never below it.
inline constexpr double kMemoryMargin = 1.5;

/// "8G", "512M", "1.5G", "900000K", bytes; units of 1024.  throws: InputError.
std::size_t parse_bytes(std::string_view text);
/// "7.9 GB", "512 MB"; units of 1024.
std::string bytes_text(double bytes);

/// Bytes that n images take.
struct PerImage {
  double fixed = 0, each = 0;
  double of(std::int64_t n) const { return fixed + each * static_cast<double>(n); }
};

struct SectionProfile {
  std::string path;
  double x = 0, y = 0;                   // input and output, bytes an image
  double weights = 0;                    // bytes
  std::vector<double> layer_x, layer_y;  // of the layers inside
  PerImage forward, step;                // a forward; with the backward
  PerImage rest;                         // both behind the section
};

struct MemoryProfile {
  std::vector<SectionProfile> sections;
  double image = 0, weights = 0, largest_moment = 0;  // bytes
};
/// Of the sections of one granularity.  rest: measure what lies behind sections, too.
MemoryProfile memory_profile(const nn::Model& model, const quant::Recipe& recipe,
                             quant::Granularity granularity, bool rest);
using Profiles = std::function<const MemoryProfile&(quant::Granularity, bool rest)>;

struct CellMemory {
  double weights = 0;  // with their copies
  double images = 0;   // that calibrate
  double work = 0;     // the most that computing needs beside inputs and targets
  double stored = 0;   // inputs and targets of the unit where they are most
  double mapped = 0;   // of work: rows of files that lie in memory together
  std::string unit;    // the one that needs the most work

  double least() const { return weights + images + work; }  // inputs and targets in files
  double all() const { return least() + stored; }           // everything in memory
  /// What must stay free beside inputs and targets when weights are loaded.
  double reserve() const { return work + weights / 2; }
};

struct CellImages {
  std::int64_t calibration = 0, eval_batch = 0;
};
/// Beside what the process takes already.
CellMemory cell_memory(const quant::Recipe& recipe, const CellImages& images,
                       const Profiles& profiles);

/// A network as a unit that learns runs it: weights that require gradients, activations quantised.
class NetworkThatLearns {
 public:
  NetworkThatLearns(const nn::Model& model, const quant::Recipe& recipe);
  /// All sections one after the other, each with its backward.
  void pass(const core::Tensor& images, bool backward) const;

  nn::Model& model() const { return *model_; }
  const quant::QuantiserMap& map() const { return map_; }
  core::Precision precision() const { return pass_->precision(); }
  /// One run; its backward to the weights that it passed.
  autograd::Variable step(const nn::Forward& run, const core::Tensor& x, bool backward) const;

 private:
  std::unique_ptr<nn::Model> model_;
  quant::QuantiserMap map_;
  std::unique_ptr<quant::QuantPass> pass_;
};

}  // namespace experiments
