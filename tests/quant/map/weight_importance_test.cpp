#include "quant/map/weight_importance.h"

#include <doctest/doctest.h>

#include <cmath>

#include "quant/network/bn_fold.h"
#include "quant/pass/capture_pass.h"
#include "tests/quant/helpers.h"

using core::Tensor;

namespace {

std::vector<const quant::WeightSite*> sites_of(const quant::QuantiserMap& map) {
  std::vector<const quant::WeightSite*> out;
  for (const quant::WeightSite& site : map.weights) out.push_back(&site);
  return out;
}

}  // namespace

TEST_CASE("importance has the shape of each weight and no sign, and says which inputs are dead") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  const quant::QuantiserMap map = quant::quantiser_map(*model, quant_test::recipe({}));
  const auto sites = sites_of(map);
  const Tensor x = quant_test::images(2, 28, 1);
  CHECK(quant::weight_importance(*model, sites, x, quant::ErrorWeight::none).empty());
  for (const quant::ErrorWeight kind : {quant::ErrorWeight::fisher, quant::ErrorWeight::moments}) {
    const std::vector<Tensor> found = quant::weight_importance(*model, sites, x, kind);
    REQUIRE(found.size() == sites.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i].shape() == sites[i]->module->weight.value.shape());
      double total = 0;
      for (const double v : found[i].values()) {
        CHECK(v >= 0);
        total += v;
      }
      CHECK(total > 0);
    }
  }
}

TEST_CASE("moments are the mean squared inputs of each column") {
  const auto model = quant_test::model("resnet20", 8, 1);
  quant::fold_batch_norms(*model);
  const quant::QuantiserMap map = quant::quantiser_map(*model, quant_test::recipe({}));
  const std::vector<const quant::WeightSite*> last{&map.weights.back()};
  const Tensor x = quant_test::images(3, 8, 1);
  const Tensor found = quant::weight_importance(*model, last, x, quant::ErrorWeight::moments)[0];
  nn::EvalPass plain;
  quant::CapturePass capture(plain, {last[0]->module->path()});
  model->forward(autograd::Variable(x), capture);
  const Tensor in = capture.captured[0];
  for (const std::int64_t column : {0, 5}) {
    double mean = 0;
    for (std::int64_t r = 0; r < 3; ++r) mean += std::pow(in.at(r * in.shape()[1] + column), 2) / 3;
    CHECK(found.at(column) == doctest::Approx(mean).epsilon(1e-5));
    CHECK(found.at(in.shape()[1] + column) == doctest::Approx(mean).epsilon(1e-5));
  }
}
