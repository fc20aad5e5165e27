#include "quant/pipeline/bake.h"

#include "quant/grid/codes.h"

namespace quant {

void bake(Quantised& out, const std::string& parameter, const QuantisedWeight& weight,
          core::Tensor codes) {
  out.pass->set_parameter(parameter, autograd::Variable(dequantise(codes, weight.q, weight.grid)));
  for (WeightSite& site : out.map.weights) {
    if (weight.grid.levels && site.parameter == parameter) site.warp = weight.q.warp.values();
  }
  out.weights.insert_or_assign(parameter, BakedWeight{weight, std::move(codes)});
}

void bake_again(Quantised& out, const std::vector<std::string>& parameters) {
  for (const std::string& parameter : parameters) {
    const BakedWeight baked = out.weights.at(parameter);
    bake(out, parameter, baked.original, baked.codes);
  }
}

}  // namespace quant
