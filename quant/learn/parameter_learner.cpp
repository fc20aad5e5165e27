#include "quant/learn/parameter_learner.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

std::vector<Tensor> values_of(const std::vector<NamedTensor>& parameters) {
  std::vector<Tensor> out;
  for (const NamedTensor& p : parameters) out.push_back(p.value);
  return out;
}

}  // namespace

ParameterLearner::ParameterLearner(const LearnGroup& recipe,
                                   const std::vector<NamedTensor>& parameters)
    : values_(recipe, values_of(parameters)) {
  for (const NamedTensor& p : parameters) paths_.push_back(p.path);
}

void ParameterLearner::bind(QuantPass& pass, std::int64_t, std::int64_t,
                            std::vector<Variable>& wrt) {
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const Variable value(values_[i], true);
    pass.set_parameter(paths_[i], value);
    wrt.push_back(value);
  }
}

void ParameterLearner::update(std::span<const Tensor> grads, std::int64_t step,
                              std::int64_t total) {
  values_.step(grads, step, total);
}

void ParameterLearner::place(QuantPass& pass) {
  for (std::size_t i = 0; i < paths_.size(); ++i)
    pass.set_parameter(paths_[i], Variable(values_[i]));
}

std::vector<Tensor> ParameterLearner::state() const {
  std::vector<Tensor> out;
  values_.append_to(out);
  return out;
}

}  // namespace quant
