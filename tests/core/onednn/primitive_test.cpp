#include "core/onednn/primitive.h"

#include <doctest/doctest.h>

#include "tests/support/compare.h"

using core::Tensor;
namespace onednn = core::onednn;
using dnnl::memory;

namespace {

memory::desc plain() { return {{16, 32}, memory::data_type::f32, memory::format_tag::ab}; }
memory::desc transposed() { return {{16, 32}, memory::data_type::f32, memory::format_tag::ba}; }

float first_of_second_row(const memory& m) {
  return static_cast<const float*>(m.get_data_handle())[1];
}

}  // namespace

TEST_CASE("a weight whose layout is wanted as it is goes in without a copy") {
  onednn::WeightLayout layout(plain(), plain());
  const Tensor w = Tensor::full({16, 32}, 1);
  onednn::Packed temporary;
  CHECK(layout.of(w, temporary).get_data_handle() == w.raw());
  CHECK(w.storage().packed().empty());
}

TEST_CASE("a packed weight is kept until the weight is written") {
  onednn::WeightLayout layout(plain(), transposed());
  Tensor w = core::Rng(1).normal({16, 32}, 0, 1);
  onednn::Packed temporary;
  const void* first = layout.of(w, temporary).get_data_handle();
  CHECK(layout.of(w, temporary).get_data_handle() == first);
  CHECK(w.storage().packed().size() == 1);
  CHECK(first_of_second_row(layout.of(w, temporary)) == static_cast<float>(w.at(32)));
  w.writable<float>()[32] = 42;
  CHECK(w.storage().packed().empty());
  CHECK(first_of_second_row(layout.of(w, temporary)) == 42);
}

TEST_CASE("two primitives that want the same layout share one packed copy") {
  onednn::WeightLayout one(plain(), transposed()), other(plain(), transposed());
  const Tensor w = core::Rng(2).normal({16, 32}, 0, 1);
  onednn::Packed temporary;
  CHECK(one.of(w, temporary).get_data_handle() == other.of(w, temporary).get_data_handle());
}

TEST_CASE("a weight that is part of a storage is packed for the call and not kept") {
  onednn::WeightLayout layout(plain(), transposed());
  const Tensor all = core::Rng(3).normal({32, 32}, 0, 1), w = all.rows(16, 16);
  onednn::Packed temporary;
  CHECK(first_of_second_row(layout.of(w, temporary)) == static_cast<float>(w.at(32)));
  CHECK(all.storage().packed().empty());
}

TEST_CASE(
    "a key finds its primitive, and a combination that oneDNN lacks is remembered as lacking") {
  onednn::Key key;
  key.words[0] = -1;
  int made = 0;
  const auto make = [&](onednn::Primitive&) {
    ++made;
    throw dnnl::error(dnnl_unimplemented, "none");
  };
  const auto describe = [] { return std::string("test primitive"); };
  CHECK(!onednn::kept(key).found);
  CHECK(onednn::find(key, make, describe) == nullptr);
  CHECK(onednn::find(key, make, describe) == nullptr);
  CHECK(made == 1);
  key.words[21] = 1;
  CHECK(!onednn::kept(key).found);
}

TEST_CASE("an unexpected failure of oneDNN becomes an Error that says what was made") {
  onednn::Key key;
  key.words[0] = -2;
  CHECK_THROWS_WITH_AS(
      onednn::find(
          key, [](onednn::Primitive&) { throw dnnl::error(dnnl_out_of_memory, "no memory"); },
          [] { return std::string("test primitive"); }),
      "onednn: test primitive failed: no memory (status 1)", core::Error);
}

TEST_CASE("only f32 and bf16 have a oneDNN type") {
  CHECK(onednn::type_of(core::DType::bf16) == memory::data_type::bf16);
  CHECK_THROWS_AS(onednn::type_of(core::DType::f64), core::Error);
}
