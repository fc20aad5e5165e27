// ScratchFile: bytes that live in a file instead of on the heap, for data that memory has no room
// for.
//
// The file has no name: it is gone when the object or the process is, however that ends.  Its room
// is taken at the start, so that a full disk is one error before anything is computed.  Reading
// goes through a mapping whose pages count as memory of the process until release().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace core {

class ScratchFile {
 public:
  /// throws: InputError naming the folder, the bytes needed and the bytes free.
  ScratchFile(std::size_t bytes, const std::string& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::byte* bytes() const { return data_; }
  /// Past the mapping, so that written bytes are not memory of the process.  throws: InputError.
  void write(std::size_t offset, const std::byte* from, std::size_t count);
  /// Takes what was read out of memory; the content stays.
  void release() const;

 private:
  std::string folder_;
  std::size_t size_;
  int file_ = -1;
  std::byte* data_ = nullptr;
};

/// What a folder can take.
struct ScratchRoom {
  std::uint64_t free_bytes = 0;
  bool memory = false;  // a file system in memory (tmpfs): nothing is gained by writing there
};
/// throws: InputError when the folder is not there.
ScratchRoom scratch_room(const std::string& folder);

}  // namespace core
