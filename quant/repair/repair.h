// Repair: what is done about the errors of a network whose weights are quantised, without moving
// their codes.
//
// It works once the weights are baked and activation ranges are set and active, before activation
// steps are learned after the weights.  A strategy is stateless apart from its options.
#pragma once

#include <string>
#include <string_view>

#include "core/config/registry.h"
#include "nn/model.h"
#include "quant/network/folded_norms.h"

namespace quant {

struct Recipe;
struct Quantised;
struct WalkAids;

class Repair {
 public:
  static constexpr std::string_view kind = "repair";
  virtual ~Repair() = default;
  /// What of the recipe it does not go with, as the end of "needs ..."; empty: nothing.
  virtual std::string clash(const Recipe&) const { return {}; }
  /// Likewise of a model, batch norms not folded.
  virtual std::string needs(nn::Model&) const { return {}; }
  /// Changes the parameters that stand in out.pass.  images: of the calibration set.
  /// throws: Interrupted when the monitor of `aids` asks to stop.
  virtual void apply(Quantised& out, const core::Tensor& images, const FoldedNorms& norms,
                     const WalkAids& aids) const = 0;
  /// What of the recipe it goes with, but is likely to be no gain with: a sentence without an end;
  /// empty: nothing.
  virtual std::string caution(const Recipe&) const { return {}; }
};

}  // namespace quant
