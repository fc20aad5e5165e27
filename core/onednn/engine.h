// What the program may ask about oneDNN without seeing a oneDNN type.
//
// One engine and one stream serve the process.  Primitives are kept per calling thread (their
// memory arguments are part of them), keyed by shapes, parameters, types and thread count; this is
// a memo that cannot change a result.  f32 is computed as f32: the fpmath mode is set to strict,
// whatever the environment says.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace core::onednn {

/// True when this processor and library multiply bf16 operands natively.  When false,
/// Precision::bf16 is computed by rounding the operands to bf16 and multiplying in f32: same
/// meaning, no gain in speed.
bool bf16_native();

/// Whether it multiplies bf16 operands in tiles (AMX), several times as fast as f32.
bool has_amx();

/// "2.6.3"
std::string version();
/// The instruction set that oneDNN uses, in its own numbering turned to words: "avx512_core_bf16".
std::string isa();

/// Implementations of the primitives that this thread keeps, one line each, in order of creation:
/// "conv2d forward 128x28x28x16 16x16x3x3: brgconv:avx512_core".
std::vector<std::string> kept_primitives();

}  // namespace core::onednn
