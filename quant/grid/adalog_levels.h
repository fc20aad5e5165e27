// AdaLogBase: the base 2^(q/37) of AdaLog's levels, given or found by the least error.
//
// The search takes every fourth q from 2 to 74, then all around the best; of equals the first.
// source: Wu et al. 2024 (AdaLog), r = 37.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/config/params.h"
#include "quant/grid/log_levels.h"

namespace quant {

class AdaLogBase {
 public:
  static constexpr int kDenominator = 37;  // r

  /// place: what has a base of its own, as "each weight".  throws: ConfigError.
  AdaLogBase(core::Params& params, const std::string& place) {
    const std::string search = params.get<std::string>(
        "search", "layer",
        {.doc = "where the base comes from: the least squared error " + place + ", or the key q",
         .source = "AdaLog: layer",
         .one_of = {"layer", "none"}});
    if (search == "layer" && params.has("q"))
      params.fail("q", "is searched for; a given q needs search: none");
    if (search == "none")
      given_ = params.get<int>("q", kDenominator,
                               {.doc = "the base is 2^(q/37)", .min = kLeast, .max = kMost});
  }

  /// 2^(-n q / 37) for n = count - 1 .. 0.
  static std::vector<double> levels(int q, int count) {
    return log_levels(count, static_cast<double>(q) / kDenominator);
  }

  /// The given q, or that of the least error(q).
  template <class Error>
  int choose(Error&& error) const {
    if (given_) return *given_;
    int best = kLeast;
    double least = std::numeric_limits<double>::infinity();
    const auto try_at = [&](int q) {
      const double here = error(q);
      if (here < least) best = q, least = here;
    };
    for (int q = kLeast; q <= kMost; q += kCoarse) try_at(q);
    const int centre = best;
    const int end = std::min(kMost + 1, centre + kCoarse);
    for (int q = std::max(kLeast, centre - kCoarse + 1); q < end; ++q) {
      if (q != centre) try_at(q);
    }
    return best;
  }

 private:
  static constexpr int kLeast = 2, kMost = 74, kCoarse = 4;
  std::optional<int> given_;
};

}  // namespace quant
