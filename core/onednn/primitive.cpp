#include "core/onednn/primitive.h"

#include <unordered_map>
#include <vector>

namespace core::onednn {
namespace {

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    std::uint64_t h = 0x9E3779B97F4A7C15u;
    for (const std::int64_t word : key.words) {
      h = (h ^ static_cast<std::uint64_t>(word)) * 0xFF51AFD7ED558CCDu;
      h ^= h >> 32;
    }
    return h;
  }
};

struct Memo {
  std::unordered_map<Key, std::unique_ptr<Primitive>, KeyHash> primitives;
  std::vector<std::string> names;
};

/// Per thread: the memory arguments of a primitive are set before each execution.
Memo& memo() {
  thread_local Memo instance;
  return instance;
}

/// Text that tells two layouts apart: extents, type, blocks and strides.
std::string layout_text(const dnnl::memory::desc& layout) {
  const dnnl_memory_desc_t& d = layout.data;
  std::string text = fmt::format("t{}", static_cast<int>(d.data_type));
  for (int i = 0; i < d.ndims; ++i) {
    text +=
        fmt::format(" {}/{}:{}", d.dims[i], d.padded_dims[i], d.format_desc.blocking.strides[i]);
  }
  for (int i = 0; i < d.format_desc.blocking.inner_nblks; ++i) {
    text += fmt::format(" {}@{}", d.format_desc.blocking.inner_blks[i],
                        d.format_desc.blocking.inner_idxs[i]);
  }
  return text;
}

}  // namespace

dnnl::engine& engine() {
  static dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::stream& stream() {
  static dnnl::stream instance(engine());
  return instance;
}

dnnl::primitive_attr strict_attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
  return attributes;
}

dnnl::memory::data_type type_of(DType dtype) {
  if (dtype == DType::f32) return dnnl::memory::data_type::f32;
  if (dtype == DType::bf16) return dnnl::memory::data_type::bf16;
  throw Error(fmt::format("onednn: dtype must be f32 or bf16; got {}", dtype));
}

dnnl::memory empty_memory(const dnnl::memory::desc& layout) {
  return dnnl::memory(layout, engine(), DNNL_MEMORY_NONE);
}

void point(dnnl::memory& memory, const Tensor& tensor) {
  memory.set_data_handle(const_cast<std::byte*>(tensor.raw()));
}

WeightLayout::WeightLayout(const dnnl::memory::desc& plain, const dnnl::memory::desc& wanted)
    : is_plain_(plain == wanted), plain_(empty_memory(plain)), wanted_(empty_memory(wanted)) {
  if (is_plain_) return;
  reorder_ = dnnl::reorder(
      dnnl::reorder::primitive_desc(engine(), plain, engine(), wanted, strict_attributes()));
  key_ = layout_text(plain) + " > " + layout_text(wanted);
}

Packed WeightLayout::pack(const Tensor& w) {
  Packed packed;
  const dnnl::memory::desc wanted = wanted_.get_desc();
  packed.bytes = std::make_shared<Storage>(wanted.get_size());
  packed.memory = dnnl::memory(wanted, engine(), packed.bytes->bytes());
  point(plain_, w);
  execute(reorder_, {{DNNL_ARG_FROM, plain_.get()}, {DNNL_ARG_TO, packed.memory.get()}});
  return packed;
}

const dnnl::memory& WeightLayout::of(const Tensor& w, Packed& temporary) {
  if (is_plain_) {
    point(plain_, w);
    return plain_;
  }
  if (!w.whole()) {
    temporary = pack(w);
    return temporary.memory;
  }
  auto& cache = w.storage().packed();
  const auto found = cache.find(key_);
  if (found != cache.end()) return std::any_cast<Packed>(&found->second)->memory;
  std::any& slot = cache[key_];
  slot = pack(w);
  return std::any_cast<Packed>(&slot)->memory;
}

Kept kept(const Key& key) {
  const Memo& m = memo();
  const auto found = m.primitives.find(key);
  return found == m.primitives.end() ? Kept{} : Kept{true, found->second.get()};
}

Primitive* keep(const Key& key, const std::function<void(Primitive&)>& make,
                const std::function<std::string()>& describe) {
  Memo& m = memo();
  auto made = std::make_unique<Primitive>();
  try {
    make(*made);
  } catch (const dnnl::error& e) {
    if (e.status != dnnl_unimplemented) {
      throw Error(fmt::format("onednn: {} failed: {} (status {})", describe(), e.what(),
                              static_cast<int>(e.status)));
    }
    made.reset();
  }
  m.names.push_back(describe() + ": " + (made ? made->implementation : "none"));
  return m.primitives.emplace(key, std::move(made)).first->second.get();
}

std::vector<std::string> primitive_names() { return memo().names; }

void execute(const dnnl::primitive& primitive, std::initializer_list<dnnl_exec_arg_t> arguments) {
  const dnnl_status_t status = dnnl_primitive_execute(
      primitive.get(), stream().get(), static_cast<int>(arguments.size()), arguments.begin());
  if (status != dnnl_success) {
    throw Error(fmt::format("onednn: execution failed with status {}", static_cast<int>(status)));
  }
}

}  // namespace core::onednn
