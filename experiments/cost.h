// Cost: how much work a cell is, and how long that takes here.
//
// Work is counted in multiply-accumulates: reconstruction passes every layer once per step and
// sample, forward and twice backward; evaluation and calibration are forward passes.  The rate
// comes from finished cells of the same model, else of any, else a guess; a prediction is good to a
// factor, not to a percent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/model.h"
#include "quant/recipe.h"

namespace experiments {

/// Multiply-accumulates of one image in a forward pass, convolutions and linear layers only.
double macs_per_image(nn::Model& model);

struct CellSize {
  double macs = 0;  // of one image
  std::int64_t calibration = 0, evaluated = 0;
  std::int64_t parts = 0;  // that mixed precision gives bits to
};
/// Multiply-accumulates of a cell; a learned stage counts forward, twice backward and its share of
/// caches.
double cell_work(const CellSize& size, const quant::Recipe& recipe);

/// A finished cell.
struct Measured {
  std::string model;
  double work = 0, seconds = 0;
};

class CostModel {
 public:
  explicit CostModel(std::vector<Measured> finished) : finished_(std::move(finished)) {}
  bool calibrated() const { return !finished_.empty(); }
  double predict(const std::string& model, double work) const;  // seconds

 private:
  std::vector<Measured> finished_;
};

}  // namespace experiments
