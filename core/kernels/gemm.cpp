#include "core/kernels/gemm.h"

#include <cblas.h>

#include <algorithm>
#include <cstring>

#include "core/kernels/bf16/paired.h"
#include "core/kernels/bf16/paired_linear.h"
#include "core/kernels/reduce.h"
#include "core/kernels/reference/gemm.h"
#include "core/onednn/matmul.h"
#include "core/onednn/operands.h"
#include "core/system/threads.h"

namespace core {
namespace {

using onednn::Product;
using onednn::Second;

/// c = 0, or every row the bias: the product over an empty K.
void fill_empty_product(Tensor& c, const Tensor* bias) {
  if (c.numel() == 0) return;
  std::byte* out = c.raw_writable();
  std::memset(out, 0, c.byte_size());
  if (bias == nullptr) return;
  const Tensor row = bias->to(c.dtype());
  for (std::size_t at = 0; at < c.byte_size(); at += row.byte_size()) {
    std::memcpy(out + at, row.raw(), row.byte_size());
  }
}

void reference_product(const Product& p, const Tensor& a, const Tensor& b, const Tensor* bias,
                       Tensor& c) {
  const reference::Operand left{a.data<double>().data(), p.M * p.K, p.trans_a ? 1 : p.K,
                                p.trans_a ? p.M : 1};
  const reference::Operand right{b.data<double>().data(), p.one_b ? 0 : p.K * p.N,
                                 p.trans_b ? 1 : p.N, p.trans_b ? p.K : 1};
  reference::matmul(left, right, bias ? bias->data<double>().data() : nullptr,
                    c.writable<double>().data(), p.batch, p.M, p.N, p.K);
}

/// Whether OpenBLAS multiplies a batch of small f32 matrices faster than oneDNN's matmul.  Measured
/// on Zen 4, one thread, GF/s oneDNN against OpenBLAS: 512 x 50x16x50 46/101, with aT 39/101, 512 x
/// 50x50x16 bT 35/47, 192 x 50x64x50 aT 90/107; but 192 x 50x50x64 bT 51/38.
bool openblas_is_faster(const Product& p) {
  return p.batch > 1 && !p.weight && (p.trans_a || p.N <= 32 || p.K <= 32) &&
         p.M * p.N * p.K < 1'000'000;
}

/// Whether c = aT . b, a weight gradient, is summed by pairs.
bool by_pairs(const Product& p, const Tensor& a, const Tensor& c) {
  return p.batch == 1 && p.trans_a && !p.trans_b && a.dtype() == DType::bf16 &&
         c.dtype() == DType::f32 && paired::pays(p.K, p.N, p.M);
}

/// Whether a layer's output, or the gradient of its input, is summed by pairs.
bool by_rows_of_pairs(const Product& p, const Tensor& a, const Tensor& c) {
  return p.weight && a.dtype() == DType::bf16 && c.dtype() == DType::bf16 &&
         paired::linear_pays(p.M, p.K, p.N);
}

/// One sgemm a matrix, matrices in parallel; inside the parallel loop OpenBLAS stays on its thread.
void small_products(const Product& p, const Tensor& a, const Tensor& b, Tensor& c) {
  const float *left = a.data<float>().data(), *right = b.data<float>().data();
  float* out = c.writable<float>().data();
  const std::int64_t grain =
      std::max<std::int64_t>(1, 500'000 / std::max<std::int64_t>(1, p.M * p.N * p.K));
  parallel_for(p.batch, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      cblas_sgemm(CblasRowMajor, p.trans_a ? CblasTrans : CblasNoTrans,
                  p.trans_b ? CblasTrans : CblasNoTrans, static_cast<int>(p.M),
                  static_cast<int>(p.N), static_cast<int>(p.K), 1.0f, left + i * p.M * p.K,
                  static_cast<int>(p.trans_a ? p.M : p.K), right + (p.one_b ? 0 : i * p.K * p.N),
                  static_cast<int>(p.trans_b ? p.K : p.N), 0.0f, out + i * p.M * p.N,
                  static_cast<int>(p.N));
    }
  });
}

/// `sums`, unless nullptr, may be filled with those of a over its rows.
void product(std::string_view op, const Product& p, const Tensor& a, const Tensor& b,
             const Tensor* bias, Precision precision, Tensor& c, Tensor* sums = nullptr) {
  if (c.numel() == 0 || p.K == 0) {
    fill_empty_product(c, bias);
    return;
  }
  onednn::run_product(
      op, a, b, p.weight ? Second::rounded_by_packing : Second::rounded_here, precision, c,
      [&](const Tensor& x, const Tensor& y, Tensor& to) {
        if (x.dtype() == DType::f32 && bias == nullptr && openblas_is_faster(p)) {
          small_products(p, x, y, to);
          return true;
        }
        if (by_pairs(p, x, to)) {
          if (sums != nullptr) *sums = Tensor::empty({p.M});
          paired::backward_weights(x, y, to, sums);
          return true;
        }
        if (by_rows_of_pairs(p, x, to)) {
          if (p.trans_b)
            paired::linear(x, y, bias, to);
          else
            paired::linear_backward_data(x, y, to);
          return true;
        }
        return onednn::matmul(p, x, y, bias, to);
      },
      [&](const Tensor& x, const Tensor& y, Tensor& to) { reference_product(p, x, y, bias, to); });
}

/// Product of all leading extents.
std::int64_t leading(const Shape& s, int trailing) {
  std::int64_t count = 1;
  for (int i = 0; i < s.rank() - trailing; ++i) count *= s[i];
  return count;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, MatmulOptions o) {
  const Shape &sa = a.shape(), &sb = b.shape();
  require("matmul", sa.rank() >= 2 && sb.rank() >= 2,
          "operands must have rank >= 2; got a {}, b {}", sa, sb);
  require("matmul",
          sb.rank() == 2 || (sa.rank() == sb.rank() &&
                             std::equal(sb.dims().begin(), sb.dims().end() - 2, sa.dims().begin())),
          "leading axes must be equal, or b of rank 2; got a {}, b {}", sa, sb);
  Product p{.batch = leading(sa, 2),
            .M = sa[o.trans_a ? -1 : -2],
            .N = sb[o.trans_b ? -2 : -1],
            .K = sa[o.trans_a ? -2 : -1],
            .trans_a = o.trans_a,
            .trans_b = o.trans_b,
            .one_b = sb.rank() == 2};
  require("matmul", p.K == sb[o.trans_b ? -1 : -2],
          "inner extents must be equal; got a {}{}, b {}{}", sa, o.trans_a ? " transposed" : "", sb,
          o.trans_b ? " transposed" : "");
  onednn::check_operands("matmul", a, b, o.precision);
  Tensor c = Tensor::empty(sa.with(-2, p.M).with(-1, p.N), a.dtype());
  if (p.one_b && !p.trans_a) {  // leading axes are rows of one matrix
    p.M *= p.batch;
    p.batch = 1;
  }
  product("matmul", p, a, b, nullptr, o.precision, c);
  return c;
}

Tensor linear(const Tensor& x, const Tensor& w, const Tensor* bias, Precision precision) {
  const Shape &sx = x.shape(), &sw = w.shape();
  require("linear", sx.rank() >= 1 && sw.rank() == 2 && sx[-1] == sw[1],
          "x must be (.., I), w (O, I); got x {}, w {}", sx, sw);
  onednn::check_operands("linear", x, w, precision);
  Tensor y = Tensor::empty(sx.with(-1, sw[0]), x.dtype());
  if (bias != nullptr) {
    const DType parameter = arithmetic_type(x.dtype());
    require("linear", bias->shape() == Shape{sw[0]} && bias->dtype() == parameter,
            "bias must be {} of shape (O); got bias {} {}, w {}", parameter, bias->dtype(),
            bias->shape(), sw);
  }
  const Product p{.batch = 1,
                  .M = leading(sx, 1),
                  .N = sw[0],
                  .K = sw[1],
                  .trans_a = false,
                  .trans_b = true,
                  .weight = true};
  product("linear", p, x, w, bias, precision, y);
  return y;
}

Tensor linear_backward_data(const Tensor& dy, const Tensor& w, Precision precision) {
  const Shape &sy = dy.shape(), &sw = w.shape();
  require("linear_backward_data", sy.rank() >= 1 && sw.rank() == 2 && sy[-1] == sw[0],
          "dy must be (.., O), w (O, I); got dy {}, w {}", sy, sw);
  onednn::check_operands("linear_backward_data", dy, w, precision);
  Tensor dx = Tensor::empty(sy.with(-1, sw[1]), dy.dtype());
  const Product p{.batch = 1,
                  .M = leading(sy, 1),
                  .N = sw[1],
                  .K = sw[0],
                  .trans_a = false,
                  .trans_b = false,
                  .weight = true};
  product("linear_backward_data", p, dy, w, nullptr, precision, dx);
  return dx;
}

Tensor linear_backward_weights(const Tensor& dy, const Tensor& x, Precision precision,
                               Tensor* dbias) {
  const Shape &sy = dy.shape(), &sx = x.shape();
  require("linear_backward_weights",
          sy.rank() >= 1 && sx.rank() == sy.rank() &&
              std::equal(sx.dims().begin(), sx.dims().end() - 1, sy.dims().begin()),
          "dy must be (.., O), x (.., I) with equal leading axes; got dy {}, x {}", sy, sx);
  onednn::check_operands("linear_backward_weights", dy, x, precision);
  Tensor dw = Tensor::empty({sy[-1], sx[-1]}, arithmetic_type(dy.dtype()));
  const Product p{
      .batch = 1, .M = sy[-1], .N = sx[-1], .K = leading(sy, 1), .trans_a = true, .trans_b = false};
  Tensor sums;
  product("linear_backward_weights", p, dy, x, nullptr, precision, dw, dbias ? &sums : nullptr);
  if (dbias != nullptr) *dbias = sums.numel() > 0 ? sums : sum_to(dy, {sy[-1]}, dw.dtype());
  return dw;
}

Tensor gram_matrix(const Tensor& x) {
  require("gram_matrix", x.shape().rank() == 3, "x must be (G, R, K); got {}", x.shape());
  const std::int64_t rows = x.shape()[1], k = x.shape()[2];
  if (x.dtype() != DType::f32 || x.numel() == 0) return matmul(x, x, {.trans_a = true});
  Tensor out = Tensor::empty({x.shape()[0], k, k}, DType::f32);
  const float* from = x.data<float>().data();
  float* to = out.writable<float>().data();
  for (std::int64_t g = 0; g < x.shape()[0]; ++g) {
    float* square = to + g * k * k;
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, static_cast<int>(k), static_cast<int>(rows),
                1.0f, from + g * rows * k, static_cast<int>(k), 0.0f, square, static_cast<int>(k));
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < i; ++j) square[i * k + j] = square[j * k + i];
    }
  }
  return out;
}

}  // namespace core
