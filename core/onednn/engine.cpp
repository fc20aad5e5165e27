#include "core/onednn/engine.h"

#include "core/onednn/primitive.h"

namespace core::onednn {

bool has_amx() {
  static const bool has = isa() == "avx512_core_amx";
  return has;
}

bool bf16_native() {
  // The probe is the creation itself: below AVX-512 it throws (checked on 2.6.3 under an AVX2 cap).
  static const bool native = [] {
    using memory = dnnl::memory;
    const memory::desc a({16, 16}, memory::data_type::bf16, memory::format_tag::ab);
    const memory::desc c({16, 16}, memory::data_type::f32, memory::format_tag::ab);
    try {
      const dnnl::matmul::primitive_desc made({a, a, c}, strict_attributes(), engine());
      return true;
    } catch (const dnnl::error&) {
      return false;
    }
  }();
  return native;
}

std::vector<std::string> kept_primitives() { return primitive_names(); }

std::string version() {
  const dnnl::version_t* v = dnnl::version();
  return fmt::format("{}.{}.{}", v->major, v->minor, v->patch);
}

std::string isa() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::all:
      return "all";
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return fmt::format("isa {:#x}", static_cast<int>(dnnl::get_effective_cpu_isa()));
  }
}

}  // namespace core::onednn
