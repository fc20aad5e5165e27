#include "core/onednn/conv2d.h"

#include <string_view>

#include "core/onednn/engine.h"
#include "core/onednn/primitive.h"
#include "core/system/threads.h"

namespace core::onednn {
namespace {

using dnnl::memory;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;
using Dims = dnnl::memory::dims;

enum Kind : std::int64_t { kForward = 1, kBackwardData, kBackwardWeights };

/// What the three directions share, in oneDNN's order of axes.
struct Layouts {
  memory::desc x, y, w_plain, w_any, bias;
  Dims stride, dilation, pad;
};

Key key_of(Kind kind, const Shape& x, const Shape& w, const Conv2dOptions& o, bool bias,
           DType activations, DType weights, DType result) {
  const std::int64_t flags =
      kind | (bias ? 8 : 0) | (o.relu ? 16 : 0) | (static_cast<std::int64_t>(activations) << 8) |
      (static_cast<std::int64_t>(weights) << 16) | (static_cast<std::int64_t>(result) << 24);
  return {{flags, threads(), x[0], x[1], x[2], x[3], w[0], w[1], w[2], w[3], o.stride[0],
           o.stride[1], o.pad[0], o.pad[1], o.dilation[0], o.dilation[1], o.groups}};
}

Layouts layouts_of(const Shape& x, const Shape& w, const Shape& y, const Conv2dOptions& o,
                   Type x_type, Type y_type, Type w_plain, Type w_wanted) {
  Layouts l;
  l.x = memory::desc({x[0], x[3], x[1], x[2]}, x_type, Tag::nhwc);
  l.y = memory::desc({y[0], y[3], y[1], y[2]}, y_type, Tag::nhwc);
  const Dims w_dims = o.groups == 1 ? Dims{w[0], w[1], w[2], w[3]}
                                    : Dims{o.groups, w[0] / o.groups, w[1], w[2], w[3]};
  l.w_plain = memory::desc(w_dims, w_plain, o.groups == 1 ? Tag::oihw : Tag::goihw);
  l.w_any = memory::desc(w_dims, w_wanted, Tag::any);
  l.bias = memory::desc({w[0]}, Type::f32, Tag::x);
  l.stride = {o.stride[0], o.stride[1]};
  l.dilation = {o.dilation[0] - 1, o.dilation[1] - 1};  // oneDNN: 0 = dense
  l.pad = {o.pad[0], o.pad[1]};
  return l;
}

dnnl::convolution_forward::primitive_desc forward_of(const Layouts& l, bool bias, bool relu) {
  using dnnl::convolution_forward;
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  constexpr auto kDirect = dnnl::algorithm::convolution_direct;
  const auto desc = bias ? convolution_forward::desc(kKind, kDirect, l.x, l.w_any, l.bias, l.y,
                                                     l.stride, l.dilation, l.pad, l.pad)
                         : convolution_forward::desc(kKind, kDirect, l.x, l.w_any, l.y, l.stride,
                                                     l.dilation, l.pad, l.pad);
  dnnl::primitive_attr attributes = strict_attributes();
  if (relu) {
    dnnl::post_ops epilogue;
    epilogue.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(epilogue);
  }
  return convolution_forward::primitive_desc(desc, attributes, engine());
}

/// The forward primitive; for 16 outputs of 1 or 16 channels a faster one.  N,H,W,1 is N,1,H,W, and
/// N,H,W,16 is one block of oneDNN's channel-blocked layout; told so, oneDNN takes its
/// first-convolution kernel (1-16, 28x28, batch 128, one thread: 0.30 against 0.59 ms) and its
/// direct one (16-16, two threads of a Zen 5: 1.08 against 1.44 ms, in bf16 0.53 against 0.78).
dnnl::convolution_forward::primitive_desc best_forward_of(Layouts& l, const Shape& x,
                                                          const Shape& y, const Conv2dOptions& o,
                                                          bool bias) {
  const bool first = x[3] == 1;
  const bool block = x[3] == 16 && !has_amx();
  if ((first || block) && y[3] == 16 && o.groups == 1) {
    Layouts blocked = l;
    blocked.x = memory::desc(l.x.dims(), l.x.data_type(), first ? Tag::nchw : Tag::nChw16c);
    blocked.y = memory::desc(l.y.dims(), l.y.data_type(), Tag::nChw16c);
    try {
      const auto desc = forward_of(blocked, bias, o.relu);
      if (std::string_view(desc.impl_info_str()).starts_with("jit")) {
        l = blocked;
        return desc;
      }
    } catch (const dnnl::error&) {
      // no kernel for that pair of layouts: the plain description has one
    }
  }
  return forward_of(l, bias, o.relu);
}

/// Whether bf16 operands go to oneDNN's bf16 kernels; if not, they are multiplied as f32.
///
/// In 2.6.3 those kernels give wrong values or write outside their buffers for rare shapes, such as
///   backward data    x (1,5,6,7), w (9,7,1,1);
///   backward weights x (5,8,28,16), w (34,8,2,2), dilation 3, 2 groups; x (3,1,2,2), w (48,2,5,5),
///     stride 3, pad 2,3; x (1,5,2,48), w (144,16,2,2), stride 3, 3 groups; every image narrower
///     than the stride.
/// So they get only the family that networks are made of.  Strided 1x1 windows, whose weight
/// gradient is wrong in f32 too, never come here: see core/kernels/conv2d.
bool bf16_kernels_are_right(const Shape& x, const Shape& w, const Conv2dOptions& o) {
  const bool usual = o.groups == 1 && w[2] % 2 == 1 && w[3] == w[2] && o.dilation[0] == 1 &&
                     o.dilation[1] == 1 && o.stride[0] <= 2 && o.stride[1] == o.stride[0] &&
                     o.pad[0] <= w[2] / 2 && o.pad[1] == o.pad[0] && x[1] >= w[2] && x[2] >= w[3] &&
                     x[1] >= o.stride[0] && x[2] >= o.stride[1];
  return usual && (w[2] > 1 || (w[0] % 16 == 0 && w[1] % 16 == 0));
}

/// Whether oneDNN's bf16 kernel of the weight gradient beats its f32 kernel on widened operands.
/// With AMX it loses in a first layer (3-16, 32x32, batch 128, two threads of a Sapphire Rapids:
/// 1.60 against 0.55 ms).  Without, it loses where the stride is 2 and the input has few channels
/// (two threads of a Zen 4, ms of bf16 against f32 inside a reconstruction: 16-32 at 28x28, batch
/// 32, 0.49 against 0.29, 32-64 at 14x14 0.44 against 0.38, and widening takes 0.05; but 64-128 at
/// 56x56, batch 16, 5.6 against 11.7).  A bf16 product with the windows of x written out takes 0.52
/// and 0.34 there, and 1.3 to 2 times the bf16 kernel at stride 1.
bool bf16_weight_gradient_pays(const Shape& w, const Conv2dOptions& o) {
  if (has_amx()) return w[1] >= 16;
  return o.stride[0] == 1 || w[2] == 1 || w[1] < 16 || w[1] > 32;
}

std::string description(std::string_view direction, const Shape& x, const Shape& w,
                        const Conv2dOptions& o, DType activations) {
  return fmt::format(
      "conv2d {} {} x {} w {} stride {},{} pad {},{} dilation {},{} groups {} threads {}",
      direction, activations, x, w, o.stride[0], o.stride[1], o.pad[0], o.pad[1], o.dilation[0],
      o.dilation[1], o.groups, threads());
}

}  // namespace

bool conv2d_forward(const Tensor& x, const Tensor& w, const Tensor* bias,
                    const Conv2dOptions& options, Tensor& y) {
  if (x.dtype() == DType::bf16 && !bf16_kernels_are_right(x.shape(), w.shape(), options))
    return false;
  const Key key = key_of(kForward, x.shape(), w.shape(), options, bias != nullptr, x.dtype(),
                         w.dtype(), y.dtype());
  Primitive* p = find(
      key,
      [&](Primitive& made) {
        const Type type = type_of(x.dtype());
        Layouts l = layouts_of(x.shape(), w.shape(), y.shape(), options, type, type_of(y.dtype()),
                               type_of(w.dtype()), type);
        const auto desc = best_forward_of(l, x.shape(), y.shape(), options, bias != nullptr);
        made.run = dnnl::convolution_forward(desc);
        made.implementation = desc.impl_info_str();
        made.src = empty_memory(l.x);
        made.dst = empty_memory(l.y);
        made.bias = empty_memory(l.bias);
        made.weights = WeightLayout(l.w_plain, desc.weights_desc());
      },
      [&] { return description("forward", x.shape(), w.shape(), options, x.dtype()); });
  if (p == nullptr) return false;
  Packed temporary;
  const dnnl::memory& weights = p->weights.of(w, temporary);
  point(p->src, x);
  p->dst.set_data_handle(y.raw_writable());
  if (bias == nullptr) {
    execute(p->run, {{DNNL_ARG_SRC, p->src.get()},
                     {DNNL_ARG_WEIGHTS, weights.get()},
                     {DNNL_ARG_DST, p->dst.get()}});
  } else {
    point(p->bias, *bias);
    execute(p->run, {{DNNL_ARG_SRC, p->src.get()},
                     {DNNL_ARG_WEIGHTS, weights.get()},
                     {DNNL_ARG_BIAS, p->bias.get()},
                     {DNNL_ARG_DST, p->dst.get()}});
  }
  return true;
}

bool conv2d_backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions& options,
                          Tensor& dx) {
  if (dy.dtype() == DType::bf16 && !bf16_kernels_are_right(dx.shape(), w.shape(), options))
    return false;
  const Key key = key_of(kBackwardData, dx.shape(), w.shape(), options, false, dy.dtype(),
                         w.dtype(), dx.dtype());
  Primitive* p = find(
      key,
      [&](Primitive& made) {
        const Type type = type_of(dy.dtype());
        const auto hint = forward_of(
            layouts_of(dx.shape(), w.shape(), dy.shape(), options, type, type, type, type), false,
            false);
        const Layouts l = layouts_of(dx.shape(), w.shape(), dy.shape(), options,
                                     type_of(dx.dtype()), type, type_of(w.dtype()), type);
        const dnnl::convolution_backward_data::primitive_desc desc(
            {dnnl::algorithm::convolution_direct, l.x, l.w_any, l.y, l.stride, l.dilation, l.pad,
             l.pad},
            strict_attributes(), engine(), hint);
        made.run = dnnl::convolution_backward_data(desc);
        made.implementation = desc.impl_info_str();
        made.src = empty_memory(l.y);
        made.dst = empty_memory(l.x);
        made.weights = WeightLayout(l.w_plain, desc.weights_desc());
      },
      [&] { return description("backward_data", dx.shape(), w.shape(), options, dy.dtype()); });
  if (p == nullptr) return false;
  Packed temporary;
  const dnnl::memory& weights = p->weights.of(w, temporary);
  point(p->src, dy);
  p->dst.set_data_handle(dx.raw_writable());
  execute(p->run, {{DNNL_ARG_DIFF_DST, p->src.get()},
                   {DNNL_ARG_WEIGHTS, weights.get()},
                   {DNNL_ARG_DIFF_SRC, p->dst.get()}});
  return true;
}

bool conv2d_backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions& options,
                             Tensor& dw) {
  if (dy.dtype() == DType::bf16 && !(bf16_kernels_are_right(x.shape(), dw.shape(), options) &&
                                     bf16_weight_gradient_pays(dw.shape(), options))) {
    return false;
  }
  const Key key = key_of(kBackwardWeights, x.shape(), dw.shape(), options, false, dy.dtype(),
                         DType::f32, DType::f32);
  Primitive* p = find(
      key,
      [&](Primitive& made) {
        const Type type = type_of(x.dtype());
        const auto hint = forward_of(
            layouts_of(x.shape(), dw.shape(), dy.shape(), options, type, type, type, type), false,
            false);
        const Layouts l = layouts_of(x.shape(), dw.shape(), dy.shape(), options, type, type,
                                     Type::f32, Type::f32);
        const dnnl::convolution_backward_weights::primitive_desc desc(
            {dnnl::algorithm::convolution_direct, l.x, l.w_any, l.y, l.stride, l.dilation, l.pad,
             l.pad},
            strict_attributes(), engine(), hint);
        made.run = dnnl::convolution_backward_weights(desc);
        made.implementation = desc.impl_info_str();
        made.src = empty_memory(l.x);
        made.dst = empty_memory(l.y);
        made.plain_gradient = empty_memory(l.w_plain);
        const memory::desc wanted = desc.diff_weights_desc();
        if (wanted == l.w_plain) return;
        made.gradient_bytes = std::make_shared<Storage>(wanted.get_size());
        made.gradient = memory(wanted, engine(), made.gradient_bytes->bytes());
        made.unpack = dnnl::reorder(dnnl::reorder::primitive_desc(engine(), wanted, engine(),
                                                                  l.w_plain, strict_attributes()));
      },
      [&] { return description("backward_weights", x.shape(), dw.shape(), options, dy.dtype()); });
  if (p == nullptr) return false;
  point(p->src, x);
  point(p->dst, dy);
  p->plain_gradient.set_data_handle(dw.raw_writable());
  const dnnl::memory& gradient = p->unpack ? p->gradient : p->plain_gradient;
  execute(p->run, {{DNNL_ARG_SRC, p->src.get()},
                   {DNNL_ARG_DIFF_DST, p->dst.get()},
                   {DNNL_ARG_DIFF_WEIGHTS, gradient.get()}});
  if (p->unpack) {
    execute(*p->unpack, {{DNNL_ARG_FROM, gradient.get()}, {DNNL_ARG_TO, p->plain_gradient.get()}});
  }
  return true;
}

}  // namespace core::onednn
