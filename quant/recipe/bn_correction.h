// BnCorrection: whether and how the float inputs of blocks are made to fit the statistics of batch
// normalisation (walk/correct_input.h does it).
#pragma once

#include "core/config/params.h"

namespace quant {

struct BnCorrection {
  bool on = false;
  bool required = true;  // a network without batch normalisation is refused, not left alone
  std::int64_t iters = 500, batch = 32;
  double lr = 1e-3, lambda_c = 0.02;

  /// throws: ConfigError.
  static BnCorrection read(core::Params params);
};

}  // namespace quant
