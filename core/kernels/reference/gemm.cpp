#include "core/kernels/reference/gemm.h"

#include <algorithm>
#include <vector>

#include "core/system/threads.h"

namespace core::reference {
namespace {

/// row[n] += a * b[n], for contiguous rows.
void add_scaled(double* __restrict row, double a, const double* __restrict b, std::int64_t N) {
  for (std::int64_t n = 0; n < N; ++n) row[n] += a * b[n];
}

/// Copies one matrix of `b` to contiguous rows, so that the inner loop runs over neighbours.
void gather(const Operand& b, std::int64_t batch, std::int64_t K, std::int64_t N, double* out) {
  for (std::int64_t k = 0; k < K; ++k) {
    for (std::int64_t n = 0; n < N; ++n) {
      out[k * N + n] = b.data[batch * b.batch + k * b.row + n * b.column];
    }
  }
}

}  // namespace

void matmul(const Operand& a, const Operand& b, const double* bias, double* c, std::int64_t batch,
            std::int64_t M, std::int64_t N, std::int64_t K) {
  std::vector<double> rows(static_cast<std::size_t>(K * N));
  for (std::int64_t i = 0; i < batch; ++i) {
    if (i == 0 || b.batch != 0) gather(b, i, K, N, rows.data());
    const std::int64_t grain = std::max<std::int64_t>(1, 20'000 / std::max<std::int64_t>(1, K * N));
    parallel_for(M, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t m = begin; m < end; ++m) {
        double* row = c + (i * M + m) * N;
        for (std::int64_t n = 0; n < N; ++n) row[n] = bias ? bias[n] : 0.0;
        for (std::int64_t k = 0; k < K; ++k) {
          add_scaled(row, a.data[i * a.batch + m * a.row + k * a.column], rows.data() + k * N, N);
        }
      }
    });
  }
}

}  // namespace core::reference
