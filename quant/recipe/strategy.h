// Reading a strategy by its name from a configuration.
#pragma once

#include <memory>
#include <string>

#include "core/config/params.h"
#include "core/config/registry.h"

namespace quant {

/// The strategy under `key`, by its `name`, with a default name.
template <class T>
std::unique_ptr<T> strategy(core::Params& params, std::string_view key, const std::string& fallback,
                            const std::string& doc, const std::string& source) {
  core::Params own = params.child(key, doc);
  const std::string name = own.get<std::string>(
      "name", fallback, {.doc = doc, .source = source, .one_of = core::Registry<T>::names()});
  return core::Registry<T>::create(name, own);
}

}  // namespace quant
