// Registry: strategies by name.  A file adds its type with one line at its end:
//
//   static const core::Registered<Loss, Lp> kRegistered{"lp"};
//
// T must have `static constexpr std::string_view kind` ("loss"), D a constructor D(core::Params&).
// The registry is filled before main and only read afterwards; a second entry of the same name throws.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/params.h"
#include "core/error.h"

namespace core {

template <class T>
class Registry {
 public:
  using Factory = std::function<std::unique_ptr<T>(Params&)>;

  static void add(std::string_view name, Factory factory) {
    const bool fresh = entries().emplace(std::string(name), std::move(factory)).second;
    if (!fresh) throw Error(fmt::format("registry: {} '{}' is registered twice", T::kind, name));
  }

  /// Names in alphabetical order.
  static std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& [name, factory] : entries()) out.push_back(name);
    return out;
  }

  /// Makes the strategy named by the `name` key of `params` from the other keys.
  /// throws: ConfigError for an unknown name (with the nearest) or a bad option.
  static std::unique_ptr<T> create(Params& params) {
    const std::string name = params.get<std::string>(
        "name", Key{.doc = fmt::format("which {}", T::kind), .one_of = names()});
    return entries().at(name)(params);
  }

  /// As above with a fixed name (no `name` key is read).  throws: InputError for an unknown name.
  static std::unique_ptr<T> create(std::string_view name, Params& params) {
    const auto found = entries().find(std::string(name));
    if (found == entries().end()) {
      throw InputError(
          fmt::format("{}: unknown name '{}'{}", T::kind, name, known_hint(name, names())));
    }
    return found->second(params);
  }

 private:
  static std::map<std::string, Factory>& entries() {
    static std::map<std::string, Factory> map;
    return map;
  }
};

template <class T, class D>
struct Registered {
  explicit Registered(std::string_view name) {
    Registry<T>::add(
        name, [](Params& params) -> std::unique_ptr<T> { return std::make_unique<D>(params); });
  }
};

}  // namespace core
