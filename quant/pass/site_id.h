// SiteId: where in a network an activation is quantised: what enters or leaves a module.
#pragma once

#include <string>

namespace quant {

inline constexpr int kOutput = -1;  // operand number that means "what leaves the module"

struct SiteId {
  std::string path;
  int operand = 0;
  bool operator==(const SiteId&) const = default;
  /// "blocks.0.attn.qk input 1", "layer1.0.act1 output"
  std::string str() const {
    return operand == kOutput ? path + " output" : path + " input " + std::to_string(operand);
  }
};

}  // namespace quant
