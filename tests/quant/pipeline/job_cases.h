// A quantisation under way on a small network, for the tests of its steps.
#pragma once

#include "quant/map/quantiser_map.h"
#include "quant/network/bn_fold.h"
#include "quant/pipeline/job.h"
#include "tests/quant/helpers.h"

namespace quant_test {

/// ResNet-20 on 8x8 images, batch norms folded, nothing quantised yet.
struct SmallJob {
  quant::Recipe settings;
  core::Tensor x = images(4, 8, 3);
  quant::Quantised out;
  core::Monitor monitor;

  explicit SmallJob(Keys keys) : settings(recipe(keys)) {
    out.model = model("resnet20", 8, 3);
    quant::fold_batch_norms(*out.model);
    out.map = quant::quantiser_map(*out.model, settings);
    out.pass = std::make_unique<quant::QuantPass>(settings.precision);
  }
  quant::Job job() { return {out, settings, core::Rng(1), monitor, {.monitor = &monitor}}; }
};

}  // namespace quant_test
