#include "experiments/train/train_plan.h"

#include <doctest/doctest.h>

#include "tests/support/tiny_training.h"

namespace {

/// The message for the tiny configuration with one key changed.
std::string refusal(const support::TempDir& dir, const std::string& key, core::Value value) {
  core::Value config = support::tiny_training(dir, "x");
  config.set_path(key, std::move(value));
  return support::message_of([&] { experiments::make_train_plan(config); });
}

}  // namespace

TEST_CASE("a plan holds everything that the configuration names, with defaults written back") {
  const support::TempDir dir("plan");
  const experiments::TrainPlan plan =
      experiments::make_train_plan(support::tiny_training(dir, "x"));
  CHECK(plan.epochs == 2);
  CHECK(plan.precision == core::Precision::f32);
  CHECK(plan.augment.flip);
  CHECK(plan.checkpoint == dir.file("x.checkpoint"));
  CHECK(plan.beside(".log") == dir.file("x.log"));
  CHECK(plan.resolved.find_path("train.precision") != nullptr);
  CHECK(plan.resolved.find_path("train.augment.erase") != nullptr);
}

TEST_CASE("places of files do not enter the identity, everything else does") {
  const support::TempDir dir("plan");
  const auto identity = [&](const std::string& key, core::Value value) {
    core::Value config = support::tiny_training(dir, "x");
    if (!key.empty()) config.set_path(key, std::move(value));
    return experiments::make_train_plan(config).identity();
  };
  const std::string base = identity("", {});
  support::write_fashion(dir.file("copy"), 20, 8);
  CHECK(identity("data.root", dir.file("copy")) == base);
  CHECK(identity("out", "elsewhere.safetensors") == base);
  CHECK(identity("seed", 8) != base);
  CHECK(identity("train.optimizer.lr", 0.06) != base);
  support::write_fashion(dir.file("copy"), 21, 8);
  CHECK(identity("data.root", dir.file("copy")) != base);
}

TEST_CASE("image size, channels and classes follow the data and are part of the identity") {
  const support::TempDir dir("plan");
  core::Value config = support::tiny_training(dir, "x");
  const std::string given = experiments::make_train_plan(config).identity();
  config.set_path("model", "resnet20");
  const experiments::TrainPlan plan = experiments::make_train_plan(config);
  CHECK(plan.identity() == given);
  CHECK(*plan.resolved.find_path("model.img_size")->as_int() == 28);
  CHECK(*plan.resolved.find_path("model.in_channels")->as_int() == 1);
  CHECK(*plan.resolved.find_path("model.classes")->as_int() == 10);
  CHECK(refusal(dir, "model.clases", 10).find("did you mean 'classes'?") != std::string::npos);
  CHECK(refusal(dir, "model", core::Value()).find("model.name") != std::string::npos);
}

TEST_CASE("a schedule that follows the loss is not for training") {
  const support::TempDir dir("plan");
  CHECK(refusal(dir, "train.schedule.name", "plateau").find("fixed schedules") !=
        std::string::npos);
}

TEST_CASE("every wrong key is refused with what is allowed") {
  const support::TempDir dir("plan");
  const auto says = [](const std::string& message, const std::string& part) {
    CAPTURE(message);
    return message.find(part) != std::string::npos;
  };
  CHECK(says(refusal(dir, "train.epoch", 3), "epochs"));
  CHECK(says(refusal(dir, "train.epochs", 0), "epochs"));
  CHECK(says(refusal(dir, "train.precision", "f16"), "bf16"));
  CHECK(says(refusal(dir, "train.batch", 13), "12 training images"));
  CHECK(says(refusal(dir, "train.optimizer.name", "sgdm"), "sgd"));
  CHECK(says(refusal(dir, "model.in_channels", 3), "must be 1"));
  CHECK(says(refusal(dir, "model.img_size", 32), "must be 28"));
  CHECK(says(refusal(dir, "model.classes", 11), "must be 10"));
  CHECK(says(refusal(dir, "model.name", "resnet21"), "resnet20"));
  CHECK(says(refusal(dir, "out", "x.h5"), ".safetensors"));
  CHECK(says(refusal(dir, "data.root", "/nonexistent"), "apt-get install"));
}

TEST_CASE("test images that cannot be used are refused before the first step") {
  const support::TempDir dir("plan");
  const core::Value config = support::tiny_training(dir, "x");
  support::Bytes labels = support::idx_header({8});
  labels.resize(labels.size() + 7);
  labels.push_back(10);
  support::write_bytes(dir.file("fashion/t10k-labels-idx1-ubyte.gz"), support::gzip(labels));
  CHECK_THROWS_WITH_AS(experiments::make_train_plan(config),
                       doctest::Contains("labels must be below 10; got 10 for image 7"),
                       core::InputError);
}
