// Operands of convolutions and matrix products: which types go together, and rounding to bf16.
//
// Precision::bf16 means: both operands are rounded to bf16 (nearest even, NaN stays NaN), products
// are summed in f32.  Where the processor or oneDNN cannot do that, the rounded values are
// multiplied as f32.
#pragma once

#include "core/onednn/engine.h"
#include "core/tensor.h"

namespace core::onednn {

/// throws: ShapeError unless both are f32, both f64, or, with Precision::bf16, each is f32 or bf16.
void check_operands(std::string_view op, const Tensor& a, const Tensor& b, Precision precision);

/// A bf16 tensor; itself when `x` is bf16 already.  dtype: f32 or bf16.
Tensor to_bf16(const Tensor& x);
/// Values rounded to bf16 but stored as f32 (f64 for an f64 tensor).
Tensor rounded_to_bf16(const Tensor& x);

/// The type of a result: f64 for f64 operands, else f32.
inline DType result_type(const Tensor& operand) {
  return operand.dtype() == DType::f64 ? DType::f64 : DType::f32;
}

/// How the second operand of a bf16 product reaches oneDNN: a weight is rounded while it is packed.
enum class Second { rounded_here, rounded_by_packing };

/// Runs one product: `plain(a, b)` on f64, else `fast(a, b)`, which returns false when oneDNN has
/// no primitive for the types it is given.
template <class Fast, class Plain>
void run_product(std::string_view op, const Tensor& a, const Tensor& b, Second second,
                 Precision precision, Fast&& fast, Plain&& plain) {
  const bool rounds = precision == Precision::bf16;
  if (a.dtype() == DType::f64) {
    if (rounds)
      plain(rounded_to_bf16(a), rounded_to_bf16(b));
    else
      plain(a, b);
    return;
  }
  if (rounds && bf16_native() && fast(to_bf16(a), second == Second::rounded_here ? to_bf16(b) : b))
    return;
  const bool done = rounds ? fast(rounded_to_bf16(a), rounded_to_bf16(b)) : fast(a, b);
  require(op, done, "shapes must be supported by oneDNN; got {}, {}", a.shape(), b.shape());
}

}  // namespace core::onednn
