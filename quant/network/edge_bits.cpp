#include "quant/network/edge_bits.h"

#include "core/error.h"
#include "quant/grid/grid.h"

namespace quant {

EdgeBits edge_bits(std::string_view policy) {
  if (policy == "brecq")
    return {.first_weight = 8, .first_output = 8, .last_weight = 8, .last_input = {}};
  if (policy == "qdrop")
    return {.first_weight = 8, .first_output = {}, .last_weight = 8, .last_input = 8};
  if (policy == "all_8")
    return {.first_weight = 8, .first_output = 8, .last_weight = 8, .last_input = 8};
  if (policy == "same") return {};
  if (policy == "fp")
    return {.first_weight = kBitsOff,
            .first_output = {},
            .last_weight = kBitsOff,
            .last_input = kBitsOff};
  throw core::InputError(
      fmt::format("first_last: unknown policy '{}'{}", policy,
                  core::known_hint(policy, {"brecq", "qdrop", "all_8", "same", "fp"})));
}

}  // namespace quant
