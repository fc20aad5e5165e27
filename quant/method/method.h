// Method: a published method as a list of settings, nothing else.
//
// A method only chooses values on the axes of a Recipe; whatever the user writes in a configuration
// lies over it, but for the settings that define the method.  Every setting says where it comes
// from.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/registry.h"

namespace quant {

/// The source of a setting without which the method would be another one (RTN learns nothing): such
/// a setting also wins over what an experiment says for all its methods.
inline constexpr std::string_view kByDefinition = "by definition";

struct Setting {
  std::string path;  // "learn.optimizer.lr"
  core::Value value;
  std::string source;
  bool fixed() const { return source == kByDefinition; }
};

class Method {
 public:
  static constexpr std::string_view kind = "method";
  virtual ~Method() = default;
  virtual std::string_view title() const = 0;   // "AdaRound"
  virtual std::string_view source() const = 0;  // the paper
  virtual std::vector<Setting> settings() const = 0;
};

/// In alphabetical order.
std::vector<std::string> method_names();
/// throws: InputError for an unknown name, with the nearest.
std::unique_ptr<Method> method_named(std::string_view name);
/// The settings of a method as a configuration tree; its marks say "method <name>".
core::Value method_settings(std::string_view name);

}  // namespace quant
