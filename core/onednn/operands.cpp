#include "core/onednn/operands.h"

#include "core/threads.h"

namespace core::onednn {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

// Free function with restrict pointers: inside a lambda the loop does not vectorise.
template <class From, class To, class Fn>
void convert(const From* __restrict from, To* __restrict to, std::int64_t begin, std::int64_t end,
             Fn fn) {
  for (std::int64_t i = begin; i < end; ++i) to[i] = fn(from[i]);
}

template <class From, class To, class Fn>
Tensor converted(const Tensor& x, Fn fn) {
  Tensor out = Tensor::empty(x.shape(), dtype_of<To>());
  const From* from = x.data<From>().data();
  To* to = out.writable<To>().data();
  parallel_for(x.numel(), kGrain,
               [&](std::int64_t begin, std::int64_t end) { convert(from, to, begin, end, fn); });
  return out;
}

}  // namespace

void check_operands(std::string_view op, const Tensor& a, const Tensor& b, Precision precision) {
  const auto small = [](DType t) { return t == DType::f32 || t == DType::bf16; };
  const bool doubles = a.dtype() == DType::f64 && b.dtype() == DType::f64;
  const bool ok = doubles || (precision == Precision::bf16
                                  ? small(a.dtype()) && small(b.dtype())
                                  : a.dtype() == DType::f32 && b.dtype() == DType::f32);
  require(op, ok,
          "operands must both be f32 or both f64, or f32 and bf16 with precision bf16; got {} {}, "
          "{} {}, precision {}",
          a.dtype(), a.shape(), b.dtype(), b.shape(), name_of(precision));
}

Tensor to_bf16(const Tensor& x) {
  if (x.dtype() == DType::bf16) return x;
  return converted<float, bf16>(x, [](float v) { return bf16(v); });
}

Tensor rounded_to_bf16(const Tensor& x) {
  if (x.dtype() == DType::bf16)
    return converted<bf16, float>(x, [](bf16 v) { return static_cast<float>(v); });
  if (x.dtype() == DType::f32) {
    return converted<float, float>(x, [](float v) { return static_cast<float>(bf16(v)); });
  }
  return converted<double, double>(x, [](double v) {
    return static_cast<double>(static_cast<float>(bf16(static_cast<float>(v))));
  });
}

}  // namespace core::onednn
