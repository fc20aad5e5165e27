#include "experiments/model_shape.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/registry.h"
#include "experiments/yaml.h"
#include "tests/support/tiny_dataset.h"
#include "tests/support/tiny_training.h"

using namespace experiments;

namespace {

core::Value fitted(const std::string& model, const std::string& set) {
  core::Params p(parse_yaml_value(set, "f"));
  return fitted_to(parse_yaml_value(model, "f"), *core::Registry<data::Dataset>::create(p));
}

std::string clash(const std::string& model, const std::string& set) {
  core::Params data(parse_yaml_value(set, "f")), p(parse_yaml_value(model, "f"), "model");
  const auto dataset = core::Registry<data::Dataset>::create(data);
  const auto network = nn::make_model(p, core::Rng(1));
  return support::message_of([&] { check_fit(p, *network, *dataset); });
}

}  // namespace

TEST_CASE("a network takes size, channels and classes from its data, and what is given stays") {
  const std::string noise = "{name: noise, size: 20, channels: 2, classes: 7}";
  const core::Value whole =
      parse_yaml_value("{name: resnet20, img_size: 20, in_channels: 2, classes: 7}", "f");
  CHECK(fitted("resnet20", noise) == whole);
  CHECK(fitted("{name: resnet20}", noise) == whole);
  CHECK(fitted("{name: resnet20, img_size: 20, in_channels: 2, classes: 7}", noise) == whole);
  CHECK(*fitted("{name: vit_micro_patch4_28, classes: 3}", noise).find("classes")->as_int() == 3);
  for (const char* odd : {"nothing", "{weights: x}", "3", "{name: [x]}"})
    CHECK(fitted(odd, noise) == parse_yaml_value(odd, "f"));  // for the reader to refuse
}

TEST_CASE("every registered network can follow its data") {
  for (const std::string& name : core::Registry<nn::Model>::names()) {
    const core::Value model = fitted(name, "{name: noise, size: 32, channels: 5, classes: 9}");
    INFO(name << model.str());
    CHECK(*model.find("img_size")->as_int() == 32);
    CHECK(*model.find("in_channels")->as_int() == 5);
    CHECK(*model.find("classes")->as_int() == 9);
  }
}

TEST_CASE("a clash with the data is an error at its key") {
  const std::string noise = "{name: noise, size: 20, channels: 2, classes: 7}";
  CHECK(clash("{name: resnet20, img_size: 20, in_channels: 2, classes: 7}", noise) == "");
  CHECK(clash("{name: resnet20, img_size: 24, in_channels: 2, classes: 7}", noise) ==
        "f:1:28 model.img_size: must be 20 for images of shape (20, 20, 2); got 24");
  CHECK(clash("{name: resnet20, img_size: 20, in_channels: 3, classes: 7}", noise)
            .find("model.in_channels: must be 2") != std::string::npos);
  CHECK(clash("{name: resnet20, img_size: 20, in_channels: 2, classes: 8}", noise)
            .find("model.classes: must be 7 for this data set; got 8") != std::string::npos);
}
