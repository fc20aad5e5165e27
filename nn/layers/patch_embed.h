// PatchEmbed: non-overlapping patches to tokens.  The weight is stored as timm's convolution `proj`
// (O,C,p,p) and computed as one matrix product over patches.
//
// Hooks: those of `proj`, a Conv2d: its input hook sees the image, its output hook the tokens.
#pragma once

#include "nn/layers/conv2d.h"

namespace nn {

class PatchEmbed final : public Module {
 public:
  PatchEmbed(std::int64_t in_channels, std::int64_t patch, std::int64_t dim)
      : proj(in_channels, dim, patch, {.stride = {patch, patch}}, true), patch_(patch) {}

  Conv2d proj;

  std::string_view type() const override { return "PatchEmbed"; }
  void fields(Fields& f) override { f("proj", proj); }
  /// shapes: (N,H,W,C) -> (N, (H/p)(W/p), dim), patches in row-major order
  autograd::Variable forward(const autograd::Variable& images, Pass& pass) const;

 private:
  std::int64_t patch_;
};

}  // namespace nn
