#include "core/storage.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "core/error.h"

namespace core {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMaxBlock = std::size_t{1} << 39;  // 512 GiB: more is a damaged size

/// Rounds up to a size class: 64-byte steps to 4 KiB, then an eighth of the next power of two, so
/// that a block wastes at most 12.5 %.
std::size_t size_class(std::size_t bytes) {
  if (bytes <= 4096)
    return (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t step = std::bit_ceil(bytes) / 16;
  return (bytes + step - 1) / step * step;
}

struct Pool {
  std::mutex mutex;  // the batch loader allocates on its own thread
  std::unordered_map<std::size_t, std::vector<void*>> free;
  PoolStats stats;

  void* take(std::size_t size) {
    if (size > kMaxBlock) {
      throw Error(
          fmt::format("storage: a block must be at most {} bytes; asked for {}", kMaxBlock, size));
    }
    {
      const std::lock_guard lock(mutex);
      stats.live_bytes += size;
      std::vector<void*>& list = free[size];
      if (!list.empty()) {
        void* block = list.back();
        list.pop_back();
        stats.cached_bytes -= size;
        return block;
      }
      ++stats.system_allocations;
    }
    void* block = std::aligned_alloc(kAlignment, size);
    if (block == nullptr) {
      trim();  // what is cached may make room
      block = std::aligned_alloc(kAlignment, size);
    }
    if (block == nullptr) {
      const std::lock_guard lock(mutex);
      stats.live_bytes -= size;
      throw Error(fmt::format("storage: out of memory; asked for {} bytes, {} bytes are live", size,
                              stats.live_bytes));
    }
    return block;
  }

  void trim() {
    const std::lock_guard lock(mutex);
    for (auto& [size, list] : free) {
      for (void* block : list) std::free(block);
      list.clear();
    }
    stats.cached_bytes = 0;
  }

  void give(void* block, std::size_t size) {
    const std::lock_guard lock(mutex);
    stats.live_bytes -= size;
    stats.cached_bytes += size;
    free[size].push_back(block);
  }
};

/// Never destroyed: tensors with static lifetime may outlive any destruction order.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

}  // namespace

Storage::Storage(std::size_t bytes) : size_(bytes) {
  data_ = static_cast<std::byte*>(pool().take(size_class(bytes)));
}

Storage::~Storage() { pool().give(data_, size_class(size_)); }

PoolStats pool_stats() {
  const std::lock_guard lock(pool().mutex);
  return pool().stats;
}

void trim_pool() { pool().trim(); }

}  // namespace core
