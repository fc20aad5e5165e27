#include "nn/state_dict.h"

#include <algorithm>
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
  std::string missing, unexpected, misfit;
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
    }
  }
  for (const auto& [name, tensor] : tensors) {
    if (!known.contains(name))
      unexpected += fmt::format("\n  unexpected: {} {}", name, tensor.shape());
  }
  const std::string problems = missing + unexpected + misfit;
  core::require_input(where, problems.empty(), "the weights do not fit the model:{}", problems);
  for (std::size_t i = 0; i < places.size(); ++i) *places[i].value = loaded[i];
}

}  // namespace nn
