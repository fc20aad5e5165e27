// Choice: one value that a key takes, and the text that stands for it.
#pragma once

#include <string>

#include "core/config/value.h"

namespace experiments {

/// The label stands for the value in tables and filters: the scalar, or the `name` of a map (the whole map where two choices share a name).
struct Choice {
  std::string label;
  core::Value value;
};

/// Label of one choice by itself.
std::string label_of(const core::Value& value);
/// Whether a value that somebody wrote, or the label that it stands for, is a choice.
bool same_choice(const core::Value& wanted, const Choice& choice);

}  // namespace experiments
