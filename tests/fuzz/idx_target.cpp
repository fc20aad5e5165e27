// IDX files, plain and gzip.  The first byte says whether the rest is a whole file or the content
// of a gzip file that is made here (a fuzzer does not find checksums); a plain file and its gzip
// form must give the same tensor, or both must be refused.
#include "data/images/idx.h"

#include "tests/fuzz/fuzz.h"
#include "tests/support/compare.h"
#include "tests/support/idx_files.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int rank = data[0] & 1 ? 3 : 1;
  const bool both = data[0] & 2;
  const support::Bytes bytes(data + 1, data + size);
  core::Tensor plain, packed;
  const bool good = fuzz::accepts([&] { plain = data::read_idx(fuzz::put("plain", bytes), rank); });
  const bool is_gzip = bytes.size() > 1 && bytes[0] == 0x1f && bytes[1] == 0x8b;
  if (!both || is_gzip) return 0;
  const support::Bytes gz = support::gzip(bytes);
  const bool good_gz = fuzz::accepts([&] { packed = data::read_idx(fuzz::put("gz", gz), rank); });
  fuzz::require(good == good_gz, "a gzip file is accepted when its content is");
  if (good) fuzz::require(support::same_bits(plain, packed), "gzip changes no pixel");
  return 0;
}
