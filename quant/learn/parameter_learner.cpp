#include "quant/learn/parameter_learner.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

ParameterLearner::ParameterLearner(const LearnGroup& recipe, std::vector<NamedTensor> parameters)
    : parameters_(std::move(parameters)), optimizer_(recipe.optimizer(), *recipe.schedule) {}

void ParameterLearner::bind(QuantPass& pass, std::int64_t, std::int64_t,
                            std::vector<Variable>& wrt) {
  for (const NamedTensor& p : parameters_) {
    const Variable value(p.value, true);
    pass.set_parameter(p.path, value);
    wrt.push_back(value);
  }
}

void ParameterLearner::update(std::span<const Tensor> grads, std::int64_t step,
                              std::int64_t total) {
  std::vector<Tensor*> values;
  for (NamedTensor& p : parameters_) values.push_back(&p.value);
  optimizer_.step(values, grads, step, total);
}

void ParameterLearner::observe(double loss) { optimizer_.observe(loss); }

void ParameterLearner::place(QuantPass& pass) {
  for (const NamedTensor& p : parameters_) pass.set_parameter(p.path, Variable(p.value));
}

std::vector<Tensor> ParameterLearner::state() const {
  std::vector<Tensor> out;
  for (const NamedTensor& p : parameters_) out.push_back(p.value);
  return out;
}

void ParameterLearner::restore(std::span<const Tensor> state) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].value = state[i];
}

}  // namespace quant
