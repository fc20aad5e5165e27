// ActRole: what an activation is, for grids that are made for one kind of values.
#pragma once

namespace quant {

enum class ActRole {
  other,
  softmax,     // what attention's softmax gives: operand 0 of its second product
  gelu,        // what a GELU gives
  layer_norm,  // what a layer norm gives, where a layer reads it
  head         // another operand of attention's products
};

}  // namespace quant
