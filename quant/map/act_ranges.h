// The first ranges of activation quantisers, from one forward of a few calibration images in one
// batch.
//
// fp: through the float network, quantisers off (QDrop); quant: through the network with quantised
// weights, every quantiser active as soon as it has its range (BRECQ).  A search sees a fixed
// stratified sample of a large activation, and always its extremes.
#pragma once

#include "nn/model.h"
#include "quant/pass/quant_pass.h"
#include "quant/recipe/recipe.h"

namespace quant {

/// At most `limit` values of x (0 = all): one from each of equally long runs, at a position fixed
/// by the run's number, and the smallest and largest value.
core::Tensor sample_values(const core::Tensor& x, std::int64_t limit);

inline constexpr int kLargestFactor = 8;  // 2^3; source: FQ-ViT

/// Steps s 2^k of the channels of x, k in 0 .. 3 by the least squared error of each, from the step
/// 8 s of all; zero points stay.  shapes: x (rows, C); a search sees about `limit` values (0 =
/// all).
struct FactoredStep {
  core::Tensor scale;   // s, (1)
  core::Tensor factor;  // 2^k, (C)
};
FactoredStep power_of_two_factors(const core::Tensor& x, const QParams& q, const Grid& grid,
                                  std::int64_t limit);

/// Sets an ActQuantiser for every site of the map.
void init_activation_ranges(nn::Model& model, const core::Tensor& images, const QuantiserMap& map,
                            const ActRecipe& recipe, QuantPass& pass);

}  // namespace quant
