// Cell files: the seal over any bytes, and a well-formed HDF5 image under a right seal whose
// attributes and columns are not what a cell has.  Ill-formed HDF5 is not tried here: the library
// (1.10) is known to fail on it, which is why it is never given such bytes in this process.
#include "experiments/cell_file.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  fuzz::accepts([&] { unseal(bytes, "input"); });

  fuzz::Source source(data, size);
  core::h5::File file = core::h5::File::create("input");
  file.set_attribute("schema", "roundtable-cell/1");
  for (const char* name : {"id", "status", "message", "top1", "fp_top1", "images", "timings_json",
                           "average_bits", "val_top1"})
    fuzz::attribute(file, name, source);
  fuzz::column(file, "units/loss_hard", source);
  const std::vector<std::byte> image = file.image(), sealed = seal(image);
  const auto opened = unseal(sealed, "sealed");
  fuzz::require(std::equal(opened.begin(), opened.end(), image.begin(), image.end()),
                "what was sealed is unsealed");
  std::vector<std::byte> changed = sealed;
  changed[static_cast<std::uint64_t>(source.integer()) % changed.size()] ^= std::byte{1};
  fuzz::require(!fuzz::accepts([&] { unseal(changed, "changed"); }), "a changed bit is seen");
  const H5Content content = fuzz::content(file);
  fuzz::accepts([&] { read_summary(content); });
  return 0;
}
