// Well-formed HDF5 images with contents that an input chooses.
#pragma once

#include <bit>

#include "core/io/h5.h"
#include "experiments/h5_content.h"
#include "tests/fuzz/fuzz.h"

namespace fuzz {

/// An attribute of some kind, or none.
inline void attribute(core::h5::File& file, const char* name, Source& source) {
  switch (source.byte() % 4) {
    case 1:
      return file.set_attribute(name, std::string_view(source.line()));
    case 2:
      return file.set_attribute(name, source.integer());
    case 3:
      return file.set_attribute(name, std::bit_cast<double>(source.integer()));
    default:
      return;
  }
}

/// A small tensor of some type and shape.
inline core::Tensor tensor(Source& source) {
  constexpr core::DType kTypes[] = {core::DType::f32, core::DType::f64, core::DType::bf16,
                                    core::DType::s64, core::DType::u8,  core::DType::s32};
  const core::DType dtype = kTypes[source.byte() % std::size(kTypes)];
  std::vector<std::int64_t> dims;
  for (int rank = source.byte() % 4; rank > 0; --rank) dims.push_back(source.byte() % 8);
  core::Tensor t = core::Tensor::empty(core::Shape(std::span<const std::int64_t>(dims)), dtype);
  std::byte* to = t.raw_writable();
  for (std::size_t i = 0; i < t.byte_size(); ++i) to[i] = std::byte{source.byte()};
  return t;
}

/// A dataset of some type and shape, of texts, a group in its place, or nothing.
inline void column(core::h5::File& file, const std::string& path, Source& source) {
  const std::uint8_t kind = source.byte() % 8;
  if (kind == 0) return;
  if (kind == 1) {
    file.create_group(path);
  } else if (kind == 2) {
    std::vector<std::string> texts(source.byte() % 4);
    for (std::string& t : texts) t = source.line();
    file.write(path, std::span<const std::string>(texts));
  } else {
    file.write(path, tensor(source), {.compress = kind % 2 == 0});
  }
}

/// What a child process that read the image would say about it.
inline experiments::H5Content content(const core::h5::File& file) {
  const experiments::H5Content read = experiments::read_content(file);
  const std::vector<std::byte> packed = experiments::pack(read);
  experiments::H5Content out = experiments::unpack(packed, "input");
  require(experiments::pack(out) == packed, "contents survive the way between processes");
  return out;
}

}  // namespace fuzz
