// What the process that reads an HDF5 image answers: its bytes are as foreign as the image, which may
// have taken that process over.
#include "experiments/h5_content.h"

#include "experiments/cell_file.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  H5Content content;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (!fuzz::accepts([&] { content = unpack(bytes, "input"); })) return 0;
  const std::vector<std::byte> packed = pack(content);
  fuzz::require(pack(unpack(packed, "packed")) == packed, "what is accepted is packed the same");
  fuzz::accepts([&] { read_summary(content); });
  // as merge writes it
  fuzz::accepts([&] {
    core::h5::File file = core::h5::File::create("merged");
    write_datasets(content, file);
  });
  return 0;
}
