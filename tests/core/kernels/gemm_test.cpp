#include "core/kernels/gemm.h"

#include <doctest/doctest.h>

#include <string>

#include "core/io/h5.h"
#include "core/kernels/reduce.h"
#include "core/rng.h"
#include "core/system/file.h"
#include "tests/support/compare.h"
#include "tests/support/products.h"
#include "tests/support/python.h"
#include "tests/support/temp_dir.h"

using core::DType;
using core::MatmulOptions;
using core::Precision;
using core::Shape;
using core::Tensor;
using support::bf16_doubles;
using support::doubles;
using support::error_in_bounds;
using support::magnitudes;

namespace {

struct Case {
  const char* name;
  std::vector<std::int64_t> leading;
  std::int64_t M, N, K;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table{
      {"one by one", {}, 1, 1, 1},
      {"row times matrix", {}, 1, 7, 5},
      {"matrix times column", {}, 6, 1, 9},
      {"outer product", {}, 5, 4, 1},
      {"odd sizes", {}, 33, 17, 65},
      {"a head", {}, 128, 10, 64},
      {"batch", {6}, 5, 4, 7},
      {"attention scores", {2, 3}, 50, 50, 64},
      {"attention values", {2, 3}, 50, 16, 50},
      {"batch of one", {1, 1}, 3, 8, 2},
      {"larger", {}, 100, 192, 300},
  };
  return table;
}

Shape shape_of(const std::vector<std::int64_t>& leading, std::int64_t rows, std::int64_t columns,
               bool transposed) {
  std::vector<std::int64_t> dims = leading;
  dims.push_back(transposed ? columns : rows);
  dims.push_back(transposed ? rows : columns);
  return Shape(dims);
}

struct Types {
  Precision precision;
  DType a = DType::f32, b = DType::f32;
};

/// Every form of one product against the definition in f64.
void check(const Case& c, const Types& types) {
  core::Rng rng(11);
  const auto seen = types.precision == Precision::bf16 ? bf16_doubles : doubles;
  for (int form = 0; form < 8; ++form) {
    MatmulOptions options{
        .trans_a = (form & 1) != 0, .trans_b = (form & 2) != 0, .precision = types.precision};
    const bool one_b = (form & 4) != 0;
    CAPTURE(form);
    const Tensor a = rng.normal(shape_of(c.leading, c.M, c.K, options.trans_a), 0, 1).to(types.a);
    const std::vector<std::int64_t> none;
    const Tensor b =
        rng.normal(shape_of(one_b ? none : c.leading, c.K, c.N, options.trans_b), 0, 1).to(types.b);
    const Tensor got = core::matmul(a, b, options);
    options.precision = Precision::f32;
    CHECK(got.shape() == shape_of(c.leading, c.M, c.N, false));
    CHECK(error_in_bounds(got, core::matmul(seen(a), seen(b), options),
                          core::matmul(magnitudes(seen(a)), magnitudes(seen(b)), options),
                          c.K) < 1);
  }
}

void check_linear(Precision precision) {
  core::Rng rng(12);
  const auto seen = precision == Precision::bf16 ? bf16_doubles : doubles;
  for (const Shape& s :
       {Shape{5, 7, 4}, Shape{2, 3, 65, 33}, Shape{1, 1, 1}, Shape{64, 50, 192}, Shape{16, 10}}) {
    const std::int64_t I = s[-1], O = s.rank() == 2 ? 3 : s[-2] + 2;
    CAPTURE(s.str());
    const Tensor x = rng.normal(s, 0, 1), w = rng.normal({O, I}, 0, 1), b = rng.normal({O}, 0, 1);
    const Tensor dy = rng.normal(s.with(-1, O), 0, 1), b64 = doubles(b),
                 b_magnitude = magnitudes(b);
    const Tensor xd = seen(x), wd = seen(w), dyd = seen(dy), xm = magnitudes(xd),
                 wm = magnitudes(wd), dym = magnitudes(dyd);
    CHECK(error_in_bounds(core::linear(x, w, &b, precision), core::linear(xd, wd, &b64),
                          core::linear(xm, wm, &b_magnitude), I + 1) < 1);
    CHECK(error_in_bounds(core::linear(x, w, nullptr, precision), core::linear(xd, wd, nullptr),
                          core::linear(xm, wm, nullptr), I) < 1);
    CHECK(error_in_bounds(core::linear_backward_data(dy, w, precision),
                          core::linear_backward_data(dyd, wd), core::linear_backward_data(dym, wm),
                          O) < 1);
    CHECK(error_in_bounds(core::linear_backward_weights(dy, x, precision),
                          core::linear_backward_weights(dyd, xd),
                          core::linear_backward_weights(dym, xm), x.numel() / I) < 1);
  }
}

}  // namespace

TEST_CASE("matmul in f32 equals its definition within the bound of f32 summation") {
  for (const Case& c : cases()) {
    SUBCASE(c.name) { check(c, {Precision::f32}); }
  }
}

TEST_CASE("matmul in bf16 equals its definition on rounded operands, summed in f32") {
  for (const Case& c : cases()) {
    SUBCASE(c.name) { check(c, {Precision::bf16}); }
  }
}

TEST_CASE("products with leading axes of 1 equal the definition on both sides of every threshold") {
  const std::vector<Types> types{{Precision::f32},
                                 {Precision::bf16},
                                 {Precision::bf16, DType::bf16, DType::bf16},
                                 {Precision::bf16, DType::bf16, DType::f32}};
  // of sums by pairs: 8 rows of results, whole vectors of columns, 128 terms
  const std::vector<Case> pairs{{"", {}, 7, 16, 128},  {"", {}, 8, 16, 127}, {"", {}, 8, 15, 128},
                                {"", {}, 8, 16, 128},  {"", {}, 9, 17, 129}, {"", {}, 16, 32, 256},
                                {"", {}, 40, 48, 130}, {"", {}, 1, 16, 512}};
  for (Case c : pairs) {
    for (const std::vector<std::int64_t>& leading : std::vector<std::vector<std::int64_t>>{
             {}, {1}, {1, 1}, {1, 1, 1, 1, 1, 1}, {2}, {1, 2}, {2, 1}}) {
      c.leading = leading;
      for (const Types& t : types) {
        CAPTURE(shape_of(leading, c.M, c.N, false).str());
        CAPTURE(c.K);
        CAPTURE(core::name_of(t.precision));
        CAPTURE(core::name_of(t.a));
        CAPTURE(core::name_of(t.b));
        check(c, t);
      }
    }
  }
  // of products one by one in a batch: 32 columns, 32 terms, a million multiplications
  for (Case c : std::vector<Case>{{"", {}, 5, 32, 40},
                                  {"", {}, 5, 33, 32},
                                  {"", {}, 5, 33, 33},
                                  {"", {}, 99, 32, 313},
                                  {"", {}, 100, 100, 100},
                                  {"", {}, 101, 100, 99}}) {
    for (const std::vector<std::int64_t>& leading :
         std::vector<std::vector<std::int64_t>>{{1}, {2}, {1, 3}}) {
      c.leading = leading;
      CAPTURE(shape_of(leading, c.M, c.N, false).str());
      CAPTURE(c.K);
      check(c, {Precision::f32});
    }
  }
}

TEST_CASE("layers equal the definition on both sides of every threshold, behind axes of 1") {
  struct Layer {
    std::int64_t rows, inputs, outputs;
  };
  std::vector<Layer> layers{{128, 64, 15}, {128, 64, 17}, {128, 2048, 128}, {128, 2050, 128}};
  for (const std::int64_t rows : {127, 128, 129}) {  // that pay for packing
    for (const std::int64_t inputs : {30, 31, 32, 33, 34}) layers.push_back({rows, inputs, 16});
    for (const std::int64_t outputs : {7, 8, 9})  // of the weight gradient by pairs
      for (const std::int64_t inputs : {15, 16, 17}) layers.push_back({rows, inputs, outputs});
  }
  core::Rng rng(21);
  for (const Layer& l : layers) {
    CAPTURE(l.rows);
    CAPTURE(l.inputs);
    CAPTURE(l.outputs);
    const std::int64_t many = l.inputs, few = l.outputs;
    const Tensor x = rng.normal({1, 1, l.rows, many}, 0, 1).to(DType::bf16);
    const Tensor y = rng.normal({1, 1, l.rows, few}, 0, 1).to(DType::bf16);
    const Tensor w = rng.normal({few, many}, 0, 1), turned = rng.normal({many, few}, 0, 1),
                 bias = rng.normal({few}, 0, 1);
    const Tensor xd = doubles(x), yd = doubles(y), wd = bf16_doubles(w), td = bf16_doubles(turned),
                 b = doubles(bias), bm = magnitudes(bias);
    constexpr auto kBf16 = Precision::bf16;
    CHECK(error_in_bounds(core::linear(x, w, &bias, kBf16), core::linear(xd, wd, &b),
                          core::linear(magnitudes(xd), magnitudes(wd), &bm), many + 1) < 1);
    CHECK(error_in_bounds(core::linear_backward_data(x, turned, kBf16),
                          core::linear_backward_data(xd, td),
                          core::linear_backward_data(magnitudes(xd), magnitudes(td)), many) < 1);
    if (many > 64) continue;  // the rows count, and large ones take long in f64
    Tensor dbias;
    CHECK(error_in_bounds(core::linear_backward_weights(y, x, kBf16, &dbias),
                          core::linear_backward_weights(yd, xd),
                          core::linear_backward_weights(magnitudes(yd), magnitudes(xd)),
                          l.rows) < 1);
    CHECK(error_in_bounds(dbias, core::sum_to(yd, {few}), core::sum_to(magnitudes(yd), {few}),
                          l.rows) < 1);
  }
}

TEST_CASE("linear and its gradients equal their definitions in f32") {
  check_linear(Precision::f32);
}

TEST_CASE("linear and its gradients equal their definitions in bf16") {
  check_linear(Precision::bf16);
}

TEST_CASE("matrix products take bf16 tensors as they are and round what they make of them") {
  core::Rng rng(13);
  const Tensor a = rng.normal({2, 5, 16}, 0, 1), b = rng.normal({2, 16, 9}, 0, 1),
               w = rng.normal({9, 16}, 0, 1), bias = rng.normal({9}, 0, 1),
               dy = rng.normal({2, 5, 9}, 0, 1);
  const auto half = [](const Tensor& t) { return t.to(DType::bf16); };
  const MatmulOptions options{.precision = Precision::bf16};
  constexpr auto kBf16 = Precision::bf16;
  // half a unit in the last place, and one more where f32 sums in another order fall apart
  const auto rounds = [&](const Tensor& got, const Tensor& wide) {
    CHECK(got.dtype() == DType::bf16);
    CHECK(support::relative_difference(got, wide) < 0x1p-8);
  };
  rounds(core::matmul(half(a), half(b), options), core::matmul(a, b, options));
  rounds(core::matmul(half(a), b, options), core::matmul(a, b, options));
  rounds(core::linear(half(a), w, &bias, kBf16), core::linear(a, w, &bias, kBf16));
  rounds(core::linear_backward_data(half(dy), w, kBf16), core::linear_backward_data(dy, w, kBf16));
  CHECK(support::same_bits(core::linear_backward_weights(half(dy), half(a), kBf16),
                           core::linear_backward_weights(dy, a, kBf16)));
  const Tensor nothing =
      core::linear(Tensor::zeros({3, 0}, DType::bf16), Tensor::zeros({9, 0}), &bias, kBf16);
  CHECK(support::same_bits(nothing.rows(2, 1), half(bias).reshape({1, 9})));
}

TEST_CASE("linear sees a weight that was written after its first use") {
  core::Rng rng(14);
  const Tensor x = rng.normal({64, 192}, 0, 1);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    Tensor w = rng.normal({96, 192}, 0, 1);
    const Tensor before = core::linear(x, w, nullptr, precision);
    CHECK(support::same_bits(core::linear(x, w, nullptr, precision), before));
    for (float& v : w.writable<float>()) v = -v;
    Tensor negated = core::linear(x, w, nullptr, precision);
    for (float& v : negated.writable<float>()) v = -v;
    CHECK(support::same_bits(negated, before));
  }
}

TEST_CASE("linear takes a weight that is a view of rows") {
  core::Rng rng(15);
  const Tensor x = rng.normal({7, 32}, 0, 1), all = rng.normal({48, 32}, 0, 1);
  for (const std::int64_t begin : {0, 16, 32}) {
    const Tensor view = all.rows(begin, 16);
    const Tensor own = Tensor::of<float>(view.shape(), view.data<float>());
    CHECK(support::same_bits(core::linear(x, view, nullptr), core::linear(x, own, nullptr)));
  }
}

TEST_CASE("the gradient of a weight brings that of the bias when asked, on every way") {
  core::Rng rng(5);
  for (const DType type : {DType::f64, DType::f32, DType::bf16}) {
    for (const std::int64_t rows : {3, 300}) {  // the second by pairs in bf16
      const Tensor slopes = rng.normal({rows, 24}, 0, 1).to(type);
      const Tensor x = rng.normal({rows, 32}, 0, 1).to(type);
      const Precision precision = type == DType::bf16 ? Precision::bf16 : Precision::f32;
      Tensor dbias;
      const Tensor dw = core::linear_backward_weights(slopes, x, precision, &dbias);
      CHECK(support::same_bits(dw, core::linear_backward_weights(slopes, x, precision)));
      CHECK(dbias.dtype() == dw.dtype());
      CHECK(error_in_bounds(dbias, core::sum_to(doubles(slopes), {24}),
                            core::sum_to(magnitudes(slopes), {24}), rows) < 1);
    }
  }
  Tensor dbias;
  core::linear_backward_weights(Tensor::empty({0, 4}), Tensor::empty({0, 2}), Precision::f32,
                                &dbias);
  CHECK(support::same_bits(dbias, Tensor::zeros({4})));
}

TEST_CASE("products of empty extents are zero, or the bias") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto zeros = [&](Shape s) { return Tensor::zeros(s, dtype); };
    CHECK(core::matmul(zeros({0, 3}), zeros({3, 4})).shape() == Shape{0, 4});
    CHECK(core::matmul(zeros({2, 0, 3}), zeros({2, 3, 4})).shape() == Shape{2, 0, 4});
    CHECK(support::same_bits(core::matmul(zeros({2, 0}), zeros({0, 3})), zeros({2, 3})));
    const Tensor b = Tensor::full({3}, 2, dtype);
    CHECK(support::same_bits(core::linear(zeros({2, 0}), zeros({3, 0}), &b),
                             Tensor::full({2, 3}, 2, dtype)));
    CHECK(core::linear(zeros({0, 5}), zeros({3, 5}), &b).shape() == Shape{0, 3});
    CHECK(core::linear_backward_data(zeros({0, 3}), zeros({3, 5})).shape() == Shape{0, 5});
    CHECK(support::same_bits(core::linear_backward_weights(zeros({0, 3}), zeros({0, 5})),
                             zeros({3, 5})));
  }
}

TEST_CASE("matmul gives the same bits twice") {
  core::Rng rng(16);
  const Tensor a = rng.normal({200, 300}, 0, 1), b = rng.normal({300, 100}, 0, 1);
  const Tensor q = rng.normal({24, 50, 16}, 0, 1);
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    const MatmulOptions plain{.precision = precision},
        scores{.trans_b = true, .precision = precision};
    CHECK(support::same_bits(core::matmul(a, b, plain), core::matmul(a, b, plain)));
    CHECK(support::same_bits(core::matmul(q, q, scores), core::matmul(q, q, scores)));
  }
}

TEST_CASE("gram_matrix in f32 equals the product with the transpose, in both triangles") {
  for (const core::Shape& shape :
       {core::Shape{1, 7, 5}, core::Shape{3, 33, 17}, core::Shape{2, 1, 4}, core::Shape{1, 6, 1}}) {
    CAPTURE(shape.str());
    core::Rng rng(12);
    const core::Tensor x = rng.normal(shape, 0, 1), wide = x.to(core::DType::f64);
    const core::Tensor ours = core::gram_matrix(x),
                       exact = core::matmul(wide, wide, {.trans_a = true});
    CHECK(support::relative_difference(ours, exact) < 1e-5);
    CHECK(support::same_bits(core::gram_matrix(wide), exact));
  }
  CHECK(core::gram_matrix(core::Tensor::zeros({2, 0, 3})).values() == std::vector<double>(18, 0.0));
  CHECK_THROWS_AS(core::gram_matrix(core::Tensor::zeros({3, 4})), core::ShapeError);
}

TEST_CASE("products refuse what does not fit, naming the rule and both shapes") {
  const auto zeros = [](Shape s) { return Tensor::zeros(s); };
  CHECK_THROWS_WITH_AS(core::matmul(zeros({2, 3}), zeros({4, 5})),
                       "matmul: inner extents must be equal; got a (2, 3), b (4, 5)",
                       core::ShapeError);
  CHECK_THROWS_AS(core::matmul(zeros({3}), zeros({3, 5})), core::ShapeError);
  CHECK_THROWS_AS(core::matmul(zeros({2, 4, 3}), zeros({3, 3, 5})), core::ShapeError);
  CHECK_THROWS_AS(core::matmul(zeros({4, 3}), zeros({2, 3, 5})), core::ShapeError);
  CHECK_THROWS_AS(core::matmul(zeros({2, 3}), zeros({3, 2}).to(DType::f64)), core::ShapeError);
  CHECK_THROWS_AS(core::matmul(zeros({2, 3}).to(DType::s32), zeros({3, 2})), core::ShapeError);
  const Tensor b = zeros({4});
  CHECK_THROWS_AS(core::linear(zeros({2, 3}), zeros({5, 4}), nullptr), core::ShapeError);
  CHECK_THROWS_AS(core::linear(zeros({2, 3}), zeros({5, 3}), &b), core::ShapeError);
  CHECK_THROWS_AS(core::linear_backward_data(zeros({2, 3}), zeros({5, 3})), core::ShapeError);
  CHECK_THROWS_AS(core::linear_backward_weights(zeros({2, 3}), zeros({4, 3})), core::ShapeError);
}

TEST_CASE("matmul and linear agree with PyTorch") {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  const support::TempDir dir;
  core::Rng rng(17);
  const Tensor a = rng.normal({3, 2, 50, 16}, 0, 1), b = rng.normal({3, 2, 50, 16}, 0, 1);
  const Tensor x = rng.normal({4, 50, 64}, 0, 1), w = rng.normal({192, 64}, 0, 1),
               bias = rng.normal({192}, 0, 1);
  core::h5::File in = core::h5::File::create();
  in.write("a", a);
  in.write("b", b);
  in.write("x", x);
  in.write("w", w);
  in.write("bias", bias);
  core::publish(dir.file("in.h5"), in.image());
  REQUIRE(support::run_reference("gemm.py", dir.file("in.h5") + " " + dir.file("out.h5")) == 0);
  const core::h5::File out = core::h5::File::open(dir.file("out.h5"));
  constexpr double kTolerance = 2e-6;  // f32 sums of 64 terms in another order
  CHECK(support::relative_difference(core::matmul(a, b, {.trans_b = true}), out.read("scores")) <
        kTolerance);
  CHECK(support::relative_difference(core::matmul(a, b, {.trans_a = true}),
                                     out.read("transposed")) < kTolerance);
  CHECK(support::relative_difference(core::linear(x, w, &bias), out.read("linear")) < kTolerance);
}
