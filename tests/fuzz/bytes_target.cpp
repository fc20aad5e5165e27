// Amounts of memory: 8G, 512M, 1.5G.
#include "experiments/cell/cell_memory.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepts([&] {
    const std::size_t bytes = experiments::parse_bytes(fuzz::text(data, size));
    fuzz::require(bytes >= 1 && bytes <= 1'000'000'000'000'000'000, "an amount is within bounds");
  });
  return 0;
}
