#include "nn/state_dict.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"

namespace nn {

using core::DType;
using core::Tensor;

namespace {

struct Place {
  const std::string* path;
  Tensor* value;
};

/// Parameters and buffers in the order of the fields.
class Lister final : public Fields {
 public:
  std::vector<Place> places;
  void operator()(std::string_view, Parameter& p) override {
    places.push_back({&p.path, &p.value});
  }
  void operator()(std::string_view, Buffer& b) override { places.push_back({&b.path, &b.value}); }
  void operator()(std::string_view, Module& m) override { m.fields(*this); }

 protected:
  void enter(std::string_view) override {}
  void leave() override {}
};

std::vector<Place> places_of(Module& root) {
  Lister lister;
  root.fields(lister);
  for (const Place& p : lister.places) {
    if (p.path->empty()) throw core::Error("state_dict: paths must be bound first (bind_paths)");
  }
  return std::move(lister.places);
}

std::map<std::string, Tensor> without_prefix(std::map<std::string, Tensor> tensors) {
  for (const std::string_view prefix : {"module.", "model."}) {
    const bool shared =
        !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& item) {
          return item.first.starts_with(prefix);
        });
    if (!shared) continue;
    std::map<std::string, Tensor> stripped;
    for (auto& [name, tensor] : tensors) stripped.emplace(name.substr(prefix.size()), tensor);
    tensors = std::move(stripped);
  }
  return tensors;
}

/// " 3 of 432 values, the first at 17: nan", or nothing when `bad` finds none.
template <class T, class Bad>
std::string count_bad(const Tensor& t, Bad bad) {
  std::size_t count = 0, first = 0, at = 0;
  const std::span<const T> values = t.data<T>();
  for (const T x : values) {
    if (bad(x) && count++ == 0) first = at;
    ++at;
  }
  if (count == 0) return "";
  return fmt::format("{} of {} values, the first at {}: {}", count, values.size(), first,
                     values[first]);
}

/// Values that no network can compute with: those that are not finite, and variances below zero.
/// In the dtype of the model, where a large f64 has become infinite.
template <class T>
std::string bad_values(const std::string& path, const Tensor& t) {
  std::string out;
  const std::string infinite = count_bad<T>(t, [](T x) { return !std::isfinite(x); });
  if (!infinite.empty()) out += fmt::format("\n  not finite: {}, {}", path, infinite);
  if (!path.ends_with("running_var")) return out;
  const std::string negative = count_bad<T>(t, [](T x) { return x < 0; });
  if (!negative.empty()) out += fmt::format("\n  negative: {}, {}", path, negative);
  return out;
}

std::string bad_values(const std::string& path, const Tensor& t) {
  if (t.dtype() == DType::f32) return bad_values<float>(path, t);
  if (t.dtype() == DType::f64) return bad_values<double>(path, t);
  return t.dtype() == DType::bf16 ? bad_values<float>(path, t.to(DType::f32)) : "";
}

bool floating(DType d) { return d == DType::f32 || d == DType::f64 || d == DType::bf16; }

}  // namespace

std::vector<std::pair<std::string, Tensor>> state_dict(Module& root) {
  std::vector<std::pair<std::string, Tensor>> out;
  for (const Place& p : places_of(root)) out.emplace_back(*p.path, *p.value);
  return out;
}

void load_state(Module& root, const std::map<std::string, Tensor>& given, std::string_view where) {
  const std::map<std::string, Tensor> tensors = without_prefix(given);
  const std::vector<Place> places = places_of(root);
  std::string missing, unexpected, misfit, bad;
  std::set<std::string_view> known;
  std::vector<Tensor> loaded;
  for (const Place& p : places) {
    known.insert(*p.path);
    const auto found = tensors.find(*p.path);
    if (found == tensors.end()) {
      loaded.push_back(Tensor::zeros(p.value->shape(), p.value->dtype()));
      if (!p.path->ends_with("num_batches_tracked")) {
        missing += fmt::format("\n  missing: {} {}", *p.path, p.value->shape());
      }
    } else if (!(found->second.shape() == p.value->shape())) {
      misfit += fmt::format("\n  wrong shape: {} is {}, the model needs {}", *p.path,
                            found->second.shape(), p.value->shape());
    } else if (floating(found->second.dtype()) != floating(p.value->dtype())) {
      misfit += fmt::format("\n  wrong type: {} is {}, the model needs {}", *p.path,
                            found->second.dtype(), p.value->dtype());
    } else {
      loaded.push_back(found->second.to(p.value->dtype()));
      bad += bad_values(*p.path, loaded.back());
    }
  }
  for (const auto& [name, tensor] : tensors) {
    if (!known.contains(name))
      unexpected += fmt::format("\n  unexpected: {} {}", name, tensor.shape());
  }
  const std::string problems = missing + unexpected + misfit;
  core::require_input(where, problems.empty(), "the weights do not fit the model:{}", problems);
  core::require_input(where, bad.empty(), "no network can compute with these weights:{}", bad);
  for (std::size_t i = 0; i < places.size(); ++i) *places[i].value = loaded[i];
}

}  // namespace nn
