// Remarks: what is to be known about a cell that finished, beside its accuracy.
//
// Two rules mark a result that is ok and yet none to build on:
//   guessing  the float network does better than guessing and the quantised one does not: of n
//             images with k classes at most n/k + 3 sqrt(n (1 - 1/k) / k) are right
//   learning  the product, over the units whose codes or steps were learned, of the hard loss over
//             that of round to nearest is above kWorse, or one of the losses not finite.  Each unit
//             is rounded to nearest behind the finished ones, so behind a unit that was ruined the
//             others have ratios about 1: the product is close to what happened to the loss of the
//             network's output, which their mean is not
// A recipe may add a caution of its own (quant/repair/repair.h).  A remark does not keep a cell out
// of a mean; tables mark it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/cell/evaluate.h"
#include "quant/quantise.h"

namespace experiments {

/// Learning that does its work comes to less than 1, rates of noise to hundreds and more.
inline constexpr double kWorse = 10.0;

/// At most three standard deviations above what guessing one of `classes` comes to.
bool guesses(const Accuracy& accuracy, std::int64_t classes);

/// Product of hard / round to nearest over the units that learned; infinite when a hard loss is not
/// finite, nothing when no unit learned.
std::optional<double> learned_ratio(const std::vector<quant::UnitLog>& units);

/// All remarks, with "; " between them; empty: none.
std::string remarks(const Accuracy& fp, const Accuracy& quantised, std::int64_t classes,
                    const std::vector<quant::UnitLog>& units, const std::string& caution);

}  // namespace experiments
