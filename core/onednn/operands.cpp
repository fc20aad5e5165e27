#include "core/onednn/operands.h"

#include "core/element.h"
#include "core/system/threads.h"

namespace core::onednn {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

// Free function with restrict pointers: inside a lambda the loop does not vectorise.
template <class T>
[[gnu::noinline]] void round_through(const T* __restrict x, T* __restrict y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    y[i] = static_cast<T>(load(store<bf16>(static_cast<float>(x[i]))));
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

Tensor rounded_to_bf16(const Tensor& x) {
  if (x.dtype() == DType::bf16) return x.to(DType::f32);
  return dispatch_float("rounded_to_bf16", x.dtype(), [&]<class T>(T) {
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    const T* from = x.data<T>().data();
    T* to = y.writable<T>().data();
    parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      round_through(from + begin, to + begin, end - begin);
    });
    return y;
  });
}

}  // namespace core::onednn
