// InputFile: a regular file that is open for reading.  Everything that reads a file of the user's
// goes through here.
//
// What is not a regular file is refused without waiting for it: a pipe without a writer would block
// for ever, a device may have no end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/system/descriptor.h"

namespace core {

class InputFile {
 public:
  /// throws: InputError naming the path and the reason.
  explicit InputFile(const std::string& path);

  /// As it was when the file was opened; some files of /proc say 0.
  std::uint64_t size() const { return size_; }
  /// Fills `to` from where the last read ended; returns how many bytes there were before the end.
  /// throws: InputError.
  std::size_t read(std::span<std::byte> to);
  /// The same from `offset`; reads in sequence do not notice.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> to) const;

 private:
  std::string path_;
  Descriptor file_;
  std::uint64_t size_ = 0, at_ = 0;
};

}  // namespace core
