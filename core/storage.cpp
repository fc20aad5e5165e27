#include "core/storage.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "core/error.h"

namespace core {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMapped = std::size_t{1} << 22;    // whole pages, which go back one by one
constexpr std::size_t kMaxBlock = std::size_t{1} << 39;  // 512 GiB: more is a damaged size

// Sanitizer builds fill fresh memory, so that no test passes with what a kernel did not write.
#ifdef ROUNDTABLE_FILL_STORAGE
constexpr bool kFills = true;
#else
constexpr bool kFills = false;
#endif
constexpr int kFilling = 0xFF;  // NaN in f32, f64 and bf16

/// Rounds up to a size class: 64-byte steps to 4 KiB, then an eighth of the next power of two, so
/// that a block wastes at most 12.5 %.
std::size_t size_class(std::size_t bytes) {
  if (bytes <= 4096)
    return (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t step = std::bit_ceil(bytes) / 16;
  return (bytes + step - 1) / step * step;
}

void* allocate(std::size_t size) {
  if (size < kMapped) return std::aligned_alloc(kAlignment, size);
  void* block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return nullptr;
  ::madvise(block, size, MADV_HUGEPAGE);  // a wish: fewer faults and fewer misses of the TLB
  return block;
}

void release(void* block, std::size_t size) {
  if (size < kMapped)
    std::free(block);
  else
    ::munmap(block, size);
}

struct Free {
  void* block;
  std::uint64_t given;  // the how manyth block that came back
};

struct Pool {
  std::mutex mutex;  // the batch loader allocates on its own thread
  std::unordered_map<std::size_t, std::deque<Free>> free;  // by size, the oldest first
  PoolStats stats;
  std::size_t limit = 0;
  std::uint64_t given = 0;

  void* take(std::size_t size) {
    if (size > kMaxBlock) {
      throw Error(
          fmt::format("storage: a block must be at most {} bytes; asked for {}", kMaxBlock, size));
    }
    const std::lock_guard lock(mutex);
    void* block = nullptr;
    std::deque<Free>& list = free[size];
    if (!list.empty()) {
      block = list.back().block;
      list.pop_back();
      stats.cached_bytes -= size;
    } else {
      shrink(room(size));
      ++stats.system_allocations;
      block = allocate(size);
      if (block == nullptr) {
        shrink(0);  // what is cached may make room
        block = allocate(size);
      }
    }
    if (block == nullptr) {
      throw Error(fmt::format("storage: out of memory; asked for {} bytes, {} bytes are live", size,
                              stats.live_bytes));
    }
    stats.live_bytes += size;
    stats.peak_bytes = std::max(stats.peak_bytes, stats.live_bytes);
    return block;
  }

  void give(void* block, std::size_t size) {
    const std::lock_guard lock(mutex);
    stats.live_bytes -= size;
    stats.cached_bytes += size;
    free[size].push_back({block, given++});
    shrink(room());
  }

  /// What free blocks may take when `more` bytes become live.
  std::size_t room(std::size_t more = 0) const {
    if (limit == 0) return std::numeric_limits<std::size_t>::max();
    return limit - std::min(limit, stats.live_bytes + more);
  }

  /// Gives the oldest free blocks back until they are at most `bytes` together.
  void shrink(std::size_t bytes) {
    while (stats.cached_bytes > bytes) {
      auto oldest = free.end();
      for (auto list = free.begin(); list != free.end(); ++list) {
        if (list->second.empty()) continue;
        if (oldest == free.end() || list->second.front().given < oldest->second.front().given)
          oldest = list;
      }
      release(oldest->second.front().block, oldest->first);
      oldest->second.pop_front();
      stats.cached_bytes -= oldest->first;
    }
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
  if constexpr (kFills) std::memset(data_, kFilling, size_class(bytes));
}

Storage::Storage(std::size_t bytes, const std::string& folder)
    : size_(bytes), file_(std::make_unique<ScratchFile>(bytes, folder)) {
  data_ = file_->bytes();
}

Storage::~Storage() {
  if (!file_) pool().give(data_, size_class(size_));
}

PoolStats pool_stats() {
  const std::lock_guard lock(pool().mutex);
  return pool().stats;
}

void restart_peak() {
  const std::lock_guard lock(pool().mutex);
  pool().stats.peak_bytes = pool().stats.live_bytes;
}

void set_pool_limit(std::size_t bytes) {
  const std::lock_guard lock(pool().mutex);
  pool().limit = bytes;
  pool().shrink(pool().room());
}

void trim_pool() {
  const std::lock_guard lock(pool().mutex);
  pool().shrink(0);
}

}  // namespace core
