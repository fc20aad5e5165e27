// Weight files: any bytes, and a JSON header, a zero byte and the data, to which the right length
// of the header is added here (a mutation rarely keeps it right).  What is accepted is written and
// read again: the same names, types and bits.
#include "nn/safetensors.h"

#include <cstring>

#include "tests/fuzz/fuzz.h"
#include "tests/support/compare.h"

namespace {

std::vector<std::byte> with_length(fuzz::Source source) {
  const std::string header = source.line();
  const std::uint64_t length = header.size();
  std::vector<std::byte> out(8);
  std::memcpy(out.data(), &length, 8);
  const auto append = [&out](auto bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  append(std::as_bytes(std::span(header)));
  append(std::as_bytes(source.rest()));
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nn::TensorFile file;
  std::vector<std::byte> bytes;
  if (size > 0 && data[0] == '{') {
    bytes = with_length({data, size});
  } else {
    const auto all = std::as_bytes(std::span(data, size));
    bytes.assign(all.begin(), all.end());
  }
  if (!fuzz::accepts([&] { file = nn::parse_safetensors(bytes, "input"); })) return 0;
  const std::vector<std::byte> written = nn::safetensors_bytes(file);
  const nn::TensorFile again = nn::parse_safetensors(written, "written");
  fuzz::require(again.metadata == file.metadata, "metadata survive writing");
  fuzz::require(again.tensors.size() == file.tensors.size(), "all tensors survive writing");
  for (const auto& [name, tensor] : file.tensors)
    fuzz::require(support::same_bits(again.tensors.at(name), tensor), "tensors survive writing");
  fuzz::require(nn::safetensors_bytes(again) == written, "the same content gives the same bytes");
  return 0;
}
