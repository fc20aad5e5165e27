// Temperature: from `start` to `end` over the steps of a unit, by a constant factor a step.
//
// T(progress) = start (end / start)^progress.  source: exponential annealing of Jang et al. 2017
// (Gumbel-softmax); the ends 1 and 0.05 are ours.
#pragma once

#include <cmath>

#include "core/config/params.h"

namespace quant {

struct Temperature {
  double start = 1, end = 0.05;

  static Temperature read(core::Params& params, double start, double end) {
    Temperature t;
    t.start = params.get<double>("temperature_start", start,
                                 {.doc = "temperature at the first step", .min = 1e-3, .max = 1e3});
    t.end = params.get<double>("temperature_end", end,
                               {.doc = "temperature at the last step", .min = 1e-3, .max = 1e3});
    return t;
  }
  double at(double progress) const { return start * std::pow(end / start, progress); }
};

/// What a two-state variable with a temperature holds, and its form at a point of the way.
template <class Variable>
struct Cooling {
  Temperature temperature;
  double slope;  // 1 / T of now

  Cooling(core::Params& params, double start, double end)
      : temperature(Temperature::read(params, start, end)), slope(1 / temperature.start) {}
  Variable at(double progress) const {
    Variable now = static_cast<const Variable&>(*this);
    now.slope = 1 / temperature.at(progress);
    return now;
  }
};

}  // namespace quant
