#include "core/dtype.h"

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

}  // namespace

std::size_t size_of(DType d) { return kTypes[static_cast<std::size_t>(d)].size; }

std::string_view name_of(DType d) { return kTypes[static_cast<std::size_t>(d)].name; }

std::string_view name_of(Precision p) { return p == Precision::f32 ? "f32" : "bf16"; }

DType dtype_named(std::string_view name) {
  std::vector<std::string> known;
  for (const Entry& e : kTypes) {
    if (e.name == name) return e.dtype;
    known.emplace_back(e.name);
  }
  throw InputError(fmt::format("dtype: unknown type '{}'{}", name, known_hint(name, known)));
}

Precision precision_named(std::string_view name) {
  if (name == "f32") return Precision::f32;
  if (name == "bf16") return Precision::bf16;
  throw InputError(
      fmt::format("precision: unknown precision '{}'{}", name, known_hint(name, {"f32", "bf16"})));
}

}  // namespace core
