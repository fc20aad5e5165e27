// H5Reader: reads HDF5 images that anybody may have made.
//
// HDF5 1.10 crashes or loops on some crafted images, and a seal proves no more than that a file is
// whole: everybody can compute one.  An image from the disk is therefore opened by a child process
// alone, which has no file but its socket, may open none, and whose memory and time have limits; on
// x86-64 and ARM64 the kernel also refuses it every system call beyond memory and that socket
// (seccomp).  The child answers with plain values (h5_content.h), and this process checks them.
//
// One child reads many images.  One that dies, stalls or finds a fault is replaced, and an image is
// given up only by a child that has read nothing else, so that no image suffers for another.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/h5_content.h"

namespace experiments {

class H5Reader {
 public:
  /// `patience`: how long a child may compute on an image, in CPU time so that a busy machine is no
  /// fault of the image, and a second more for every 32 MB of it; 20 times that by the clock.
  explicit H5Reader(std::chrono::milliseconds patience = std::chrono::seconds(2))
      : patience_(patience) {}
  H5Reader(const H5Reader&) = delete;
  H5Reader& operator=(const H5Reader&) = delete;
  ~H5Reader() { stop(); }

  /// The root's attributes and the datasets `names` that there are, without names all.
  /// throws: InputError "where: ..." for an image that cannot be read; Error when no process can be
  /// started.
  H5Content read(std::span<const std::byte> image, const std::string& where,
                 std::span<const std::string> names = {});

 private:
  /// The child and this end of its socket.
  struct Child {
    pid_t pid = -1;
    int socket = -1;
    std::size_t largest = 0;  // image that its memory is for
    bool fresh = true;        // it has read nothing yet
  };
  void start(std::size_t image_size);
  /// What became of the child, in words.
  std::string stop();

  std::chrono::milliseconds patience_;
  std::optional<Child> child_;
};

}  // namespace experiments
