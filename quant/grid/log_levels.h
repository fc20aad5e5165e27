// Levels of logarithmic grids.
#pragma once

#include <cmath>
#include <vector>

namespace quant {

/// 2^(-n stride) for n = count - 1 .. 0: increasing, the last one 1.
inline std::vector<double> log_levels(int count, double stride) {
  std::vector<double> out;
  for (int n = count; n-- > 0;) out.push_back(std::exp2(-n * stride));
  return out;
}

}  // namespace quant
