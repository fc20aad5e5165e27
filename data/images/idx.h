// IDX: the file format of MNIST and its relatives, plain or gzip-compressed (told apart by
// content).
//
// Big-endian magic 0, 0, type, rank, then `rank` 32-bit extents, then the elements.  Only unsigned
// bytes are read.  Refused, each with the file's name: a wrong magic, rank or extent, a product
// that overflows, a size that is not exactly what the header implies, a truncated or corrupt gzip
// stream, trailing bytes, more than 1 GiB, and whatever is not a regular file.  Decompression never
// writes more than the header implies.
#pragma once

#include <string>

#include "core/tensor.h"

namespace data {

/// The u8 elements of an IDX file that must have `rank` axes (images 3, labels 1).
/// throws: InputError.
/// source: http://yann.lecun.com/exdb/mnist, "The IDX file format"
core::Tensor read_idx(const std::string& path, int rank);

}  // namespace data
