#include "core/kernels/cast.h"

#include "core/kernels/element.h"
#include "core/kernels/walk.h"
#include "core/threads.h"

namespace core {
namespace {

template <class To, class From>
To converted(From x) {
  return store<To>(static_cast<Arithmetic<To>>(load(x)));
}

// Out of line and over restrict pointers: inside a parallel region g++ leaves the loop scalar.
template <class From, class To>
[[gnu::noinline]] void convert(const From* __restrict x, To* __restrict y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = converted<To>(x[i]);
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype) {
  if (dtype == x.dtype()) return x;
  Tensor y = Tensor::empty(x.shape(), dtype);
  dispatch_element("cast", x.dtype(), [&]<class From>(From) {
    dispatch_element("cast", dtype, [&]<class To>(To) {
      const From* from = x.data<From>().data();
      To* to = y.writable<To>().data();
      parallel_for(x.numel(), 2 * kGrain, [&](std::int64_t begin, std::int64_t end) {
        convert(from + begin, to + begin, end - begin);
      });
    });
  });
  return y;
}

}  // namespace core
