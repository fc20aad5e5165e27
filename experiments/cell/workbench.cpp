#include "experiments/cell/workbench.h"

#include <algorithm>

#include "core/config/registry.h"
#include "core/error.h"
#include "core/rng.h"
#include "core/system/memory.h"
#include "core/system/sha256.h"
#include "experiments/cell/cost.h"
#include "experiments/cell/data_paths.h"
#include "experiments/cell/model_shape.h"
#include "experiments/cell/rates.h"
#include "experiments/cell/remarks.h"
#include "experiments/spec/cell_keys.h"
#include "experiments/spec/key_hints.h"
#include "experiments/text/scalar.h"
#include "experiments/text/yaml.h"
#include "nn/norm_eps.h"
#include "nn/safetensors.h"
#include "nn/state_dict.h"
#include "quant/calibration/network_view.h"
#include "quant/recipe/calibration_recipe.h"

namespace experiments {
namespace {

constexpr std::size_t kOwnBytes = std::size_t{32} << 20;  // that libraries take while a cell runs
constexpr std::size_t kDraws = 8;  // draws may be held while they are an eighth of the limit

std::size_t held_bytes(const std::map<std::string, quant::Calibration>& draws) {
  std::size_t out = 0;
  for (const auto& [key, draw] : draws) out += draw.images.byte_size();
  return out;
}

void erase(core::Value& map, std::string_view key) {
  std::erase_if(map.map(), [key](const auto& member) { return member.first == key; });
}

}  // namespace

struct Workbench::LoadedModel {
  core::Value resolved;
  std::string weights_hash;  // empty for random weights
  std::unique_ptr<nn::Model> model;
  double macs = 0;
  std::string key;
};

struct Workbench::LoadedData {
  core::Value resolved;
  std::unique_ptr<data::Dataset> set;
  std::string fingerprint;
};

Workbench::Workbench(std::string file) : file_(std::move(file)) {}
Workbench::~Workbench() = default;

Workbench::LoadedModel& Workbench::model(core::Value tree) {
  tree = tree.named();
  const std::string key = json_text(tree);
  if (const auto found = models_.find(key); found != models_.end()) return *found->second;
  auto loaded = std::make_shared<LoadedModel>();
  core::Params p(tree, "model");
  const WeightKeys keys(p);
  loaded->model =
      nn::make_model(p, core::Rng(static_cast<std::uint64_t>(keys.init_seed)).stream("init"));
  p.done();
  loaded->resolved = p.resolved();
  if (keys.weights) {
    const std::string path = resolve_path(*keys.weights, file_);
    const nn::TensorFile file = nn::read_safetensors(path);
    nn::load_state(*loaded->model, file.tensors, path);
    nn::take_norm_eps(*loaded->model, file.metadata, tree, path);
    for (const auto& [key, eps] : nn::norm_eps(*loaded->model)) loaded->resolved.set_path(key, eps);
    loaded->weights_hash = core::sha256_file(path);
  }
  loaded->macs = macs_per_image(*loaded->model);
  loaded->key = json_text(loaded->resolved);
  models_[loaded->key] = loaded;  // a resolved configuration finds it, too
  return *(models_[key] = std::move(loaded));
}

Workbench::LoadedData& Workbench::dataset(core::Value tree) {
  tree = tree.named();
  const std::string key = json_text(tree);
  if (const auto found = data_.find(key); found != data_.end()) return *found->second;
  auto loaded = std::make_shared<LoadedData>();
  core::Params p(tree, "data");
  loaded->set = core::Registry<data::Dataset>::create(p);
  p.done();
  loaded->resolved = p.resolved();
  loaded->fingerprint = loaded->set->fingerprint();
  loaded->set->verify();
  data_[json_text(loaded->resolved)] = loaded;
  return *(data_[key] = std::move(loaded));
}

Cell Workbench::resolve(const core::Value& tree) {
  core::Params p(with_located_data(tree, file_));
  const CellKeys own(p);
  const auto required = [&](const char* key, const char* doc) {
    core::Value v = p.take(key, doc);
    if (v.is_null()) p.fail(fmt::format("'{}' is missing: {}", key, doc));
    if (!v.is_map() && !v.as_string())
      p.fail(key, fmt::format("must be a map with a name; got {}", v.str()));
    return v;
  };
  const core::Value network = required("model", "the network, {name: .., weights: ..}");
  const LoadedData& d = dataset(required("data", "the data set, {name: ..}"));
  const std::string pair = json_text(network) + json_text(d.resolved);
  if (!fitted_.contains(pair)) fitted_.emplace(pair, fitted_to(network, *d.set));
  const LoadedModel& m = model(fitted_.at(pair));
  const quant::CalibrationRecipe calibration(p);
  const quant::Recipe recipe(p);
  refuse_unknown(p, tree, m.resolved, d.resolved);

  check_fit(core::Params(network.named(), "model"), *m.model, *d.set);
  const quant::NetworkView view(*m.model);
  try {
    calibration.check(*d.set, &view);
  } catch (const core::ConfigError&) {
    throw;
  } catch (const core::InputError& e) {
    const std::string_view what = e.what(), prefix = "calibration: ";
    p.fail("calibration", what.starts_with(prefix) ? what.substr(prefix.size()) : what);
  }
  std::int64_t evaluated = own.eval.count > 0 ? own.eval.count : d.set->size(own.eval.split);
  if (evaluated > d.set->size(own.eval.split)) {
    p.fail("eval", fmt::format("count must not exceed the {} images of the split; got {}",
                               d.set->size(own.eval.split), evaluated));
  }
  if (own.validate) {
    const std::int64_t available = d.set->size(data::Split::val);
    if (own.val_count > available || available == 0)
      p.fail("eval", fmt::format("val_count must not exceed the {} images of split val; got {}",
                                 available, own.val_count));
    if (calibration.split == data::Split::val)
      p.fail("calibration", "split val calibrates and chooses at once (eval.validate)");
    evaluated += own.val_count > 0 ? own.val_count : available;
  }
  quant::refuse_misfits(*m.model, recipe);
  if (recipe.needs_labels() && !calibration.source->has_labels())
    p.fail("calibration",
           "the images of this source have no labels, which the loss of this recipe learns from");
  quant::refuse_allocation_misfits(*m.model, recipe);

  Cell cell;
  cell.config = p.resolved();
  cell.config.set_path("model", m.resolved);
  cell.config.set_path("data", d.resolved);
  restore_data_paths(cell.config, tree);
  cell.method = own.method;
  cell.model = *m.resolved.find("name")->as_string();
  cell.w_bits = recipe.allocate.on ? 0 : recipe.weight.grid.bits;  // 0: mixed
  cell.a_bits = recipe.act.grid.bits;
  cell.seed = own.seed;
  cell.model_key = m.key;
  cell.caution = recipe.repair->caution(recipe.repair_setting());
  cell.size = {.macs = m.macs,
               .calibration = calibration.count,
               .evaluated = evaluated,
               .parts = quant::count_allocated(*m.model, recipe)};
  cell.work = cell_work(cell.size, recipe);

  // Paths do not belong to the identity of a cell, contents do.
  core::Value identity = cell.config;
  erase(*identity.find("model"), "weights");
  erase_data_paths(identity);
  identity.set_path("model.weights_sha256", m.weights_hash);
  identity.set_path("data.fingerprint", d.fingerprint);
  identity.set_path("calibration.fingerprint", calibration.source->fingerprint());
  identity.set_path("algo_version", kAlgoVersion);
  if (recipe.precision != core::Precision::f32)
    identity.set_path("precision_version", kPrecisionVersion);
  cell.id = core::sha256_hex(std::string_view(json_text(identity.sorted())));
  return cell;
}

CellResult Workbench::run(const Cell& cell, core::Monitor& monitor) {
  core::Params p(with_located_data(cell.config, file_));
  const CellKeys own(p);
  LoadedModel& m = model(p.take("model", ""));
  const LoadedData& d = dataset(p.take("data", ""));
  const quant::CalibrationRecipe calibration(p);
  quant::Recipe recipe(p);
  const core::Rng rng(static_cast<std::uint64_t>(own.seed));
  const core::Scratch scratch =
      memory_limit_ == 0
          ? core::Scratch()
          : scratch_for(memory(m, recipe,
                               {.calibration = calibration.count, .eval_batch = own.eval.batch}));

  const std::string data_key = json_text(*cell.config.find("data"));
  const std::string drawn_key =
      fmt::format("{} {} {} {}", data_key, json_text(*cell.config.find("calibration")), own.seed,
                  calibration.needs().any() ? m.key : "");
  auto drawn = calibrations_.find(drawn_key);
  if (drawn == calibrations_.end()) {
    // a draw can be large; neighbours share one
    const bool large = memory_limit_ > 0 && held_bytes(calibrations_) * kDraws > memory_limit_;
    if (calibrations_.size() >= 4 || large) calibrations_.clear();
    const quant::NetworkView view(*m.model);
    drawn = calibrations_
                .emplace(drawn_key,
                         calibration.draw(*d.set, rng.stream("calibration"), &view, &monitor))
                .first;
  }
  const std::string fp_key =
      fmt::format("{} {} {} {}", m.key, data_key, json_text(*cell.config.find("eval")),
                  core::name_of(recipe.precision));
  auto fp = fp_.find(fp_key);
  if (fp == fp_.end()) {
    nn::EvalPass pass(recipe.precision);
    fp = fp_.emplace(fp_key, evaluate(*m.model, pass, *d.set, own.eval, monitor)).first;
  }

  if (recipe.allocate.on) {
    recipe.allocate.importance = std::make_unique<RememberedScores>(
        std::move(recipe.allocate.importance), scores_, drawn_key + m.key + score_key(cell.config));
  }
  quant::Quantised q =
      quant::quantise(*m.model, drawn->second.images, recipe, rng.stream("quantise"), monitor,
                      scratch, drawn->second.labels);
  CellResult result;
  result.fp = fp->second;
  result.units = std::move(q.units);
  result.map = quant::rows_of(q.map);
  if (recipe.allocate.on)
    result.mixed = MixedBits{quant::average_bits(q.map, recipe), std::move(q.allocation)};
  result.calibration = drawn->second.index;
  if (q.status != "ok") {
    result.status = "diverged";
    result.message = q.status;
    result.quantised = {.images = result.fp.images,
                        .bits = std::vector<std::uint8_t>(result.fp.bits.size())};
    return result;
  }
  result.quantised = evaluate(*q.model, *q.pass, *d.set, own.eval, monitor);
  if (own.validate)
    result.validation = evaluate(*q.model, *q.pass, *d.set, own.validation(), monitor);
  if (result.quantised.not_finite > 0) {
    result.status = "diverged";
    result.message = fmt::format("logits of {} images are not finite", result.quantised.not_finite);
  } else {
    result.message = remarks(result.fp, result.quantised, m.model->classes(), result.units,
                             recipe.repair->caution(recipe.repair_setting()));
  }
  return result;
}

void Workbench::limit_memory(std::size_t bytes, std::string scratch) {
  memory_limit_ = bytes;
  scratch_folder_ = std::move(scratch);
}

CellMemory Workbench::memory(const LoadedModel& m, const quant::Recipe& recipe,
                             const CellImages& images) {
  return cell_memory(
      recipe, images, [&](quant::Granularity granularity, bool rest) -> const MemoryProfile& {
        const std::string key =
            fmt::format("{} {} {} {} {}", m.key, static_cast<int>(granularity), rest,
                        recipe.act.grid.off(), core::name_of(recipe.precision));
        auto found = profiles_.find(key);
        if (found == profiles_.end()) {
          found = profiles_.emplace(key, memory_profile(*m.model, recipe, granularity, rest)).first;
        }
        return found->second;
      });
}

CellMemory Workbench::memory(const Cell& cell) {
  core::Params p(with_located_data(cell.config, file_));
  const CellKeys own(p);
  const LoadedModel& m = model(p.take("model", ""));
  const quant::CalibrationRecipe calibration(p);
  const quant::Recipe recipe(p);
  return memory(m, recipe, {.calibration = calibration.count, .eval_batch = own.eval.batch});
}

core::Scratch Workbench::scratch_for(const CellMemory& need) const {
  const core::PoolStats pool = core::pool_stats();
  // code, buffers of libraries and data sets are no tensors, but of the limit all the same
  const std::size_t tensors = pool.live_bytes + pool.cached_bytes;
  const std::size_t resident = core::resident_memory();
  const std::size_t other = kOwnBytes + (resident > tensors ? resident - tensors : 0);
  const std::size_t limit = memory_limit_ > other ? memory_limit_ - other : 1;
  // free blocks make way for rows of files, and are not held beyond what was predicted
  const std::size_t blocks = limit - std::min(limit / 2, static_cast<std::size_t>(need.mapped));
  core::set_pool_limit(std::min(blocks, pool.live_bytes + static_cast<std::size_t>(need.all())));
  return core::Scratch({.limit = limit,
                        .reserve = static_cast<std::size_t>(need.reserve()),
                        .folder = scratch_folder_});
}

double Workbench::measure(const core::Value& config) {
  core::Params p(config);
  const LoadedModel& m = model(p.take("model", ""));
  const quant::Recipe recipe(p);
  return images_per_second(*m.model, recipe, m.macs);
}

Rates Workbench::rates(const Cell& cell) {
  core::Params p(with_located_data(cell.config, file_));
  const LoadedModel& m = model(p.take("model", ""));
  const LoadedData& d = dataset(p.take("data", ""));
  return measured_rates(*m.model, quant::Recipe(p), m.macs, *d.set);
}

std::vector<quant::MapRow> Workbench::quantizer_map(const Cell& cell) {
  core::Params p(with_located_data(cell.config, file_));
  LoadedModel& m = model(p.take("model", ""));
  const quant::Recipe recipe(p);
  return quant::planned_rows(quant::quantiser_map(*m.model, recipe), recipe);
}

}  // namespace experiments
