#include "core/kernels/cholesky.h"

#include <cmath>

// LAPACK, which reads matrices column by column: its lower triangle is our upper one.
extern "C" {
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info);
void dpotri_(const char* uplo, const int* n, double* a, const int* lda, int* info);
}

namespace core {
namespace {

void check(std::string_view op, const Tensor& h) {
  require(op, h.shape().rank() == 2 && h.shape()[0] == h.shape()[1] && h.dtype() == DType::f64,
          "needs a square f64 matrix; got {} {}", h.dtype(), h.shape());
}

/// The factor in the upper triangle; what stands below is not touched.
std::optional<Tensor> factorised(const Tensor& h) {
  Tensor out = h;
  const auto values = out.writable<double>();
  for (const double v : values) {
    if (!std::isfinite(v)) return std::nullopt;
  }
  const int n = static_cast<int>(h.shape()[0]);
  int info = 0;
  if (n > 0) dpotrf_("L", &n, values.data(), &n, &info);
  if (info != 0) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Tensor> inverse_positive(const Tensor& h) {
  check("inverse_positive", h);
  std::optional<Tensor> out = factorised(h);
  if (!out) return std::nullopt;
  const std::int64_t k = h.shape()[0];
  const int n = static_cast<int>(k);
  const auto a = out->writable<double>();
  int info = 0;
  if (n > 0) dpotri_("L", &n, a.data(), &n, &info);
  if (info != 0) return std::nullopt;
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t j = 0; j < i; ++j) a[i * k + j] = a[j * k + i];
  }
  return out;
}

std::optional<Tensor> upper_factor(const Tensor& h) {
  check("upper_factor", h);
  std::optional<Tensor> out = factorised(h);
  if (!out) return std::nullopt;
  const std::int64_t k = h.shape()[0];
  const auto a = out->writable<double>();
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t j = 0; j < i; ++j) a[i * k + j] = 0;
  }
  return out;
}

}  // namespace core
