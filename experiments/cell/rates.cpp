#include "experiments/cell/rates.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "experiments/cell/cell_memory.h"

namespace experiments {
namespace {

constexpr double kSeconds = 1.0;
constexpr double kGlance = 0.1;              // of each thing that a prediction needs
constexpr std::int64_t kEvaluated = 64;      // images a pass, where nothing is learned
constexpr std::int64_t kLoaded = 8;          // images
constexpr std::int64_t kSearched = 1 << 14;  // values that stand for all whose range is searched
// Seconds of a step for each weight beside the passes: rounding, regulariser, optimizer.
constexpr double kUpdate = 1e-8;
constexpr double kPassMacs = 3e9;  // of one pass, so that a second holds several

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds of one call, after a call that does not count.
template <class Fn>
double seconds_of(Fn&& fn, double budget) {
  fn();
  int calls = 0;
  const double start = now();
  do {
    fn(), ++calls;
  } while (now() - start < budget);
  return (now() - start) / calls;
}

/// So many images that a pass, of `macs` an image, is not too long.
std::int64_t batch_of(std::int64_t most, double macs) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(kPassMacs / macs), 1, most);
}

core::Tensor blank(const nn::Model& model, std::int64_t images) {
  const nn::InputSpec spec = model.input_spec();
  return core::Tensor::zeros({images, spec.height, spec.width, spec.channels});
}

}  // namespace

Rates measured_rates(const nn::Model& model, const quant::Recipe& recipe, double macs,
                     const data::Dataset& dataset) {
  const NetworkThatLearns net(model, recipe);
  const auto per_image = [&](std::int64_t most, double passes, bool backward) {
    const core::Tensor images = blank(model, batch_of(most, passes * macs));
    return seconds_of([&] { net.pass(images, backward); }, kGlance) /
           static_cast<double>(images.shape()[0]);
  };
  Rates out;
  std::vector<std::int64_t> some(
      static_cast<std::size_t>(std::min(kLoaded, dataset.size(data::Split::test))));
  std::iota(some.begin(), some.end(), 0);
  const double start = now();
  data::normalise(dataset.pixels(data::Split::test, some), dataset.normalisation());
  out.load = (now() - start) / static_cast<double>(some.size());
  out.forward = per_image(kEvaluated, 1, false);
  if (recipe.learn.iters > 0) out.learn = per_image(recipe.learn.batch, 3, true);
  const quant::WeightSite* largest = nullptr;
  double weights = 0;
  for (const quant::WeightSite& site : net.map().weights) {
    if (site.grid.off()) continue;
    weights += static_cast<double>(site.elements());
    if (!largest || site.elements() > largest->elements()) largest = &site;
  }
  if (largest) {
    const core::Tensor& w = largest->module->weight.value;
    const std::int64_t row = w.numel() / w.shape()[0];
    const core::Tensor some = w.rows(0, std::clamp<std::int64_t>(kSearched / row, 1, w.shape()[0]));
    out.weight_ranges = seconds_of([&] { (*recipe.weight.scale)(some, largest->grid); }, kGlance) *
                        weights / static_cast<double>(some.numel());
    out.step = kUpdate * weights;
  }
  const std::size_t sites = net.map().acts.size();
  if (sites > 0) {
    const core::Tensor x = core::Rng(0).uniform({kSearched}, 0.0, 1.0);
    const double values = static_cast<double>(sites) * static_cast<double>(recipe.act.init_samples);
    out.act_ranges = seconds_of([&] { (*recipe.act.scale)(x, net.map().acts[0].grid); }, kGlance) *
                     values / static_cast<double>(kSearched);
  }
  return out;
}

double images_per_second(const nn::Model& model, const quant::Recipe& recipe, double macs) {
  const NetworkThatLearns net(model, recipe);
  const bool learns = recipe.learn.iters > 0;
  const core::Tensor images =
      blank(model, batch_of(learns ? recipe.learn.batch : kEvaluated, 3 * macs));
  return static_cast<double>(images.shape()[0]) /
         seconds_of([&] { net.pass(images, learns); }, kSeconds);
}

}  // namespace experiments
