#include "core/onednn/engine.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/kernels/gemm.h"
#include "core/system/threads.h"

using core::Tensor;

TEST_CASE("oneDNN says which version and instruction set it runs") {
  CHECK(core::onednn::version().substr(0, 2) == "2.");
  CHECK(!core::onednn::isa().empty());
}

TEST_CASE("kept primitives are listed with shape and implementation, once each") {
  const Tensor a = Tensor::full({3, 11}, 1), b = Tensor::full({11, 13}, 1);
  const std::size_t before = core::onednn::kept_primitives().size();
  for (int i = 0; i < 3; ++i) core::matmul(a, b);
  const std::vector<std::string> names = core::onednn::kept_primitives();
  REQUIRE(names.size() == before + 1);
  CHECK(names.back().find("matmul f32 1 x 3x13x11") == 0);
}

TEST_CASE("bf16 is native exactly when the instruction set has AVX-512") {
  CHECK(core::onednn::bf16_native() == (core::onednn::isa().find("avx512") == 0));
}

TEST_CASE("without AVX-512 bf16 is emulated with the same meaning, and bf16_native says so") {
  // The instruction set is fixed at oneDNN's first call, so the capped run is a process of its own.
  const std::string self = "/proc/" + std::to_string(::getpid()) + "/exe";
  CHECK(std::system(("ONEDNN_MAX_CPU_ISA=AVX2 " + self +
                     " -m -tc='*in bf16*,bf16 is native exactly*,*takes bf16 tensors*' >/dev/null")
                        .c_str()) == 0);
}
