#include "quant/method/method.h"

namespace quant {

std::vector<std::string> method_names() { return core::Registry<Method>::names(); }

std::unique_ptr<Method> method_named(std::string_view name) {
  core::Params none{core::Value(core::Value::Map{})};
  return core::Registry<Method>::create(name, none);
}

core::Value method_settings(std::string_view name) {
  core::Value tree{core::Value::Map{}};
  const core::Mark mark{.file = fmt::format("method {}", name)};
  tree.mark = mark;
  for (const Setting& setting : method_named(name)->settings()) {
    core::Value value = setting.value;
    value.mark = mark;
    tree.set_path(setting.path, std::move(value));
  }
  return tree;
}

}  // namespace quant
