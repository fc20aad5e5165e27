#include "experiments/cell/cell_memory.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "autograd/gradients.h"
#include "core/error.h"
#include "nn/wrap_pass.h"
#include "quant/learn/reconstruct.h"
#include "quant/network/bn_fold.h"
#include "quant/network/granularity.h"

namespace experiments {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr double kCopiesOfWeights = 6;   // folded, baked, codes, and packed for both networks
constexpr double kStatesOfWeights = 12;  // of a unit that learns: variable, moments, gradients, ..
constexpr double kStepWeights = 4;       // of these, what one forward and backward makes
constexpr double kTemporaries = 4;       // a loss holds as many tensors of the size of its target

/// Collects the parameters that came by.
class Parameters final : public nn::WrapPass {
 public:
  using nn::WrapPass::WrapPass;
  Variable parameter(const nn::Module& m, const nn::Parameter& p) override {
    Variable v = WrapPass::parameter(m, p);
    if (v.requires_grad()) seen.push_back(v);
    return v;
  }
  std::vector<Variable> seen;
};

/// The most that was live while fn ran, beside what was before.
template <class Fn>
double live_bytes(Fn&& fn) {
  core::restart_peak();
  const auto before = static_cast<double>(core::pool_stats().live_bytes);
  fn();
  return static_cast<double>(core::pool_stats().peak_bytes) - before;
}

/// From fn(images) for one image and two.  `fixed` bytes do not grow with the images: gradients and
/// copies of weights, which may hide how much the rest grows.
template <class Fn>
PerImage per_image(const Tensor& two, double fixed, Fn&& fn) {
  fn(two.rows(0, 1));  // packs weights and makes primitives
  const double one = live_bytes([&] { fn(two.rows(0, 1)); });
  const double both = live_bytes([&] { fn(two); });
  const double each = std::max({both - one, one - fixed, 0.0});
  return {std::max(one - each, 0.0), each};
}

double bytes_of(const Tensor& x) { return static_cast<double>(x.byte_size()); }

void backward_to(const Variable& y, std::span<const Variable> wrt) {
  const Tensor dy = Tensor::zeros(y.shape(), y.value().dtype());
  if (!wrt.empty()) autograd::gradients(y, wrt, &dy);
}

/// What goes in and out of the layers of a stage.
void add_layers(SectionProfile& s, const nn::Stage& stage, const Tensor& x, nn::Pass& plain) {
  std::vector<std::string> paths;
  for (const nn::LayerUnit& layer : stage.layers) paths.push_back(layer.path);
  const auto captured = quant::capture_rows(stage.run, x, plain, {paths, false});
  for (std::size_t l = 0; l < paths.size(); ++l) {
    const Tensor& in = captured.inputs[l];
    const double images = static_cast<double>(in.shape()[0]);
    s.layer_x.push_back(bytes_of(in) / images);
    s.layer_y.push_back(bytes_of(stage.layers[l].run(Variable(in), plain).value()) / images);
  }
}

/// Of what one unit, a section or a layer of it, stores for every image.
double stored_bytes(const quant::LearnRecipe& learn, const SectionProfile& s) {
  const double quantised = learn.wants_quantised() ? 1 : 0;
  const double as_float = learn.wants_float() || !learn.wants_quantised() ? 1 : 0;
  if (learn.granularity == quant::Granularity::layer) {
    double inputs = 0, most = 0;
    for (std::size_t i = 0; i < s.layer_x.size(); ++i) {
      inputs += s.layer_x[i];
      most = std::max(most, quantised * s.layer_x[i] + s.layer_y[i]);
    }
    return quantised * s.x + s.y + inputs + most;
  }
  const double corrected = learn.correct.on ? 2 * s.x : 0;
  const double held = quantised * s.x + as_float * s.x + s.y + corrected +
                      (learn.loss->needs().sensitivity ? s.y : 0);
  const double made = quantised * s.x + s.x + s.y;     // the target beside what it is made of
  const double moved = quantised * (s.x + s.y) + s.y;  // the next input beside this one
  return std::max({held, made, moved});
}

double work_bytes(const quant::LearnRecipe& learn, const MemoryProfile& profile,
                  const SectionProfile& s, std::int64_t images) {
  const quant::LossNeeds needs = learn.loss->needs();
  const auto rows = [images](std::int64_t n) { return std::min(n, images); };
  const auto logged = static_cast<double>(rows(quant::kLogRows));
  double most = s.forward.of(rows(quant::kPiece));
  most = std::max(most, logged * (kTemporaries * s.y + s.x + s.y));
  // moments and their sum, inverse, factor, and one a thread of obq
  if (learn.solves()) most = std::max(most, 6 * profile.largest_moment);
  if (learn.iters == 0) return most;
  const double batch = static_cast<double>(learn.batch) * 2 * (s.x + kTemporaries * s.y);
  double step = s.step.of(learn.batch) + batch + kStatesOfWeights * s.weights;
  if (needs.layers) step += s.forward.of(learn.batch) + s.forward.of(rows(quant::kLogRows));
  if (needs.logits) step += s.rest.of(learn.batch) + s.rest.of(rows(quant::kLogRows));
  most = std::max(most, step);
  if (needs.sensitivity) most = std::max(most, s.rest.of(rows(quant::kPiece)) + logged * s.y);
  if (learn.correct.on) most = std::max(most, 1.5 * s.step.of(rows(learn.correct.batch)));
  if (learn.gram) most = std::max(most, 4 * profile.largest_moment + kStatesOfWeights * s.weights);
  return most;
}

}  // namespace

std::size_t parse_bytes(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr std::string_view kUnits = "KMGT";
  double factor = 1;
  if (!unit.empty()) {
    const std::size_t power = kUnits.find(unit.front());
    if (power != std::string_view::npos) {
      factor = std::pow(1024.0, static_cast<double>(power + 1));
      unit.remove_prefix(1);
    }
  }
  core::require_input("memory",
                      error == std::errc{} && (unit.empty() || unit == "B") &&
                          value * factor >= 1 && value * factor < 1e18,
                      "an amount like 8G, 512M or 1.5G is needed; got '{}'", text);
  return static_cast<std::size_t>(value * factor);
}

std::string bytes_text(double bytes) {
  const double mb = bytes / (1 << 20);
  return mb < 1000 ? fmt::format("{:.0f} MB", std::ceil(mb)) : fmt::format("{:.1f} GB", mb / 1024);
}

NetworkThatLearns::NetworkThatLearns(const nn::Model& model, const quant::Recipe& recipe)
    : model_(model.clone()), pass_(std::make_unique<quant::QuantPass>(recipe.precision)) {
  quant::fold_batch_norms(*model_);
  map_ = quant::quantiser_map(*model_, recipe);
  for (const quant::WeightSite& site : map_.weights)
    pass_->set_parameter(site.parameter, Variable(site.module->weight.value, !site.grid.off()));
  for (const quant::ActSite& site : map_.acts) {
    pass_->set_activation(site.id,
                          {Variable(Tensor::full({1}, 0.1), true), Tensor::zeros({1}), site.grid});
  }
  pass_->quantise_activations(!map_.acts.empty());
}

Variable NetworkThatLearns::step(const nn::Forward& run, const Tensor& x, bool backward) const {
  Parameters seen(*pass_);
  const Variable y = run(Variable(x), seen);
  if (backward) backward_to(y, seen.seen);
  return y;
}

void NetworkThatLearns::pass(const Tensor& images, bool backward) const {
  Tensor x = images;
  for (const nn::Stage& stage : model_->stages()) x = step(stage.run, x, backward).value();
}

MemoryProfile memory_profile(const nn::Model& model, const quant::Recipe& recipe,
                             quant::Granularity granularity, bool rest) {
  const NetworkThatLearns net(model, recipe);
  nn::EvalPass plain(recipe.precision);
  const std::vector<nn::Stage> stages = net.model().stages();
  const bool layers = granularity == quant::Granularity::layer;
  const auto sections =
      quant::sections_of(stages, layers ? quant::Granularity::block : granularity);

  MemoryProfile out;
  for (const quant::WeightSite& site : net.map().weights) {
    const Tensor& w = site.module->weight.value;
    out.weights += bytes_of(w);
    const auto k = static_cast<double>(w.numel() / w.shape()[0]);
    out.largest_moment = std::max(out.largest_moment, 8 * k * k);
  }
  const nn::InputSpec spec = model.input_spec();
  Tensor x = Tensor::zeros({2, spec.height, spec.width, spec.channels});
  out.image = bytes_of(x) / 2;
  for (const quant::Section& section : sections) {
    SectionProfile s;
    s.path = section.path, s.x = bytes_of(x) / 2;
    for (const quant::WeightSite& site : net.map().weights) {
      for (std::size_t i = section.begin; i < section.end; ++i) {
        if (site.stage == stages[i].path) s.weights += bytes_of(site.module->weight.value);
      }
    }
    s.forward = per_image(x, 0, [&](const Tensor& in) { section.run(Variable(in), plain); });
    s.step = per_image(x, kStepWeights * s.weights,
                       [&](const Tensor& in) { net.step(section.run, in, true); });
    const Tensor y = section.run(Variable(x), plain).value();
    s.y = bytes_of(y) / 2;
    if (rest) {
      const nn::Forward behind = quant::run_of(stages, section.end, stages.size());
      s.rest = per_image(y, 0, [&](const Tensor& in) {
        const Variable leaf(in, true);
        backward_to(behind(leaf, plain), std::span(&leaf, 1));
      });
    }
    if (layers) add_layers(s, stages[section.begin], x, plain);
    x = y;
    out.sections.push_back(std::move(s));
  }
  return out;
}

CellMemory cell_memory(const quant::Recipe& recipe, const CellImages& images,
                       const Profiles& profiles) {
  CellMemory out;
  const auto n = static_cast<double>(images.calibration);
  const auto along = [&](const quant::LearnRecipe& learn) {
    const MemoryProfile& profile = profiles(learn.granularity, learn.loss->needs().rest());
    out.weights = kCopiesOfWeights * profile.weights;
    out.images = n * profile.image;
    const std::int64_t used =
        learn.works() ? images.calibration : std::min(images.calibration, quant::kLogRows);
    const std::int64_t at_once =
        std::max(images.eval_batch,
                 recipe.act.grid.off() ? 0 : std::min(recipe.act.init_images, images.calibration));
    double forward = 0;  // of the whole network: one section after the other
    for (const SectionProfile& s : profile.sections) {
      const double work = work_bytes(learn, profile, s, used);
      if (work > out.work) out.work = work, out.unit = s.path;
      out.stored = std::max(out.stored, static_cast<double>(used) * stored_bytes(learn, s));
      const auto logged = static_cast<double>(std::min(used, quant::kLogRows));
      out.mapped = std::max(out.mapped, logged * (s.x + s.y));
      forward = std::max(forward, s.forward.of(at_once) + static_cast<double>(at_once) * s.x);
    }
    forward += static_cast<double>(images.eval_batch) * profile.image;
    if (forward > out.work) out.work = forward, out.unit = "evaluation";
    out.work = std::max(out.work, out.images / 4);  // pixels beside normalised images
  };
  along(recipe.learn);
  if (recipe.learn.first_pass) along(*recipe.learn.first_pass);
  if (!recipe.act.grid.off() && recipe.learn_act.iters > 0 && !recipe.learn_act.joint)
    along(recipe.learn_act);
  if (recipe.allocate.on && recipe.allocate.allocator->reads_scores()) {
    // gradients of the whole network, and every candidate of every weight
    const MemoryProfile& profile = profiles(quant::Granularity::network, false);
    const auto at_once = std::min(recipe.allocate.images, quant::kScoredRows);
    const double candidates = static_cast<double>(recipe.allocate.candidates.size());
    double work = (kCopiesOfWeights + candidates) * profile.weights;
    for (const SectionProfile& s : profile.sections) work += s.step.of(at_once);
    if (work > out.work) out.work = work, out.unit = "scores of mixed precision";
  }
  return out;
}

}  // namespace experiments
