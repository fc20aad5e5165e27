// What the tests of activation grids share: values like those of a softmax and of a GELU.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "quant/act_grid/act_grid.h"
#include "tests/quant/helpers.h"

namespace quant_test {

/// Shares that sum to one in rows of 16.
inline std::vector<double> softmax_values() {
  const std::vector<double> x = core::Rng(1).normal({200, 16}, 0, 2).values();
  std::vector<double> out(x.size());
  for (std::size_t row = 0; row < x.size(); row += 16) {
    double sum = 0;
    for (std::size_t i = row; i < row + 16; ++i) sum += std::exp(x[i]);
    for (std::size_t i = row; i < row + 16; ++i) out[i] = std::exp(x[i]) / sum;
  }
  return out;
}

inline std::vector<double> gelu_values() {
  std::vector<double> out = core::Rng(2).normal({3000}, -0.5, 1.2).values();
  for (double& x : out) x = 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  return out;
}

inline quant::ActTable table(const std::string& name, const std::vector<double>& values, int bits,
                             quant::ActRole role = quant::ActRole::other, Keys keys = {}) {
  return make<quant::ActGrid>(name, keys)->fit(quant::SortedValues(values), bits, role);
}

/// x_hat with the starting step.
inline double nearest(const quant::ActTable& table, double x) {
  const auto scalar = [](double v) {
    return autograd::Variable(core::Tensor::of<double>({1}, {v}));
  };
  return quant::on_table(scalar(x), scalar(table.step),
                         std::make_shared<const quant::ActTable>(table), {})
      .value()
      .item();
}

inline double squared_error(const quant::ActTable& table, const std::vector<double>& values) {
  double total = 0;
  for (const double x : values) total += std::pow(x - nearest(table, x), 2);
  return total;
}

/// Every table: sound, at most `most` values, and quantising twice changes nothing.
inline void check_table(const quant::ActTable& table, std::size_t most) {
  table.check();
  CHECK(table.levels.size() <= most);
  CHECK(table.lo < table.levels.front() + 1e-12);
  CHECK(table.hi >= table.levels.back());
  for (const double level : table.levels) {
    const double x = table.step * level;
    CHECK(nearest(table, x) == doctest::Approx(x).epsilon(1e-9));
  }
}

}  // namespace quant_test
