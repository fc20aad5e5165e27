#include "experiments/spec/choice.h"

namespace experiments {

std::string label_of(const core::Value& value) {
  if (const std::string* s = value.as_string()) return *s;
  if (value.is_map()) {
    if (const core::Value* name = value.find("name"); name && name->as_string())
      return *name->as_string();
  }
  return value.str();
}

bool same_choice(const core::Value& wanted, const Choice& choice) {
  return wanted == choice.value || (wanted.is_scalar() && label_of(wanted) == choice.label);
}

}  // namespace experiments
