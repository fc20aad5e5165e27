#include "nn/optim/parameter_update.h"

#include <set>

namespace nn {

using core::DType;
using core::Key;
using core::Tensor;

WeightDecay::WeightDecay(core::Params& params, double default_rate)
    : rate(params.get<double>(
          "weight_decay", default_rate,
          Key{.doc = "strength of weight decay", .source = "PyTorch", .min = 0.0})),
      rank1(params.get<bool>(
          "decay_rank1", true,
          Key{.doc = "decay biases and normalisation parameters too", .source = "PyTorch"})) {}

double lr_option(core::Params& params, double fallback) {
  return params.get<double>(
      "lr", fallback,
      Key{.doc = "base learning rate, scaled by the schedule", .source = "PyTorch", .min = 0.0});
}

double keep_option(core::Params& params, std::string_view key, double fallback,
                   const std::string& source) {
  const double value =
      params.get<double>(key, fallback,
                         Key{.doc = "share of a running average that is kept at a step, below 1",
                             .source = source,
                             .min = 0.0,
                             .max = 1.0});
  if (value == 1.0) params.fail(key, "must be below 1");
  return value;
}

double eps_option(core::Params& params, double fallback, const std::string& source) {
  return params.get<double>(
      "eps", fallback,
      Key{.doc = "keeps the denominator away from 0", .source = source, .min = 0.0});
}

void Slots::begin_step(std::string_view op, std::span<Tensor* const> values,
                       std::span<const Tensor> grads) {
  core::require(op, values.size() == grads.size(),
                "there must be one gradient a value; got {} values, {} gradients", values.size(),
                grads.size());
  const bool first = shapes_.empty();
  if (first) {
    for (const Tensor* v : values) shapes_.push_back(v->shape());
  }
  core::require(
      op, shapes_.size() == values.size(),
      "the list of values must be the one of the first step; got {} values, first step {}",
      values.size(), shapes_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    core::require(
        op, values[i]->shape() == shapes_[i] && grads[i].shape() == shapes_[i],
        "shapes must be those of the first step; got value {} {}, gradient {}, first step {}", i,
        values[i]->shape(), grads[i].shape(), shapes_[i]);
    core::require(op, values[i]->dtype() == grads[i].dtype(),
                  "dtypes must agree; got value {} {}, gradient {}", i, values[i]->dtype(),
                  grads[i].dtype());
    for (auto& slot : tensors_) {
      if (slot.size() == i) slot.push_back(Tensor::zeros(shapes_[i], values[i]->dtype()));
      core::require(op, slot[i].dtype() == values[i]->dtype(),
                    "the state must have the dtype of value {}; got {}", i, slot[i].dtype());
    }
  }
  ++steps_;
}

std::map<std::string, Tensor> Slots::state() const {
  std::map<std::string, Tensor> out;
  if (steps_ == 0) return out;
  out.emplace("t", Tensor::of<std::int64_t>({}, {steps_}));
  for (std::size_t s = 0; s < names_.size(); ++s) {
    for (std::size_t i = 0; i < tensors_[s].size(); ++i) {
      out.emplace(names_[s] + "." + std::to_string(i), tensors_[s][i]);
    }
  }
  return out;
}

void Slots::load(const std::map<std::string, Tensor>& state) {
  constexpr std::string_view kWhere = "optimizer state";
  Slots fresh(names_);
  if (!state.empty()) {
    const auto t = state.find("t");
    core::require_input(
        kWhere, t != state.end() && t->second.dtype() == DType::s64 && t->second.numel() == 1,
        "needs the step count 't' as an s64 scalar");
    fresh.steps_ = t->second.data<std::int64_t>()[0];
    core::require_input(kWhere, fresh.steps_ > 0, "the step count must be positive; got {}",
                        fresh.steps_);
    std::set<std::string> used{"t"};
    for (std::size_t s = 0; s < names_.size(); ++s) {
      for (std::size_t i = 0;; ++i) {
        const auto found = state.find(names_[s] + "." + std::to_string(i));
        if (found == state.end()) break;
        used.insert(found->first);
        fresh.tensors_[s].push_back(found->second);
      }
      core::require_input(kWhere, fresh.tensors_[s].size() == fresh.tensors_[0].size(),
                          "slots must have equal lengths; got {} '{}', {} '{}'",
                          fresh.tensors_[0].size(), names_[0], fresh.tensors_[s].size(), names_[s]);
    }
    for (const auto& [name, tensor] : state) {
      core::require_input(kWhere, used.contains(name), "unknown entry '{}' {}", name,
                          tensor.shape());
    }
    if (!names_.empty()) {
      for (std::size_t i = 0; i < fresh.tensors_[0].size(); ++i) {
        fresh.shapes_.push_back(fresh.tensors_[0][i].shape());
        for (const auto& slot : fresh.tensors_) {
          core::require_input(kWhere, slot[i].shape() == fresh.shapes_[i],
                              "slots of tensor {} must agree; got {}, {}", i, slot[i].shape(),
                              fresh.shapes_[i]);
        }
      }
    }
  }
  *this = std::move(fresh);
}

}  // namespace nn
