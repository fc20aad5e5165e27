// Two evenly spaced ranges with m = 2^(b-1) codes each.
//   no negative values  [0, c] in steps of c/(m-1), and what is above in steps of T/(m-1): T = 1
//                       and c = 2^(-i) for softmax outputs, else T = the largest value and
//                       c = T 2^(-i); i = 0 .. 19 by the least squared error
//   negative values     a step for either side of zero; that of GELU's negative side is 0.16997/m,
//                       the others are 0.1, 0.12 .. 1.3 of the largest value of their side over m -
//                       1 (m below zero), by the least squared error
// source: Yuan et al. 2022 (PTQ4ViT).  Variant `released` is its code for values without sign: both
// ranges are clipped and added instead of one of them chosen, so that values above c are too large
// by c.
// deviation: the ratio of the two steps of values with both signs is free, as in the released code;
// in the paper it is a power of two, so that codes of either range can be shifted to the other's.
// deviation: `choose` takes c where the upper range would round a value above c to 0; ranges by the
// error of the values, not of the layer's output under a Hessian.
#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/act_grid/act_grid.h"

namespace quant {
namespace {

constexpr int kCandidates = 20;  // of c; source: PTQ4ViT
constexpr double kLeastFactor = 0.1, kStride = 0.02;
constexpr int kFactors = 61;
constexpr double kAbove = 1e-5;  // c in f32 stays on its own side of the cut

struct Levels2 {
  std::vector<double> levels, cuts;
  double end;  // half a step above the last level

  void add(double cut, double level) {
    if (!levels.empty()) cuts.push_back(cut);
    levels.push_back(level);
  }
};

/// [0, c] and (c, 1], one of them chosen.
Levels2 chosen(double c, int m) {
  Levels2 out;
  const double fine = c / (m - 1), coarse = 1.0 / (m - 1);
  for (int k = 0; k < m; ++k) out.add((k - 0.5) * fine, k == m - 1 ? c : k * fine);
  for (int k = 1; k < m; ++k) {
    const double level = k == m - 1 ? 1.0 : k * coarse;
    if (level <= c) continue;
    out.add(std::max((k - 0.5) * coarse, std::max(c, out.cuts.back()) * (1 + kAbove)), level);
  }
  out.end = c < 1 ? 1 + 0.5 * coarse : c + 0.5 * fine;
  return out;
}

/// Both clipped and added.
Levels2 added(double c, int m) {
  Levels2 out;
  const double fine = c / (m - 1), coarse = 1.0 / (m - 1);
  const int first = static_cast<int>(std::nearbyint(c * (m - 1)));
  for (int k = 0; k < m; ++k) out.add((k - 0.5) * fine, k * fine + first * coarse);
  for (int k = first + 1; k < m; ++k)
    out.add(std::max((k - 0.5) * coarse, c * (1 + kAbove)), k * coarse + c);
  out.end = 1 + 0.5 * coarse;
  return out;
}

/// Both sides of zero.
Levels2 sides(double below, double above, int m) {
  Levels2 out;
  for (int k = m; k > 0; --k) out.add(-(k + 0.5) * below, -k * below);
  out.add(-0.5 * below, 0);
  for (int k = 1; k < m; ++k) out.add((k - 0.5) * above, k * above);
  out.end = (m - 0.5) * above;
  return out;
}

ActTable scaled(const Levels2& found, double lo, double unit, double top) {
  // levels in steps, so that a step has the size it has on even codes
  const double step = step_of_width(unit * found.levels.back(), top);
  ActTable out{found.levels, found.cuts, lo * unit / step, found.end * unit / step, step};
  for (std::vector<double>* list : {&out.levels, &out.cuts}) {
    for (double& x : *list) x *= unit / step;
  }
  out.check();
  return out;
}

struct Twin final : ActGrid {
  bool released;

  explicit Twin(core::Params& params)
      : released(params.get<std::string>(
                     "variant", "choose",
                     {.doc = "of two ranges without sign: choose one (the paper), or add both as "
                             "the released code does",
                      .source = "PTQ4ViT",
                      .one_of = {"choose", "released"}}) == "released") {}
  std::string_view name() const override { return "twin"; }

  ActTable fit(const SortedValues& values, int bits, ActRole role) const override {
    return values.smallest() >= 0 ? two_ranges(values, bits, role) : two_sides(values, bits, role);
  }

 private:
  ActTable two_ranges(const SortedValues& values, int bits, ActRole role) const {
    const int m = 1 << (bits - 1);
    const double end = role == ActRole::softmax ? 1.0
                       : values.largest() > 0   ? values.largest()
                                                : kStepOfZero;
    Levels2 best;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kCandidates; ++i) {
      const double c = std::exp2(-i);
      Levels2 here = released ? added(c, m) : chosen(c, m);
      const double error = values.error(here.levels, here.cuts, end);
      if (error < least) best = std::move(here), least = error;
    }
    return scaled(best, -best.cuts.front(), end, (1 << bits) - 1);
  }

  static ActTable two_sides(const SortedValues& values, int bits, ActRole role) {
    const int m = 1 << (bits - 1);
    const double lowest = -values.smallest(),
                 highest = values.largest() > 0 ? values.largest() : lowest;
    double below = role == ActRole::gelu ? -kLeastGelu / m : lowest / m, above = highest / (m - 1);
    // the sides do not meet but at zero: one after the other is the best of both
    const auto search = [&](double& step, double whole) {
      double best = step, least = std::numeric_limits<double>::infinity();
      for (int i = 0; i < kFactors; ++i) {
        step = (kLeastFactor + kStride * i) * whole;
        const Levels2 here = sides(below, above, m);
        const double error = values.error(here.levels, here.cuts, 1.0);
        if (error < least) best = step, least = error;
      }
      step = best;
    };
    search(above, highest / (m - 1));
    if (role != ActRole::gelu) search(below, lowest / m);
    return scaled(sides(below, above, m), -(m + 0.5) * below, 1.0, (1 << bits) - 1);
  }
};

const core::Registered<ActGrid, Twin> kRegistered{"twin"};

}  // namespace
}  // namespace quant
