// Storage: one aligned block of bytes with a caching pool behind it, shared by the tensors that view it.
//
// Blocks are 64-byte aligned and come from size-classed free lists, so a loop that allocates the same
// shapes again and again touches the heap once; free blocks are given back, the oldest first, to keep
// a limit.  A storage may lie in a scratch file instead.  It also carries one slot for a packed copy
// of its content (the layout that a product wants for a weight), which is dropped as soon as the content
// may change.
#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/system/scratch_file.h"

namespace core {

class Storage {
 public:
  explicit Storage(std::size_t bytes);
  /// In a scratch file.  throws: InputError.
  Storage(std::size_t bytes, const std::string& folder);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* bytes() { return data_; }
  const std::byte* bytes() const { return data_; }
  std::size_t size() const { return size_; }
  /// nullptr: in memory.
  ScratchFile* file() const { return file_.get(); }

  /// Packed copies keyed by layout, valid for the present content; each kernel makes its own.
  std::map<std::string, std::any>& packed() const { return packed_; }
  /// Called by Tensor before handing out a writable view.
  void content_changes() { packed_.clear(); }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::unique_ptr<ScratchFile> file_;
  mutable std::map<std::string, std::any> packed_;
};

struct PoolStats {
  std::uint64_t system_allocations = 0;  // blocks asked of the operating system so far
  std::size_t cached_bytes = 0;          // free blocks held back for reuse
  std::size_t live_bytes = 0;            // blocks in use
  std::size_t peak_bytes = 0;            // most of them since restart_peak()
};
PoolStats pool_stats();
void restart_peak();
/// Free blocks are held back only while live and free ones together stay within `bytes`; 0 (the
/// start): all are.
void set_pool_limit(std::size_t bytes);
/// Returns every cached free block to the operating system.
void trim_pool();

}  // namespace core
