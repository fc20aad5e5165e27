// oneDNN primitives with nothing around them: what a convolution or a product costs when only
// execute() is called, operands packed beforehand.  Descriptors are written here, not taken from
// core/onednn; no other file of the benchmarks sees a oneDNN type.
//
// With Layout::ours activations lie as the framework keeps them (N,H,W,C, plain matrices); with
// Layout::chosen oneDNN also chooses the layout of the activations.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/kernels/conv/conv2d.h"

namespace bench {

enum class Layout { ours, chosen };
enum class Direction { forward, backward_data, backward_weights };
const char* name_of(Direction);

struct Alone {
  std::function<void()> run;
  std::string implementation;  // "brgconv:avx512_core"
};

struct ConvolutionShape {
  core::Shape x, w, y;
  core::Conv2dOptions options;
};
/// operand: type of x, w and dy as they are read; result: type of what is written (weight
/// gradients are f32).  Nothing where oneDNN has no primitive.
std::optional<Alone> convolution_alone(const ConvolutionShape& shape, Direction direction,
                                       core::DType operand, core::DType result, Layout layout);

struct ProductShape {
  std::int64_t batch = 1, M = 0, N = 0, K = 0;
  bool trans_a = false, trans_b = false;  // a lies as (K, M), b as (N, K)
  bool weight = false;                    // b is packed as oneDNN likes it, in either layout
};
std::optional<Alone> product_alone(const ProductShape& shape, core::DType operand,
                                   core::DType result, Layout layout);

}  // namespace bench
