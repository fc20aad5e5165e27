// Handle: the owner of one HDF5 identifier (a hid_t, whose type is kept out of this header).
#pragma once

#include <cstdint>

namespace core::h5 {

/// Closes its identifier once, when it is destroyed.
class Handle {
 public:
  using Close = int (*)(std::int64_t);
  Handle() = default;
  Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();
  std::int64_t get() const { return id_; }

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace core::h5
