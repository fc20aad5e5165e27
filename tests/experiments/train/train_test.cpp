#include "experiments/train/train.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <initializer_list>

#include "core/system/file.h"
#include "experiments/process/progress.h"
#include "nn/safetensors.h"
#include "tests/support/tiny_training.h"

using support::tiny_training;

namespace {

/// A silent Progress that asks to stop at the given question (the loop asks once a step or
/// evaluation batch).
class StopAt : public experiments::Progress {
 public:
  explicit StopAt(int question) : StopAt(question, std::fopen("/dev/null", "w")) {}
  ~StopAt() override { std::fclose(sink_); }
  bool stop_requested() const override { return left_-- == 0; }

 private:
  StopAt(int question, std::FILE* sink) : Progress({.out = sink}), sink_(sink), left_(question) {}
  std::FILE* sink_;
  mutable int left_;
};

support::Bytes trained(const support::TempDir& dir, const core::Value& config,
                       const std::string& out) {
  StopAt never(-1);
  experiments::train(config, {}, never);
  return support::read_bytes(dir.file(out + ".safetensors"));
}

}  // namespace

TEST_CASE("a training publishes weights with provenance, a log and the resolved configuration") {
  const support::TempDir dir("train");
  trained(dir, tiny_training(dir, "a"), "a");
  const nn::TensorFile file = nn::read_safetensors(dir.file("a.safetensors"));
  CHECK(file.tensors.count("layer1.0.conv1.weight") == 1);
  CHECK(file.tensors.count("layer1.0.bn1.running_var") == 1);
  CHECK(file.metadata.at("seed") == "7");
  CHECK(file.metadata.at("data_sha256").size() == 64);
  CHECK(file.metadata.at("mean") == "0.286");
  CHECK(file.metadata.count("test_accuracy") == 1);
  CHECK(file.metadata.at("bn_eps") == "1e-05");
  CHECK(file.metadata.count("ln_eps") == 0);
  const std::string log = core::read_text(dir.file("a.log"));
  CHECK(log.find("epoch   2/2") != std::string::npos);
  CHECK(log.find("test ") != std::string::npos);
  const core::Value resolved = experiments::load_yaml(dir.file("a.yaml"));
  CHECK(*resolved.find_path("train.batch")->as_int() == 4);
  CHECK(resolved.find_path("train.optimizer.momentum") != nullptr);
  CHECK_FALSE(std::filesystem::exists(dir.file("a.checkpoint")));
}

TEST_CASE("the resolved configuration trains to the same bits") {
  const support::TempDir dir("train");
  const support::Bytes first = trained(dir, tiny_training(dir, "a"), "a");
  core::Value resolved = experiments::load_yaml(dir.file("a.yaml"));
  resolved.set_path("out", dir.file("b.safetensors"));
  StopAt never(-1);
  experiments::train(resolved, {}, never);
  CHECK(support::read_bytes(dir.file("b.safetensors")) == first);
}

TEST_CASE("interrupted anywhere and resumed, a run ends with the same bits") {
  const auto check = [](const char* model, const char* optimizer,
                        std::initializer_list<int> questions) {
    const support::TempDir dir("train");
    const support::Bytes whole =
        trained(dir, tiny_training(dir, "whole", model, optimizer), "whole");
    REQUIRE(!whole.empty());
    const core::Value config = tiny_training(dir, "cut", model, optimizer);
    for (const int question : questions) {
      CAPTURE(model);
      CAPTURE(question);
      StopAt stop(question);
      CHECK_THROWS_AS(experiments::train(config, {}, stop), core::Interrupted);
      REQUIRE(std::filesystem::exists(dir.file("cut.checkpoint")));
      CHECK_FALSE(std::filesystem::exists(dir.file("cut.safetensors")));
      StopAt never(-1);
      experiments::train(config, {.resume = true}, never);
      CHECK((support::read_bytes(dir.file("cut.safetensors")) == whole));
      std::filesystem::remove(dir.file("cut.safetensors"));
    }
  };
  // an epoch asks 3 times in training and twice in validation, the test twice: 0-2, 3-4; 5-7, 8-9;
  // 10-11
  check(support::kTinyResNet, support::kTinySgd, {0, 2, 4, 6, 11});
  check(support::kTinyVit, support::kTinyAdamW, {1, 7});
}

TEST_CASE("an unfinished run is neither overwritten nor continued by another configuration") {
  const support::TempDir dir("train");
  const core::Value config = tiny_training(dir, "cut");
  StopAt stop(2), never(-1);
  CHECK_THROWS_AS(experiments::train(config, {}, stop), core::Interrupted);
  CHECK_THROWS_WITH_AS(experiments::train(config, {}, never), doctest::Contains("--resume"),
                       core::InputError);
  core::Value other = config;
  other.set_path("seed", 8);
  CHECK_THROWS_WITH_AS(experiments::train(other, {.resume = true}, never),
                       doctest::Contains("another configuration"), core::InputError);
}

TEST_CASE("a loss that is not finite ends the run, naming the step") {
  const support::TempDir dir("train");
  StopAt never(-1);
  const std::string message = support::message_of([&] {
    experiments::train(
        tiny_training(dir, "bad", support::kTinyResNet, "{name: sgd, lr: 1.0e+30, momentum: 0.9}"),
        {}, never);
  });
  CHECK(message.find("train: epoch 1, step ") == 0);
  CHECK(message.find("finite") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir.file("bad.safetensors")));
}

TEST_CASE("a folder that cannot be written is named before anything is trained") {
  const support::TempDir dir("train");
  core::Value config = tiny_training(dir, "x");
  config.set_path("out", "/proc/nowhere/x.safetensors");
  StopAt never(-1);
  CHECK_THROWS_WITH_AS(experiments::train(config, {}, never), doctest::Contains("/proc/nowhere"),
                       core::InputError);
}
