#include "experiments/train/train_plan.h"

#include <filesystem>

#include "experiments/cell/model_shape.h"

namespace experiments {
namespace {

using core::Key;

void read_training(core::Params& train, TrainPlan& plan) {
  plan.epochs = train.get<std::int64_t>(
      "epochs", Key{.doc = "passes over the training images", .min = 1, .max = 100000});
  plan.batch =
      train.get<std::int64_t>("batch", 128, Key{.doc = "images a step", .min = 1, .max = 65536});
  plan.precision = core::precision_named(train.get<std::string>(
      "precision", "f32",
      Key{.doc =
              "values between layers and operands of products; parameters are f32; f32_winograd: "
              "faster 3x3 convolutions with larger rounding errors",
          .one_of = core::precision_names()}));
  core::Params optimizer = train.child("optimizer", "how gradients become updates");
  plan.optimizer = core::Registry<nn::Optimizer>::create(optimizer);
  core::Params schedule = train.child("schedule", "how the learning rate changes over the steps");
  plan.schedule = core::Registry<nn::Schedule>::create(schedule);
  if (plan.schedule->follower())
    schedule.fail("name", "follows the loss of a unit; training has fixed schedules only");
  plan.label_smoothing = train.get<double>("label_smoothing", 0.0,
                                           Key{.doc = "share of the target spread over all classes",
                                               .source = "1512.00567",
                                               .min = 0,
                                               .max = 0.99});
  core::Params augment = train.child("augment", "random changes of the training images");
  plan.augment = data::augment_options(augment);
}

void read_run(core::Params& params, TrainPlan& plan) {
  plan.name = params.get<std::string>("name", Key{.doc = "of the run"});
  plan.seed = static_cast<std::uint64_t>(params.get<std::int64_t>(
      "seed", 0, Key{.doc = "of initialisation, order, augmentation and dropout", .min = 0}));
}

void read_files(core::Params& params, TrainPlan& plan) {
  plan.out = params.get<std::string>("out", Key{.doc = "file of the weights, *.safetensors"});
  if (!params.is_describing() && !plan.out.ends_with(".safetensors"))
    params.fail("out", "must end with .safetensors; got " + plan.out);
  plan.checkpoint = params.get<std::string>(
      "checkpoint", plan.beside(".checkpoint"),
      Key{.doc = "file of the state of an unfinished run; by default `out` with another ending"});
}

}  // namespace

TrainPlan make_train_plan(const core::Value& config) {
  core::Params params(config);
  TrainPlan plan;
  read_run(params, plan);
  core::Params dataset = params.child("data", "what it is trained on");
  plan.dataset = core::Registry<data::Dataset>::create(dataset);
  plan.dataset->verify();
  const core::Value trained = params.take("model", "what is trained");
  core::Params model(
      fitted_to(trained.is_null() ? core::Value(core::Value::Map{}) : trained.named(),
                *plan.dataset),
      "model");
  plan.model = nn::make_model(model, core::Rng(plan.seed).stream("init"));
  check_fit(model, *plan.model, *plan.dataset);
  core::Params train = params.child("train", "how");
  read_training(train, plan);
  if (plan.batch > plan.dataset->size(data::Split::train)) {
    train.fail("batch", fmt::format("must not exceed the {} training images; got {}",
                                    plan.dataset->size(data::Split::train), plan.batch));
  }
  read_files(params, plan);
  model.done();
  params.done();
  plan.resolved = params.resolved();
  plan.resolved.set_path("model", model.resolved());
  return plan;
}

std::vector<core::Declared> describe_training() {
  core::Params params = core::Params::describing();
  TrainPlan plan;
  read_run(params, plan);
  core::Params model = params.child("model", "what is trained");
  model.get<std::string>("name",
                         Key{.doc = "which model", .one_of = core::Registry<nn::Model>::names()});
  core::Params dataset = params.child("data", "what it is trained on");
  dataset.get<std::string>(
      "name", Key{.doc = "which data set", .one_of = core::Registry<data::Dataset>::names()});
  core::Params train = params.child("train", "how");
  read_training(train, plan);
  read_files(params, plan);
  std::vector<core::Declared> out = params.declared();
  std::erase_if(out, [](const core::Declared& d) {  // those of whatever optimizer was described
    return (d.path.starts_with("train.optimizer.") || d.path.starts_with("train.schedule.")) &&
           !d.path.ends_with(".name");
  });
  return out;
}

std::string TrainPlan::beside(const std::string& extension) const {
  return std::filesystem::path(out).replace_extension(extension).string();
}

std::string TrainPlan::identity() const {
  core::Value::Map kept;
  for (const auto& [key, value] : resolved.map()) {
    if (key == "out" || key == "checkpoint") continue;
    kept.emplace_back(key, value);
    if (key == "data") {  // the fingerprint says what the data are, not the place
      std::erase_if(kept.back().second.map(),
                    [](const auto& member) { return member.first == "root"; });
    }
  }
  // a checkpoint from before activations were bf16 must not go on as if nothing had changed
  const char* storage = precision == core::Precision::bf16 ? "  bf16 activations" : "";
  return core::Value(kept).sorted().str() + "  data " + dataset->fingerprint() + storage;
}

}  // namespace experiments
