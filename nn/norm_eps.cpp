#include "nn/norm_eps.h"

#include <charconv>

#include "nn/layers/batch_norm2d.h"
#include "nn/layers/layer_norm.h"

namespace nn {
namespace {

constexpr double kLeast = 1e-12, kMost = 1;

/// Calls fn(key, eps) for every norm.
template <class Fn>
void for_norms(Module& root, Fn&& fn) {
  for (Module* module : modules(root)) {
    if (auto* batch = dynamic_cast<BatchNorm2d*>(module)) fn("bn_eps", batch->eps);
    if (auto* layer = dynamic_cast<LayerNorm*>(module)) fn("ln_eps", layer->eps);
  }
}

double parse(const std::string& text, std::string_view key, std::string_view where) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  core::require_input(
      where,
      error == std::errc() && end == text.data() + text.size() && value >= kLeast && value <= kMost,
      "__metadata__ '{}' must be a number from {} to {}; got '{}'", key, kLeast, kMost, text);
  return value;
}

}  // namespace

double bn_eps_of(core::Params& model) {
  return model.get<double>(
      "bn_eps", kBnEps,
      core::Key{.doc = "beside the variance in batch norms, as in training; else what the weight "
                       "file says (metadata bn_eps)",
                .source = "PyTorch",
                .min = kLeast,
                .max = kMost});
}

double ln_eps_of(core::Params& model) {
  return model.get<double>(
      "ln_eps", kLnEps,
      core::Key{.doc = "beside the variance in layer norms, as in training; else what the weight "
                       "file says (metadata ln_eps)",
                .source = "timm",
                .min = kLeast,
                .max = kMost});
}

std::map<std::string, double> norm_eps(Module& root) {
  std::map<std::string, double> out;
  for_norms(root, [&](const char* key, double eps) { out[key] = eps; });
  return out;
}

void take_norm_eps(Module& root, const std::map<std::string, std::string>& metadata,
                   const core::Value& given, std::string_view where) {
  const std::map<std::string, double> own = norm_eps(root);
  for (const char* key : {"bn_eps", "ln_eps"}) {
    const auto entry = metadata.find(key);
    if (entry == metadata.end()) continue;
    const double value = parse(entry->second, key, where);
    const auto found = own.find(key);
    core::require_input(where, found != own.end(),
                        "__metadata__ says '{}', but the model has no such norms", key);
    if (found->second == value) continue;
    if (given.find(key) != nullptr) {
      core::Params(given, "model")
          .fail(key, fmt::format("{} here, but {} says {}, which its weights were trained with; "
                                 "without the key the file's value is taken",
                                 found->second, where, value));
    }
    for_norms(root, [&](std::string_view of, double& eps) {
      if (of == key) eps = value;
    });
  }
}

}  // namespace nn
