#include "core/onednn/matmul.h"

#include "core/onednn/primitive.h"
#include "core/system/threads.h"

namespace core::onednn {
namespace {

using dnnl::memory;
using Dims = dnnl::memory::dims;

constexpr std::int64_t kMatmul = 4;  // kinds 1 to 3 are the convolutions

/// Layout of a (batch, rows, columns) operand; `transposed` says that it lies as (batch, columns,
/// rows). One matrix is described with rank 2, for which oneDNN has its faster primitives.
memory::desc layout(std::int64_t batch, bool flat, std::int64_t rows, std::int64_t columns,
                    bool transposed, memory::data_type type) {
  const std::int64_t row = transposed ? 1 : columns, column = transposed ? rows : 1;
  if (flat) return {Dims{rows, columns}, type, Dims{row, column}};
  return {Dims{batch, rows, columns}, type, Dims{rows * columns, row, column}};
}

void make(Primitive& made, const Product& p, const Tensor& a, const Tensor& b, bool bias,
          DType result) {
  const bool flat = p.batch == 1;
  const memory::desc src = layout(p.batch, flat, p.M, p.K, p.trans_a, type_of(a.dtype()));
  const memory::desc plain =
      layout(p.one_b ? 1 : p.batch, flat, p.K, p.N, p.trans_b, type_of(b.dtype()));
  const memory::desc dst = layout(p.batch, flat, p.M, p.N, false, type_of(result));
  const memory::desc bias_layout = layout(1, flat, 1, p.N, false, memory::data_type::f32);
  const memory::desc wanted =
      p.weight ? memory::desc(plain.dims(), type_of(a.dtype()), memory::format_tag::any) : plain;
  const auto desc = bias ? dnnl::matmul::desc(src, wanted, bias_layout, dst)
                         : dnnl::matmul::desc(src, wanted, dst);
  const dnnl::matmul::primitive_desc found(desc, strict_attributes(), engine());
  made.run = dnnl::matmul(found);
  made.implementation = found.impl_info_str();
  made.src = empty_memory(src);
  made.dst = empty_memory(dst);
  made.bias = empty_memory(bias_layout);
  made.weights = WeightLayout(plain, found.weights_desc());
}

}  // namespace

bool matmul(const Product& p, const Tensor& a, const Tensor& b, const Tensor* bias, Tensor& c) {
  const std::int64_t flags =
      kMatmul | (bias ? 8 : 0) | (p.trans_a ? 16 : 0) | (p.trans_b ? 32 : 0) | (p.one_b ? 64 : 0) |
      (p.weight ? 128 : 0) | (static_cast<std::int64_t>(a.dtype()) << 8) |
      (static_cast<std::int64_t>(b.dtype()) << 16) | (static_cast<std::int64_t>(c.dtype()) << 24);
  Primitive* primitive = find(
      Key{{flags, threads(), p.batch, p.M, p.N, p.K}},
      [&](Primitive& made) { make(made, p, a, b, bias != nullptr, c.dtype()); },
      [&] {
        return fmt::format("matmul {} {} x {}x{}x{}{}{}{} threads {}", a.dtype(), p.batch, p.M, p.N,
                           p.K, p.trans_a ? " aT" : "", p.trans_b ? " bT" : "",
                           p.weight ? " weight" : "", threads());
      });
  if (primitive == nullptr) return false;
  Packed temporary;
  const dnnl::memory& weights = primitive->weights.of(b, temporary);
  point(primitive->src, a);
  primitive->dst.set_data_handle(c.raw_writable());
  if (bias == nullptr) {
    execute(primitive->run, {{DNNL_ARG_SRC, primitive->src.get()},
                             {DNNL_ARG_WEIGHTS, weights.get()},
                             {DNNL_ARG_DST, primitive->dst.get()}});
  } else {
    point(primitive->bias, *bias);
    execute(primitive->run, {{DNNL_ARG_SRC, primitive->src.get()},
                             {DNNL_ARG_WEIGHTS, weights.get()},
                             {DNNL_ARG_BIAS, primitive->bias.get()},
                             {DNNL_ARG_DST, primitive->dst.get()}});
  }
  return true;
}

}  // namespace core::onednn
