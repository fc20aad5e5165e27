#include "experiments/train/train.h"

#include <chrono>
#include <filesystem>
#include <optional>

#include "core/system/file.h"
#include "core/system/threads.h"
#include "data/loader.h"
#include "experiments/process/progress.h"
#include "experiments/process/signals.h"
#include "experiments/train/train_checkpoint.h"
#include "experiments/train/train_plan.h"
#include "nn/fit.h"
#include "nn/norm_eps.h"
#include "nn/safetensors.h"
#include "nn/state_dict.h"

namespace experiments {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

class Run {
 public:
  Run(TrainPlan& plan, TrainState state, Progress& progress)
      : plan_(plan),
        state_(std::move(state)),
        progress_(progress),
        steps_(data::steps_per_epoch(plan.dataset->size(data::Split::train), plan.batch, true)),
        total_(steps_ * plan.epochs) {}

  TrainResult finish() {
    fit();
    TrainResult result;
    result.val_accuracy = state_.history.back().val_accuracy;
    result.test_accuracy = accuracy(data::Split::test);
    result.weights = plan_.out;
    publish(result);
    return result;
  }

 private:
  void fit() {
    data::Loader loader(*plan_.dataset, {.batch = plan_.batch,
                                         .shuffle = true,
                                         .drop_last = true,
                                         .augment = plan_.augment,
                                         .seed = plan_.seed,
                                         .epochs = plan_.epochs,
                                         .first_epoch = state_.epoch,
                                         .first_step = state_.step});
    while (state_.epoch < plan_.epochs) {
      for (; state_.step < steps_; ++state_.step) {
        if (progress_.stop_requested()) interrupt();
        one_step(loader);
      }
      end_epoch();
    }
  }

  double rate_at(std::int64_t step) const {
    return plan_.optimizer->base_lr() * plan_.schedule->factor(step, total_);
  }

  void one_step(data::Loader& loader) {
    const double start = now();
    const std::optional<data::Batch> batch = loader.next();
    if (!batch || batch->epoch != state_.epoch || batch->step != state_.step) {
      throw core::Error("train: the loader is out of step");
    }
    const std::int64_t step = state_.epoch * steps_ + state_.step;
    const core::Rng rng =
        core::Rng(plan_.seed).stream("dropout").stream(static_cast<std::uint64_t>(step));
    nn::FitResult result;
    try {
      result = nn::fit_step(*plan_.model, *plan_.optimizer, batch->images, batch->labels,
                            {.lr = rate_at(step),
                             .label_smoothing = plan_.label_smoothing,
                             .precision = plan_.precision},
                            rng);
    } catch (const core::Error& e) {
      throw core::Error(fmt::format("train: epoch {}, step {} of {}: {}", state_.epoch + 1,
                                    state_.step + 1, steps_, e.what()));
    }
    state_.loss_sum += result.loss;
    state_.correct += result.correct;
    state_.seen += plan_.batch;
    const double seconds = now() - start;
    state_.seconds += seconds;
    session_seconds_ += seconds;
    ++session_steps_;
    show(step + 1);
  }

  void show(std::int64_t done) {
    if (!progress_.due()) return;
    const double per_step = session_seconds_ / static_cast<double>(session_steps_);

    const double left = per_step * static_cast<double>(total_ - done) +
                        validation_seconds_ * static_cast<double>(plan_.epochs - state_.epoch);
    progress_.status(
        fmt::format("epoch {}/{}  step {}/{}  loss {:.4f}  acc {:.2f} %  {:.0f} images/s  ETA {}",
                    state_.epoch + 1, plan_.epochs, state_.step + 1, steps_,
                    state_.loss_sum / static_cast<double>(state_.step + 1),
                    percent(state_.correct, state_.seen),
                    static_cast<double>(plan_.batch) / per_step, duration_text(left)));
  }

  void end_epoch() {
    const double start = now();
    const double val = accuracy(data::Split::val);
    validation_seconds_ = now() - start;
    state_.history.push_back({.loss = state_.loss_sum / static_cast<double>(steps_),
                              .train_accuracy = percent(state_.correct, state_.seen),
                              .val_accuracy = val,
                              .lr = rate_at(state_.epoch * steps_ + steps_ - 1),
                              .seconds = state_.seconds});
    progress_.message(line_of(state_.history.size() - 1));
    state_ = {.epoch = state_.epoch + 1, .history = std::move(state_.history)};
    save_checkpoint(plan_, state_);
  }

  /// Top-1 in percent, f32, batch norm in inference mode.
  double accuracy(data::Split split) {
    data::Loader loader(*plan_.dataset, {.split = split, .batch = plan_.batch});
    nn::EvalPass pass;
    std::int64_t correct = 0, seen = 0;
    while (const std::optional<data::Batch> batch = loader.next()) {
      if (progress_.stop_requested()) interrupt();
      correct += nn::count_correct(
          plan_.model->forward(autograd::Variable(batch->images), pass).value(), batch->labels);
      seen += batch->labels.numel();
      progress_.status(
          fmt::format("{}: {}/{} images", data::name_of(split), seen, plan_.dataset->size(split)));
    }
    return percent(correct, seen);
  }

  [[noreturn]] void interrupt() {
    save_checkpoint(plan_, state_);
    throw core::Interrupted(
        fmt::format("stopped at epoch {}, step {} of {}; the state is in {}: the same command with "
                    "--resume continues",
                    state_.epoch + 1, state_.step, steps_, plan_.checkpoint));
  }

  std::string line_of(std::size_t epoch) const {
    const EpochRecord& r = state_.history[epoch];
    return fmt::format(
        "epoch {:>3}/{}  lr {:.3e}  loss {:.4f}  train {:6.2f} %  val {:6.2f} %  {:>6.1f} s  "
        "{:>5.0f} images/s",
        epoch + 1, plan_.epochs, r.lr, r.loss, r.train_accuracy, r.val_accuracy, r.seconds,
        static_cast<double>(steps_ * plan_.batch) / r.seconds);
  }

  void publish(const TrainResult& result) {
    const data::Normalisation n = plan_.dataset->normalisation();
    nn::TensorFile file;
    for (const auto& [name, value] : nn::state_dict(*plan_.model))
      file.tensors.emplace(name, value);
    // no times, paths or hosts: the same run gives the same bytes
    file.metadata = {{"format", "pt"},
                     {"schema", "roundtable/1"},
                     {"name", plan_.name},
                     {"model", plan_.resolved.find("model")->str()},
                     {"train", plan_.resolved.find("train")->str()},
                     {"data", plan_.resolved.find_path("data.name")->str()},
                     {"data_sha256", plan_.dataset->fingerprint()},
                     {"mean", fmt::format("{}", fmt::join(n.mean, " "))},
                     {"std", fmt::format("{}", fmt::join(n.std, " "))},
                     {"seed", std::to_string(plan_.seed)},
                     {"epochs", std::to_string(plan_.epochs)},
                     {"val_accuracy", fmt::format("{:.2f}", result.val_accuracy)},
                     {"test_accuracy", fmt::format("{:.2f}", result.test_accuracy)},
                     {"made_by", "roundtable " ROUNDTABLE_VERSION}};
    for (const auto& [key, eps] : nn::norm_eps(*plan_.model))
      file.metadata[key] = fmt::format("{}", eps);
    std::string log = fmt::format("{}: {} parameters, {} threads, {}, {}\n", plan_.name,
                                  nn::count_parameters(*plan_.model), core::threads(),
                                  ROUNDTABLE_ARCH, ROUNDTABLE_BUILD_TYPE);
    for (std::size_t i = 0; i < state_.history.size(); ++i) log += line_of(i) + "\n";
    log += fmt::format("val {:.2f} %, test {:.2f} % ({} images, read once)\n", result.val_accuracy,
                       result.test_accuracy, plan_.dataset->size(data::Split::test));
    std::string yaml = "schema: roundtable/1\n";
    for (const auto& [key, value] : plan_.resolved.map()) yaml += key + ": " + value.str() + "\n";
    core::publish(plan_.beside(".log"), log);
    core::publish(plan_.beside(".yaml"), yaml);
    nn::write_safetensors(plan_.out, file);  // last: where it is, the others are
    std::error_code ignored;
    std::filesystem::remove(plan_.checkpoint, ignored);
  }

  TrainPlan& plan_;
  TrainState state_;
  Progress& progress_;
  const std::int64_t steps_, total_;
  double session_seconds_ = 0, validation_seconds_ = 0;
  std::int64_t session_steps_ = 0;
};

void make_parent(const std::string& file) {
  const std::filesystem::path parent = std::filesystem::path(file).parent_path();
  if (!parent.empty()) core::make_directories(parent.string());
}

}  // namespace

TrainResult train(const core::Value& config, const TrainOptions& options, Progress& progress) {
  if (options.threads > 0) core::set_threads(options.threads);
  TrainPlan plan = make_train_plan(config);
  make_parent(plan.out);
  make_parent(plan.checkpoint);
  TrainState state;
  if (std::filesystem::exists(plan.checkpoint)) {
    core::require_input(
        plan.checkpoint, options.resume,
        "an unfinished run has left its state here; continue it with --resume, or remove the file");
    state = load_checkpoint(plan);
    progress.message(
        fmt::format("resuming {} at epoch {}, step {}", plan.name, state.epoch + 1, state.step));
  } else if (options.resume) {
    progress.message(
        fmt::format("nothing to resume at {}; starting from the beginning", plan.checkpoint));
  }
  return Run(plan, std::move(state), progress).finish();
}

int train_command(core::Value config, const TrainOptions& options) {
  install_signal_handlers(
      {.first = "\nstopping: the state is saved; Ctrl-C again ends at once\n",
       .again = "\ninterrupted: the last checkpoint stands; --resume continues from it\n"});
  Progress progress;
  try {
    const TrainResult result = train(config, options, progress);
    progress.message(fmt::format("val {:.2f} %, test {:.2f} %; weights in {}", result.val_accuracy,
                                 result.test_accuracy, result.weights));
    return 0;
  } catch (const core::Interrupted& stop) {
    progress.message(stop.what());
    return kExitInterrupted;
  }
}

}  // namespace experiments
