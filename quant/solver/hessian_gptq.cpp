// The Hessian method GPTQ: columns are rounded one after the other, and what is left of each error
// is moved to the columns that follow, where the inputs' correlations let it be undone.
//
// H = mean x xT + damping * mean(diag) I, U upper with UT U = H^-1; for column j: q = Q(w_j),
// e = (w_j - q) / U_jj, W[:,j+1:] -= e U[j,j+1:], the columns behind a block of `block` all at
// once. Ranges and steps are those of the float weight, groups included. source: Frantar et al.
// 2022 (GPTQ), algorithm 1, and its released code. deviation: steps of groups are always set
// beforehand (static_groups of the released code).
#include <algorithm>
#include <numeric>

#include "core/kernels/cholesky.h"
#include "core/system/threads.h"
#include "quant/grid/codes.h"
#include "quant/solver/hessian.h"
#include "quant/solver/solver.h"

namespace quant {
namespace {

using core::Tensor;

constexpr std::string_view kName = "hessian_gptq";

struct HessianGptq final : Solver {
  std::int64_t block;
  double damping;
  bool act_order;

  explicit HessianGptq(core::Params& params)
      : block(params.get<std::int64_t>(
            "block", 128,
            {.doc = "columns after which an error is passed on to all that follow; changes speed "
                    "alone",
             .source = "GPTQ code",
             .min = 1,
             .max = 65536})),
        damping(params.get<double>(
            "damping", 0.01,
            {.doc = "added to the diagonal of the second moments, times its mean",
             .source = "GPTQ code",
             .min = 0,
             .max = 1e3})),
        act_order(params.get<bool>(
            "act_order", false,
            {.doc = "columns in order of falling mean square of their input, not as they stand",
             .source = "GPTQ code: false"})) {}

  Tensor solve(const QuantisedWeight& weight, const Tensor& moments) const override {
    Tensor codes = Tensor::empty(weight.w.shape(), core::DType::s32);
    for (std::int64_t g = 0; g < moments.shape()[0]; ++g) {
      const Rows rows = rows_of_group(kName, weight, moments, g);
      sweep(weight, rows, damped_hessian(kName, moments, g, damping), codes);
    }
    return codes;
  }

 private:
  std::vector<std::int64_t> order_of(const Hessian& hessian) const {
    const std::int64_t k = hessian.h.shape()[0];
    std::vector<std::int64_t> order(static_cast<std::size_t>(k));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const auto h = hessian.h.data<double>();
    const auto larger = [&](std::int64_t a, std::int64_t b) { return h[a * k + a] > h[b * k + b]; };
    if (act_order) std::stable_sort(order.begin(), order.end(), larger);
    return order;
  }

  /// U of the columns in their order.
  static Tensor factor(const Hessian& hessian, const std::vector<std::int64_t>& order) {
    const std::int64_t k = hessian.h.shape()[0];
    Tensor sorted = Tensor::empty({k, k}, core::DType::f64);
    const auto from = hessian.h.data<double>();
    const auto to = sorted.writable<double>();
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < k; ++j)
        to[i * k + j] = from[order[std::size_t(i)] * k + order[std::size_t(j)]];
    }
    const std::optional<Tensor> inverse = core::inverse_positive(sorted);
    const std::optional<Tensor> u = inverse ? core::upper_factor(*inverse) : std::nullopt;
    if (!u) refuse_singular(kName);
    return *u;
  }

  void sweep(const QuantisedWeight& weight, const Rows& rows, const Hessian& hessian,
             Tensor& codes) const {
    const std::vector<std::int64_t> order = order_of(hessian);
    const Tensor factored = factor(hessian, order);
    const auto u = factored.data<double>();
    const std::int64_t k = rows.columns, n = rows.count;
    std::vector<double> w(static_cast<std::size_t>(n * k));  // columns in their order
    for (std::int64_t r = 0; r < n; ++r) {
      for (std::int64_t j = 0; j < k; ++j) {
        const std::int64_t column = order[std::size_t(j)];
        w[std::size_t(r * k + j)] =
            hessian.dead[std::size_t(column)] ? 0.0 : weight.w.at((rows.begin + r) * k + column);
      }
    }
    const auto out = codes.writable<std::int32_t>();
    std::vector<double> errors(static_cast<std::size_t>(n * block));
    for (std::int64_t begin = 0; begin < k; begin += block) {
      const std::int64_t end = std::min(begin + block, k);
      for (std::int64_t j = begin; j < end; ++j) {
        const std::int64_t column = order[std::size_t(j)];
        const Tensor code = round_column(weight, rows, column, w, j);
        const Tensor value =
            dequantise(code, quantiser_of_column(weight, rows, column), weight.grid);
        for (std::int64_t r = 0; r < n; ++r) {
          double* const row = w.data() + r * k;
          const double e = (row[j] - value.at(r)) / u[j * k + j];
          errors[std::size_t(r * block + j - begin)] = e;
          for (std::int64_t c = j; c < end; ++c) row[c] -= e * u[j * k + c];
          out[(rows.begin + r) * k + column] = code.data<std::int32_t>()[std::size_t(r)];
        }
      }
      pass_on(w, errors, u, {begin, end, k});
    }
  }

  /// Codes of column j of w, which is column `column` of the weight.
  static Tensor round_column(const QuantisedWeight& weight, const Rows& rows, std::int64_t column,
                             const std::vector<double>& w, std::int64_t j) {
    Tensor x = Tensor::empty({rows.count}, weight.w.dtype());
    core::dispatch_float(kName, x.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto to = x.writable<T>();
      for (std::int64_t r = 0; r < rows.count; ++r)
        to[r] = static_cast<T>(w[std::size_t(r * rows.columns + j)]);
    });
    return quantise_codes(x, quantiser_of_column(weight, rows, column), weight.grid);
  }

  struct Block {
    std::int64_t begin, end, columns;
  };
  /// The errors of a block to the columns behind it.
  void pass_on(std::vector<double>& w, const std::vector<double>& errors, std::span<const double> u,
               const Block& at) const {
    const std::int64_t k = at.columns, left = k - at.end;
    const std::int64_t n = static_cast<std::int64_t>(w.size()) / k;
    const std::int64_t work = std::max<std::int64_t>(1, (at.end - at.begin) * left);
    core::parallel_for(n, std::max<std::int64_t>(1, (1 << 16) / work),
                       [&](std::int64_t first, std::int64_t last) {
                         for (std::int64_t r = first; r < last; ++r) {
                           double* const row = w.data() + r * k;
                           for (std::int64_t j = at.begin; j < at.end; ++j) {
                             const double e = errors[std::size_t(r * block + j - at.begin)];
                             const double* const by = u.data() + j * k;
                             for (std::int64_t c = at.end; c < k; ++c) row[c] -= e * by[c];
                           }
                         }
                       });
  }
};

const core::Registered<Solver, HessianGptq> kRegistered{kName};

}  // namespace
}  // namespace quant
