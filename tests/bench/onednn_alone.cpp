#include "tests/bench/onednn_alone.h"

#include <cstring>
#include <dnnl.hpp>
#include <memory>
#include <unordered_map>

#include "core/onednn/primitive.h"

namespace bench {
namespace {

using core::onednn::engine;
using core::onednn::stream;
using dnnl::memory;
using Tag = memory::format_tag;
using Dims = memory::dims;

memory::data_type type_of(core::DType t) {
  return t == core::DType::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

/// Memory of its own, filled with ordinary numbers: zeros and denormals are not what is measured.
memory filled(const memory::desc& layout) {
  memory out(layout, engine());
  auto* bytes = static_cast<std::byte*>(out.get_data_handle());
  const float value = 0.37f;
  const auto bits = core::bf16(value).bits;
  const bool half = layout.data_type() == memory::data_type::bf16;
  const std::size_t each = half ? 2 : 4;
  for (std::size_t i = 0; i + each <= layout.get_size(); i += each)
    std::memcpy(bytes + i, half ? static_cast<const void*>(&bits) : &value, each);
  return out;
}

Alone alone(dnnl::primitive primitive, const char* implementation,
            std::unordered_map<int, memory> arguments) {
  return {[primitive = std::move(primitive), arguments = std::move(arguments)] {
            primitive.execute(stream(), arguments);
            stream().wait();
          },
          implementation};
}

dnnl::primitive_attr strict() {
  dnnl::primitive_attr attributes;
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
  return attributes;
}

/// Nothing instead of an exception where oneDNN has no primitive.
template <class Make>
std::optional<Alone> if_there_is_one(Make make) {
  try {
    return make();
  } catch (const dnnl::error&) {
    return std::nullopt;
  }
}

}  // namespace

const char* name_of(Direction direction) {
  switch (direction) {
    case Direction::forward:
      return "forward";
    case Direction::backward_data:
      return "backward data";
    case Direction::backward_weights:
      return "backward weights";
  }
  return "";
}

std::optional<Alone> convolution_alone(const ConvolutionShape& s, Direction direction,
                                       core::DType operand, core::DType result, Layout layout) {
  using dnnl::convolution_forward;
  constexpr auto kDirect = dnnl::algorithm::convolution_direct;
  const Tag images = layout == Layout::ours ? Tag::nhwc : Tag::any;
  const auto desc_of = [&](const core::Shape& shape, core::DType type) {
    return memory::desc({shape[0], shape[3], shape[1], shape[2]}, type_of(type), images);
  };
  const auto weights_of = [&](core::DType type) {
    return memory::desc({s.w[0], s.w[1], s.w[2], s.w[3]}, type_of(type), Tag::any);
  };
  const Dims stride{s.options.stride[0], s.options.stride[1]};
  const Dims pad{s.options.pad[0], s.options.pad[1]};
  const auto forward = [&](core::DType y_type) {
    return convolution_forward::primitive_desc(
        {dnnl::prop_kind::forward_training, kDirect, desc_of(s.x, operand), weights_of(operand),
         desc_of(s.y, y_type), stride, pad, pad},
        strict(), engine());
  };
  return if_there_is_one([&]() -> Alone {
    if (direction == Direction::forward) {
      const auto found = forward(result);
      return alone(convolution_forward(found), found.impl_info_str(),
                   {{DNNL_ARG_SRC, filled(found.src_desc())},
                    {DNNL_ARG_WEIGHTS, filled(found.weights_desc())},
                    {DNNL_ARG_DST, filled(found.dst_desc())}});
    }
    if (direction == Direction::backward_data) {
      const dnnl::convolution_backward_data::primitive_desc found(
          {kDirect, desc_of(s.x, result), weights_of(operand), desc_of(s.y, operand), stride, pad,
           pad},
          strict(), engine(), forward(operand));
      return alone(dnnl::convolution_backward_data(found), found.impl_info_str(),
                   {{DNNL_ARG_DIFF_SRC, filled(found.diff_src_desc())},
                    {DNNL_ARG_WEIGHTS, filled(found.weights_desc())},
                    {DNNL_ARG_DIFF_DST, filled(found.diff_dst_desc())}});
    }
    const dnnl::convolution_backward_weights::primitive_desc found(
        {kDirect, desc_of(s.x, operand), weights_of(core::DType::f32), desc_of(s.y, operand),
         stride, pad, pad},
        strict(), engine(), forward(operand));
    return alone(dnnl::convolution_backward_weights(found), found.impl_info_str(),
                 {{DNNL_ARG_SRC, filled(found.src_desc())},
                  {DNNL_ARG_DIFF_WEIGHTS, filled(found.diff_weights_desc())},
                  {DNNL_ARG_DIFF_DST, filled(found.diff_dst_desc())}});
  });
}

std::optional<Alone> product_alone(const ProductShape& s, core::DType operand, core::DType result,
                                   Layout layout) {
  const bool flat = s.batch == 1;
  const auto desc_of = [&](std::int64_t rows, std::int64_t columns, bool transposed,
                           core::DType type, bool free) {
    const Dims dims = flat ? Dims{rows, columns} : Dims{s.batch, rows, columns};
    if (free) return memory::desc(dims, type_of(type), Tag::any);
    const std::int64_t row = transposed ? 1 : columns, column = transposed ? rows : 1;
    return memory::desc(dims, type_of(type),
                        flat ? Dims{row, column} : Dims{rows * columns, row, column});
  };
  const bool chosen = layout == Layout::chosen;
  return if_there_is_one([&] {
    const dnnl::matmul::primitive_desc found(
        {desc_of(s.M, s.K, s.trans_a, operand, chosen),
         desc_of(s.K, s.N, s.trans_b, operand, chosen || s.weight),
         desc_of(s.M, s.N, false, result, chosen)},
        strict(), engine());
    return alone(dnnl::matmul(found), found.impl_info_str(),
                 {{DNNL_ARG_SRC, filled(found.src_desc())},
                  {DNNL_ARG_WEIGHTS, filled(found.weights_desc())},
                  {DNNL_ARG_DST, filled(found.dst_desc())}});
  });
}

}  // namespace bench
