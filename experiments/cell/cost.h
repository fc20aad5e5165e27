// Cost: how much work a cell is, and how long that takes here.
//
// Work is counted in images that pass the network, forward or forward and back, in weights and
// activations whose ranges are searched, and in weights that a step changes.  What each costs on
// this machine is measured before (probe.h); cells that are finished correct the sum, those of the
// same model first.  Multiply-accumulates compare cells where nothing was measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/model.h"
#include "quant/recipe/recipe.h"

namespace experiments {

/// Multiply-accumulates of one image in a forward pass, convolutions and linear layers only.
double macs_per_image(nn::Model& model);

struct CellSize {
  double macs = 0;  // of one image
  std::int64_t calibration = 0, evaluated = 0;
  std::int64_t parts = 0;  // that mixed precision gives bits to
};
/// Images through the whole network.
struct CellPasses {
  double forward = 0;  // and what costs as much
  double learned = 0;  // forward, and back to the weights
  double steps = 0;    // of the weights, each once
};
CellPasses cell_passes(const CellSize& size, const quant::Recipe& recipe);
/// Multiply-accumulates of a cell; a learned image counts forward and twice backward.
double cell_work(const CellSize& size, const quant::Recipe& recipe);

/// Seconds that things take here with one network.
struct Rates {
  double load = 0;                           // of an image: read, decoded, normalised
  double forward = 0, learn = 0;             // of an image, as CellPasses
  double weight_ranges = 0, act_ranges = 0;  // of all of a cell
  double step = 0;                           // of all weights, beside the passes
};
/// `first`: also the float network is evaluated, which the first cell of a model does.
double cell_seconds(const CellSize& size, const quant::Recipe& recipe, const Rates& rates,
                    bool first);

/// A finished cell: what was expected, and what it took.
struct Measured {
  std::string model;
  double expected = 0, seconds = 0;
};

/// Corrects expected seconds (or any other unit) by finished cells of the same model, else of any.
class CostModel {
 public:
  explicit CostModel(std::vector<Measured> finished) : finished_(std::move(finished)) {}
  bool calibrated() const { return !finished_.empty(); }
  double predict(const std::string& model, double expected) const;  // seconds

 private:
  std::vector<Measured> finished_;
};

}  // namespace experiments
