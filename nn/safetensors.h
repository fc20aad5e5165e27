// safetensors: reading and writing weight files, with every rule of the format enforced on the way
// in.
//
// A file is a little-endian u64 header length, a JSON header, and the data.  Refused: a header that
// is too long for the file (or above 16 MiB), does not start with '{', is not valid JSON or UTF-8,
// repeats a key; offsets that leave a gap, overlap, go backwards or miss the end of the file; sizes
// that do not fit shape and dtype; names with control characters; more than 100,000 tensors; rank
// above 8; float8, float4 and complex types. F16 reads as f32; I16 and U16 as s32; U32 and U64 as
// s64 (when they fit); BOOL as u8. source: huggingface/safetensors, tensor.rs.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.h"

namespace nn {

struct TensorFile {
  std::map<std::string, core::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// throws: InputError beginning with `where` (the file's name) and naming the tensor at fault.
TensorFile parse_safetensors(std::span<const std::byte> file, std::string_view where);
TensorFile read_safetensors(const std::string& path);

/// The file as bytes; tensors sorted by dtype (widest first), then name, header padded to 8 bytes,
/// as the reference writer does.  The same content gives the same bytes.
std::vector<std::byte> safetensors_bytes(const TensorFile& content);
/// Writes atomically.
void write_safetensors(const std::string& path, const TensorFile& content);

}  // namespace nn
