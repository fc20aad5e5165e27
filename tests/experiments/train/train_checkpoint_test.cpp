#include "experiments/train/train_checkpoint.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/system/sha256.h"
#include "nn/state_dict.h"
#include "tests/support/compare.h"
#include "tests/support/tiny_training.h"

namespace {

experiments::TrainPlan plan_in(const support::TempDir& dir, std::int64_t seed = 7) {
  core::Value config = support::tiny_training(dir, "x", support::kTinyVit, support::kTinyAdamW);
  config.set_path("seed", seed);
  return experiments::make_train_plan(config);
}

}  // namespace

TEST_CASE("a checkpoint gives back state, model and optimizer to the bit") {
  const support::TempDir dir("checkpoint");
  experiments::TrainPlan plan = plan_in(dir);
  std::vector<core::Tensor*> values;
  std::vector<core::Tensor> grads;
  for (nn::Parameter* p : nn::parameters(*plan.model)) {
    values.push_back(&p->value);
    grads.push_back(core::Rng(1).stream(p->path).normal(p->value.shape(), 0, 1));
  }
  plan.optimizer->step(values, grads, 0.01);
  const experiments::TrainState state{.epoch = 3,
                                      .step = 5,
                                      .loss_sum = 0.1,
                                      .correct = 7,
                                      .seen = 80,
                                      .seconds = 2.5,
                                      .history = {{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}}};
  experiments::save_checkpoint(plan, state);

  experiments::TrainPlan fresh = plan_in(dir);
  const experiments::TrainState loaded = experiments::load_checkpoint(fresh);
  CHECK(loaded.epoch == 3);
  CHECK(loaded.step == 5);
  CHECK(loaded.loss_sum == 0.1);
  CHECK(loaded.correct == 7);
  CHECK(loaded.seen == 80);
  CHECK(loaded.history.size() == 2);
  CHECK(loaded.history[1].val_accuracy == 8);
  const auto a = nn::state_dict(*plan.model), b = nn::state_dict(*fresh.model);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(support::same_bits(a[i].second, b[i].second));
  const auto s = plan.optimizer->state(), t = fresh.optimizer->state();
  REQUIRE(s.size() == t.size());
  for (const auto& [name, value] : s) CHECK(support::same_bits(value, t.at(name)));
}

TEST_CASE("a damaged, truncated, lengthened or foreign checkpoint is refused") {
  const support::TempDir dir("checkpoint");
  experiments::TrainPlan plan = plan_in(dir);
  experiments::save_checkpoint(plan, {});
  const support::Bytes good = support::read_bytes(plan.checkpoint);
  const auto refusal = [&](const support::Bytes& bytes) {
    support::write_bytes(plan.checkpoint, bytes);
    return support::message_of([&] { experiments::load_checkpoint(plan); });
  };
  CHECK(refusal(good).empty());
  support::Bytes bad = good;
  bad[bad.size() / 2] ^= 1;
  CHECK(refusal(bad).find("SHA-256 does not match") != std::string::npos);
  for (const std::size_t n : {std::size_t{0}, std::size_t{10}, good.size() / 2, good.size() - 1}) {
    CHECK(refusal({good.begin(), good.begin() + static_cast<long>(n)})
              .find("not a training checkpoint") != std::string::npos);
  }
  bad = good;
  bad.insert(bad.begin(), 0);
  CHECK(refusal(bad).find("should hold") != std::string::npos);
  support::write_bytes(plan.checkpoint, good);
  experiments::TrainPlan other = plan_in(dir, 8);
  CHECK_THROWS_WITH_AS(experiments::load_checkpoint(other),
                       doctest::Contains("another configuration"), core::InputError);
}

TEST_CASE("flipped bits behind a right digest neither crash nor hang loading") {
  const support::TempDir dir("checkpoint_flips");
  experiments::TrainPlan plan = plan_in(dir);
  experiments::save_checkpoint(plan, {.epoch = 1, .history = {{1, 2, 3, 4, 5}}});
  const support::Bytes good = support::read_bytes(plan.checkpoint);
  const std::size_t image = good.size() - (8 + 8 + 64);
  std::mt19937 rng(1);
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    support::Bytes bad = good;
    // where most of the structure is
    for (int k = 0; k < 8; ++k) bad[rng() % 4000] ^= static_cast<std::uint8_t>(1u << rng() % 8);
    const std::string digest = core::sha256_hex(std::as_bytes(std::span(bad.data(), image)));
    std::copy(digest.begin(), digest.end(), bad.end() - 64);
    support::write_bytes(plan.checkpoint, bad);
    refused += !support::message_of([&] { experiments::load_checkpoint(plan); }).empty();
  }
  CHECK(refused > 2);
}

TEST_CASE("a checkpoint whose counts are negative is refused, whatever its seal says") {
  const support::TempDir dir("checkpoint");
  experiments::TrainPlan plan = plan_in(dir);
  for (const auto count : {&experiments::TrainState::epoch, &experiments::TrainState::step,
                           &experiments::TrainState::correct, &experiments::TrainState::seen}) {
    experiments::TrainState bad;
    bad.*count = -1;
    experiments::save_checkpoint(plan, bad);
    CHECK_THROWS_WITH_AS(experiments::load_checkpoint(plan), doctest::Contains("negative"),
                         core::InputError);
  }
}
