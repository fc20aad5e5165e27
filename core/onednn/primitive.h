// Internal to core/onednn, and the only header with oneDNN types: the kept primitives and their
// weights.
//
// A call builds a Key on the stack, finds its Primitive with one hash look-up, sets the data
// handles and executes; nothing is allocated but the output.  Scratch memory is managed by the
// library: it keeps one buffer per thread for all primitives, so no call allocates it either.
#pragma once

#include <dnnl.hpp>

#include <array>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace core::onednn {

dnnl::engine& engine();
dnnl::stream& stream();
/// Attributes that every primitive starts from: fpmath mode strict.
dnnl::primitive_attr strict_attributes();
/// throws: Error for a type that is not f32 or bf16.
dnnl::memory::data_type type_of(DType);

/// A memory object without data.
dnnl::memory empty_memory(const dnnl::memory::desc& layout);
/// Points `memory` at a tensor.  oneDNN takes void* for inputs also; it does not write to them.
void point(dnnl::memory& memory, const Tensor& tensor);

/// Everything that tells two primitives apart.
struct Key {
  std::array<std::int64_t, 22> words{};
  bool operator==(const Key&) const = default;
};

/// A weight packed in the layout of a primitive; lives in Storage::packed() or in one call.
struct Packed {
  std::shared_ptr<Storage> bytes;
  dnnl::memory memory;
};

/// How a weight gets from its state-dict layout into the layout that a primitive asks for.
class WeightLayout {
 public:
  WeightLayout() = default;
  WeightLayout(const dnnl::memory::desc& plain, const dnnl::memory::desc& wanted);
  /// The weight as the primitive wants it: itself, the copy cached beside its storage, or a fresh
  /// copy that is cached when `w` covers its storage and held by `temporary` otherwise.
  const dnnl::memory& of(const Tensor& w, Packed& temporary);

 private:
  Packed pack(const Tensor& w);

  bool is_plain_ = true;
  dnnl::memory plain_, wanted_;
  dnnl::reorder reorder_;
  std::string key_;  // names both layouts; built once per primitive
};

struct Primitive {
  dnnl::primitive run;
  std::string implementation;  // oneDNN's name, such as "brgconv:avx512_core"
  dnnl::memory src, bias, dst;
  WeightLayout weights;
  // Backward weights only: the gradient in the primitive's layout and its way back, where they
  // differ.
  dnnl::memory gradient, plain_gradient;
  std::shared_ptr<Storage> gradient_bytes;
  std::optional<dnnl::reorder> unpack;
};

/// What is kept under a key; `primitive` is nullptr when oneDNN has none for it.
struct Kept {
  bool found = false;
  Primitive* primitive = nullptr;
};
Kept kept(const Key& key);
/// Makes and keeps a primitive; `describe` gives the words for kept_primitives().
Primitive* keep(const Key& key, const std::function<void(Primitive&)>& make,
                const std::function<std::string()>& describe);

/// One line for each primitive that this thread keeps, in order of creation.
std::vector<std::string> primitive_names();

/// The primitive of `key`, made by `make` on first use; nullptr when oneDNN has none for it.
/// A template, so that the look-up builds no std::function, which would allocate.
template <class Make, class Describe>
Primitive* find(const Key& key, const Make& make, const Describe& describe) {
  const Kept known = kept(key);
  return known.found ? known.primitive : keep(key, make, describe);
}

/// throws: Error with oneDNN's status.
void execute(const dnnl::primitive& primitive, std::initializer_list<dnnl_exec_arg_t> arguments);

}  // namespace core::onednn
