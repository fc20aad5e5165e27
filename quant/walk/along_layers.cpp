#include "quant/walk/along_layers.h"

namespace quant {

void along_layers(nn::Model& model, const QuantiserMap& map, QuantPass& pass,
                  const core::Tensor& images, const WalkAids& aids, const LayerVisit& visit) {
  std::map<std::string, nn::Weighted*> layers;
  for (const nn::Stage& stage : model.stages()) {
    for (const nn::LayerUnit& unit : stage.layers)
      layers[unit.path] = dynamic_cast<nn::Weighted*>(unit.module);
  }
  Walk walk(model, map, pass, aids);
  walk.along({}, images, [&](std::size_t, const Unit& unit, const UnitData& data) {
    nn::Weighted* layer = layers.at(unit.path);
    const core::Tensor seen = pass.input(*layer, 0, autograd::Variable(data.x_quant)).value();
    visit({layer, data.x_float, seen});
    return true;
  });
}

}  // namespace quant
