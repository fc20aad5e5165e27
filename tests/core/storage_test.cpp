#include "core/storage.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/tensor.h"

using core::pool_stats;
using core::Storage;

TEST_CASE("blocks are aligned to a cache line, whatever their size") {
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{65}, std::size_t{5000}, std::size_t{1} << 20}) {
    Storage block(bytes);
    CHECK(block.size() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block.bytes()) % 64 == 0);
    if (bytes > 0) std::memset(block.bytes(), 7, bytes);
  }
}

#ifdef ROUNDTABLE_FILL_STORAGE
TEST_CASE("in sanitizer builds every fresh tensor is NaN, that of a used block, too") {
  for (const core::DType type : {core::DType::f32, core::DType::f64, core::DType::bf16}) {
    for (int i = 0; i < 2; ++i) {  // the second time the block comes from the pool
      core::Tensor fresh = core::Tensor::empty({1000}, type);
      for (const double v : fresh.values()) REQUIRE(std::isnan(v));
      std::memset(fresh.raw_writable(), 0, fresh.byte_size());
    }
  }
}
#endif

TEST_CASE("the same sizes again and again touch the heap once") {
  core::trim_pool();
  { const Storage first(100'000); }
  const std::uint64_t before = pool_stats().system_allocations;
  for (int i = 0; i < 100; ++i) const Storage again(100'000 - static_cast<std::size_t>(i));
  CHECK(pool_stats().system_allocations == before);
}

TEST_CASE("live and cached bytes are counted, and trimming gives the cached ones back") {
  core::trim_pool();
  const std::size_t live = pool_stats().live_bytes;
  {
    std::optional<Storage> block(std::in_place, 1 << 20);
    CHECK(pool_stats().live_bytes == live + (1 << 20));
    CHECK(pool_stats().cached_bytes == 0);
    block.reset();
    CHECK(pool_stats().live_bytes == live);
    CHECK(pool_stats().cached_bytes == 1 << 20);
  }
  core::trim_pool();
  CHECK(pool_stats().cached_bytes == 0);
}

TEST_CASE("a block wastes at most an eighth") {
  for (std::size_t bytes = 4097; bytes < (1 << 20); bytes += 7919) {
    const std::size_t before = pool_stats().live_bytes;
    const Storage block(bytes);
    const std::size_t taken = pool_stats().live_bytes - before;
    CHECK(taken >= bytes);
    CHECK(static_cast<double>(taken) <= 1.125 * static_cast<double>(bytes));
  }
}

TEST_CASE("a request that cannot be met is an error and is not counted as live") {
  const std::size_t before = pool_stats().live_bytes;
  CHECK_THROWS_AS(Storage(std::size_t{1} << 60), core::Error);
  CHECK(pool_stats().live_bytes == before);
}

TEST_CASE("packed copies are dropped when the content may change") {
  Storage block(16);
  block.packed()["layout"] = 1;
  CHECK(block.packed().size() == 1);
  block.content_changes();
  CHECK(block.packed().empty());
}

TEST_CASE("several threads may allocate at the same time") {
  const std::size_t live = pool_stats().live_bytes;
  std::vector<std::thread> team;
  for (int t = 0; t < 4; ++t) {
    team.emplace_back([t] {
      for (std::size_t i = 1; i < 500; ++i) {
        Storage block(i * 37);
        std::memset(block.bytes(), t, block.size());
      }
    });
  }
  for (std::thread& t : team) t.join();
  CHECK(pool_stats().live_bytes == live);
}

TEST_CASE("with a limit the oldest free blocks go back first") {
  core::trim_pool();
  const std::size_t live = pool_stats().live_bytes, mb = 1 << 20;
  core::set_pool_limit(live + 24 * mb);
  for (const std::size_t size : {8 * mb, 10 * mb, 12 * mb}) const Storage block(size);
  CHECK(pool_stats().cached_bytes == 22 * mb);  // 8 MiB went, so that 12 could stay
  const std::uint64_t before = pool_stats().system_allocations;
  { const Storage again(12 * mb); }
  CHECK(pool_stats().system_allocations == before);
  {
    const Storage other(14 * mb);  // beside it there is room for 10 MiB, but the 12 are newer
    CHECK(pool_stats().cached_bytes == 0);
    CHECK(pool_stats().live_bytes == live + 14 * mb);
  }
  core::set_pool_limit(0);
  core::trim_pool();
}

TEST_CASE("the peak is that of live blocks since it was restarted") {
  core::restart_peak();
  const std::size_t live = pool_stats().live_bytes, mb = 1 << 20;
  {
    const Storage a(mb);
    const Storage b(mb);
  }
  const Storage c(mb);
  CHECK(pool_stats().peak_bytes == live + 2 * mb);
  core::restart_peak();
  CHECK(pool_stats().peak_bytes == live + mb);
}
