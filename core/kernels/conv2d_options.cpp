#include "core/kernels/conv2d_options.h"

namespace core {

Shape conv2d_shape(const Shape& x, const Shape& w, const Conv2dOptions& o) {
  require("conv2d", x.rank() == 4 && w.rank() == 4,
          "x must be (N,H,W,C), w (O,I,KH,KW); got x {}, w {}", x, w);
  require("conv2d",
          o.stride[0] >= 1 && o.stride[1] >= 1 && o.dilation[0] >= 1 && o.dilation[1] >= 1 &&
              o.pad[0] >= 0 && o.pad[1] >= 0 && o.groups >= 1,
          "stride, dilation and groups must be >= 1 and pad >= 0; got stride {},{}, dilation "
          "{},{}, groups {}, pad {},{}",
          o.stride[0], o.stride[1], o.dilation[0], o.dilation[1], o.groups, o.pad[0], o.pad[1]);
  require("conv2d", x[3] == w[1] * o.groups,
          "channels of x must be I * groups; got x {}, w {}, groups {}", x, w, o.groups);
  require("conv2d", w[0] % o.groups == 0 && w.numel() > 0,
          "w must not be empty and O must be a multiple of groups; got x {}, w {}, groups {}", x, w,
          o.groups);
  std::int64_t out[2];
  for (int axis = 0; axis < 2; ++axis) {
    const auto k = static_cast<std::size_t>(axis);
    const std::int64_t room = x[1 + axis] + 2 * o.pad[k] - (o.dilation[k] * (w[2 + axis] - 1) + 1);
    require(
        "conv2d", room >= 0,
        "the dilated window must fit the padded image; got x {}, w {}, pad {},{}, dilation {},{}",
        x, w, o.pad[0], o.pad[1], o.dilation[0], o.dilation[1]);
    out[axis] = room / o.stride[k] + 1;
  }
  return {x[0], out[0], out[1], w[0]};
}

}  // namespace core
