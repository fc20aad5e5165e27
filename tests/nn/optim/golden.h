// Traces of PyTorch (tests/golden/optim.json, made by tests/reference/optim_torch.py) as tests.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/system/file.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "tests/nn/support.h"
#include "tests/support/source_dir.h"

namespace nn_test {

using Json = nlohmann::json;

inline const Json& golden() {
  static const Json file =
      Json::parse(core::read_text(support::source_dir() + "/tests/golden/optim.json"));
  return file;
}

inline core::Value value_of(const Json& j) {
  if (j.is_boolean()) return core::Value(j.get<bool>());
  if (j.is_array()) {
    core::Value::List list;
    for (const Json& item : j) list.push_back(value_of(item));
    return core::Value(list);
  }
  return core::Value(j.get<double>());
}

template <class Strategy>
std::unique_ptr<Strategy> strategy(const Json& entry) {
  core::Value::Map map{{"name", core::Value(entry["name"].get<std::string>())}};
  for (const auto& [key, v] : entry["options"].items()) map.emplace_back(key, value_of(v));
  core::Params params = options(map);
  auto made = core::Registry<Strategy>::create(params);
  params.done();
  return made;
}

inline Tensor gradient(std::size_t step, std::size_t tensor, const core::Shape& shape,
                       core::DType dtype) {
  const auto v = golden()["gradients"][step][tensor].get<std::vector<double>>();
  return Tensor::of<double>(shape, std::span<const double>(v)).to(dtype);
}

/// The values after each step along the golden gradients; with `resume`, a fresh optimizer goes on
/// from a saved state after the seventh step.
inline std::vector<std::vector<Tensor>> run_trace(const Json& entry, core::DType dtype,
                                                  bool resume) {
  std::vector<Tensor> values{
      Tensor::of<double>({2, 3}, {0.5, -1.0, 2.0, 0.25, 0.0, -3.0}).to(dtype),
      Tensor::of<double>({2}, {1.0, -0.5}).to(dtype)};
  auto optimizer = strategy<nn::Optimizer>(entry);
  std::vector<std::vector<Tensor>> out;
  for (std::size_t step = 0; step < entry["trace"].size(); ++step) {
    if (resume && step == 7) {
      const auto saved = optimizer->state();
      optimizer = strategy<nn::Optimizer>(entry);
      optimizer->load_state(saved);
    }
    std::vector<Tensor*> pointers{&values[0], &values[1]};
    std::vector<Tensor> grads{gradient(step, 0, {2, 3}, dtype), gradient(step, 1, {2}, dtype)};
    optimizer->step(pointers, grads, golden()["lrs"][step].get<double>());
    out.push_back(values);
  }
  return out;
}

inline void check_trace(const Json& entry, core::DType dtype, double tolerance) {
  const auto got = run_trace(entry, dtype, false), resumed = run_trace(entry, dtype, true);
  for (std::size_t step = 0; step < got.size(); ++step) {
    for (std::size_t t = 0; t < 2; ++t) {
      const Tensor& value = got[step][t];
      const auto want = entry["trace"][step][t].get<std::vector<double>>();
      const Tensor wanted = Tensor::of<double>(value.shape(), std::span<const double>(want));
      const double d = support::relative_difference(value.to(core::DType::f64), wanted);
      CHECK_MESSAGE(d < tolerance,
                    entry["name"] << " " << entry["options"] << " step " << step << ": " << d);
      CHECK_MESSAGE(value.values() == resumed[step][t].values(),
                    entry["name"] << " resumed, step " << step);
    }
  }
}

/// Every golden trace of the optimizer `name`, in f64 and f32; resuming gives the same bits.
inline void check_optimizer(const std::string& name) {
  int traces = 0;
  for (const Json& entry : golden()["optimizers"]) {
    if (entry["name"] != name) continue;
    ++traces;
    // twenty steps of a handful of roundings each
    check_trace(entry, core::DType::f64, 2e-14);
    check_trace(entry, core::DType::f32, 4e-6);
  }
  CHECK(traces >= 2);
}

/// The value 1 after one step of `name` along `gradient` (f64, rate 0.5).
inline double after_one_step(core::Value::Map map, double gradient) {
  core::Params params = options(std::move(map));
  const auto optimizer = core::Registry<nn::Optimizer>::create(params);
  Tensor value = Tensor::full({1}, 1.0, core::DType::f64);
  std::vector<Tensor*> values{&value};
  const std::vector<Tensor> grads{Tensor::full({1}, gradient, core::DType::f64)};
  optimizer->step(values, grads, 0.5);
  return value.item();
}

/// Every golden list of factors of the schedule `name`.
inline void check_schedule(const std::string& name) {
  int lists = 0;
  for (const Json& entry : golden()["schedules"]) {
    if (entry["name"] != name) continue;
    ++lists;
    const auto schedule = strategy<nn::Schedule>(entry);
    const auto total = entry["total"].get<std::int64_t>();
    for (std::int64_t step = 0; step < total; ++step) {
      const double want = entry["factors"][static_cast<std::size_t>(step)].get<double>();
      CHECK_MESSAGE(std::abs(schedule->factor(step, total) - want) < 1e-12,
                    name << " step " << step);
    }
  }
  CHECK(lists >= 1);
}

inline double factor(core::Value::Map map, std::int64_t step, std::int64_t total) {
  core::Params params = options(std::move(map));
  return core::Registry<nn::Schedule>::create(params)->factor(step, total);
}

}  // namespace nn_test
