// Scratch: where the inputs and targets of units are kept: in memory while that stays within a
// limit, else in files.
//
// A tensor in a file reads like any other; only the rows that were taken last are in memory
// (Tensor::rows, gather_rows).  Results do not depend on where a tensor is.
#pragma once

#include <string>

#include "core/tensor.h"

namespace core {

struct ScratchOptions {
  std::size_t limit = 0;    // bytes of live tensors that memory may hold; 0: any number
  std::size_t reserve = 0;  // of these, what computing needs beside the tensors made here
  std::string folder = {};  // where files go
};

class Scratch {
 public:
  /// Everything in memory.
  Scratch() = default;
  explicit Scratch(ScratchOptions options) : options_(std::move(options)) {}

  /// A tensor with indeterminate content.  throws: InputError when there is no room on the disk.
  Tensor make(Shape shape, DType dtype) const;

 private:
  ScratchOptions options_;
};

}  // namespace core
