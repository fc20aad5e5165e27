// Matrix product in f64: the oracle of the tests and the f64 path of core/kernels/gemm.
//
// c[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] (+ bias[n]), operands given by strides so that a
// transpose is a swap of two numbers.  Each element is summed over k in order, on any number of
// threads.
#pragma once

#include <cstdint>

namespace core::reference {

/// One matrix operand: element (b, i, j) is data[b * batch + i * row + j * column]; batch 0
/// broadcasts.
struct Operand {
  const double* data;
  std::int64_t batch, row, column;
};

/// shapes: a (batch, M, K), b (batch, K, N), bias (N) or nullptr -> c (batch, M, N), contiguous.
void matmul(const Operand& a, const Operand& b, const double* bias, double* c, std::int64_t batch,
            std::int64_t M, std::int64_t N, std::int64_t K);

}  // namespace core::reference
