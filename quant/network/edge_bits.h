// EdgeBits: what a first/last policy says of the first and last layer of a network.
// source: the released code of BRECQ and QDrop; rows of their tables differ because of this.
#pragma once

#include <optional>
#include <string_view>

namespace quant {

/// Bits that a first/last policy fixes; empty = as everywhere else.
struct EdgeBits {
  std::optional<int> first_weight, first_output, last_weight, last_input;
};
/// Policies by name.
///   brecq  first weights, first output and last weights at 8 bit, last input as everywhere
///   qdrop  first and last weights and last input at 8 bit, first output as everywhere
///   all_8  all four at 8 bit          same  nothing special
///   fp     first and last weights and last input not quantised
/// throws: InputError for an unknown name.
EdgeBits edge_bits(std::string_view policy);

}  // namespace quant
