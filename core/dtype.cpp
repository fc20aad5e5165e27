#include "core/dtype.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/error.h"

namespace core {
namespace {

struct Entry {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<Entry, 7> kTypes{{{DType::f32, "f32", 4},
                                       {DType::f64, "f64", 8},
                                       {DType::bf16, "bf16", 2},
                                       {DType::s8, "s8", 1},
                                       {DType::u8, "u8", 1},
                                       {DType::s32, "s32", 4},
                                       {DType::s64, "s64", 8}}};
constexpr std::array<std::string_view, 3> kPrecisions{"f32", "bf16", "f32_winograd"};

}  // namespace

std::vector<std::string> precision_names() { return {kPrecisions.begin(), kPrecisions.end()}; }

std::size_t size_of(DType d) { return kTypes[static_cast<std::size_t>(d)].size; }

std::string_view name_of(DType d) { return kTypes[static_cast<std::size_t>(d)].name; }

std::string_view name_of(Precision p) { return kPrecisions[static_cast<std::size_t>(p)]; }

DType dtype_named(std::string_view name) {
  std::vector<std::string> known;
  for (const Entry& e : kTypes) {
    if (e.name == name) return e.dtype;
    known.emplace_back(e.name);
  }
  throw InputError(fmt::format("dtype: unknown type '{}'{}", name, known_hint(name, known)));
}

Precision precision_named(std::string_view name) {
  const auto found = std::find(kPrecisions.begin(), kPrecisions.end(), name);
  if (found != kPrecisions.end()) return static_cast<Precision>(found - kPrecisions.begin());
  throw InputError(fmt::format("precision: unknown precision '{}'{}", name,
                               known_hint(name, precision_names())));
}

}  // namespace core

fmt::format_context::iterator fmt::formatter<core::DType>::format(
    core::DType d, fmt::format_context& context) const {
  return fmt::format_to(context.out(), "{}", core::name_of(d));
}
