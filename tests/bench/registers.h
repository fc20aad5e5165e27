// Arithmetic that touches nothing but registers: the limit of any product on the vector units of
// this machine, at whatever clock it runs just then.  AMX is not among them; with it a bf16 product
// may do more than this.
#pragma once

#include <functional>

#include "core/dtype.h"

namespace bench {

/// One call of it, on every thread.
struct RegisterWork {
  double flops = 0;
  std::function<void()> run;
};

/// Fused multiply-adds of f32, or dot products of bf16 pairs; those of f32 where bf16 has no
/// instructions.
RegisterWork register_work(core::DType type);
bool has_bf16_registers();

/// `rounds` rounds of f32 multiply-adds on the calling thread: 6 to 8 cycles each.
void spin(std::int64_t rounds);

}  // namespace bench
