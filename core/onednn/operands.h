// Operands of convolutions and matrix products: which types go together, and rounding to bf16.
//
// Precision::bf16 means: both operands are rounded to bf16 (nearest even, NaN stays NaN), products
// are summed in f32, and the result is rounded to bf16 where the first operand, the activations,
// came as bf16.  Where the processor or oneDNN cannot do that, the rounded values are multiplied as
// f32.
#pragma once

#include "core/onednn/engine.h"
#include "core/tensor.h"

namespace core::onednn {

/// throws: ShapeError unless both are f32, both f64, or, with Precision::bf16, each is f32 or bf16.
void check_operands(std::string_view op, const Tensor& a, const Tensor& b, Precision precision);

/// Values rounded to bf16 but stored as f32 (f64 for an f64 tensor).
Tensor rounded_to_bf16(const Tensor& x);

/// How the second operand of a bf16 product reaches oneDNN: a weight is rounded while it is packed.
enum class Second { rounded_here, rounded_by_packing };

/// Runs one product into y: `plain(a, b, y)` on f64, else `fast(a, b, y)`, which returns false when
/// oneDNN has no primitive for the types it is given.
template <class Fast, class Plain>
void run_product(std::string_view op, const Tensor& a, const Tensor& b, Second second,
                 Precision precision, Tensor& y, Fast&& fast, Plain&& plain) {
  const bool rounds = precision == Precision::bf16;
  if (a.dtype() == DType::f64) {
    if (rounds)
      plain(rounded_to_bf16(a), rounded_to_bf16(b), y);
    else
      plain(a, b, y);
    return;
  }
  if (rounds && bf16_native() &&
      fast(a.to(DType::bf16), second == Second::rounded_here ? b.to(DType::bf16) : b, y)) {
    return;
  }
  const bool narrow = y.dtype() == DType::bf16;
  Tensor wide = narrow ? Tensor::empty(y.shape()) : Tensor();
  Tensor& into = narrow ? wide : y;
  const bool done = rounds ? fast(rounded_to_bf16(a), rounded_to_bf16(b), into) : fast(a, b, into);
  require(op, done, "shapes must be supported by oneDNN; got {}, {}", a.shape(), b.shape());
  if (narrow) y = wide.to(DType::bf16);
}

}  // namespace core::onednn
