#include "quant/recipe/bn_correction.h"

namespace quant {

BnCorrection BnCorrection::read(core::Params params) {
  BnCorrection out;
  out.on = params.get<bool>(
      "on", out.on,
      {.doc = "float inputs of blocks are moved towards the statistics of batch normalisation "
              "first; blocks without are left alone",
       .source = "PD-Quant: true"});
  out.required =
      params.get<bool>("required", out.required,
                       {.doc = "refuse networks without batch normalisation; false: no effect"});
  out.iters = params.get<std::int64_t>(
      "iters", out.iters,
      {.doc = "steps per batch of inputs", .source = "PD-Quant code", .min = 1, .max = 1e6});
  out.batch = params.get<std::int64_t>(
      "batch", out.batch,
      {.doc = "samples moved at a time", .source = "PD-Quant code", .min = 1, .max = 65536});
  out.lr = params.get<double>("lr", out.lr,
                              {.doc = "rate of Adam, falling to 1e-5 on a plateau",
                               .source = "PD-Quant code (bn_lr)",
                               .min = 0});
  out.lambda_c = params.get<double>(
      "lambda_c", out.lambda_c,
      {.doc = "divisor of the distance to the input; larger lets it move further",
       .source = "PD-Quant code: 0.02; 0.005 MobileNetV2",
       .min = 1e-9});
  return out;
}

}  // namespace quant
