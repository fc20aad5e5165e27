// Optimal brain quantization: in every row the weight whose rounding costs least is rounded first,
// all others of the row move to make up for it, and so on until none is left.
//
// The cost of weight j is (w_j - Q(w_j))^2 / [H^-1]_jj; the others change by
// -(w_j - q) / [H^-1]_jj [H^-1]_:j, then j leaves H^-1 by a rank-1 downdate.  A weight that has
// been pushed off the grid, beyond its last level by more than half of the last gap, is rounded at
// once, the worst first, unless the cheapest weight is 0 already.  O(K^3) for each row of K
// weights: for small networks. source: Frantar and Alistarh 2022 (OBC), algorithm 3 and section 5,
// and its released code. deviation: the diagonal is damped as in GPTQ; the released code adds the
// unit matrix where H cannot be inverted, and nothing otherwise (damping: 0).
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/kernels/cholesky.h"
#include "core/system/threads.h"
#include "quant/grid/codes.h"
#include "quant/solver/hessian.h"
#include "quant/solver/solver.h"

namespace quant {
namespace {

using core::Tensor;

constexpr std::string_view kName = "obq";

/// [H^-1] over the columns that are left: the leading `count` rows and columns of a matrix of
/// stride `stride`, whose column i is `column[i]` of the weight.
struct Remaining {
  std::vector<double> inverse;
  std::vector<std::int64_t> column;
  std::int64_t count, stride;

  Remaining(const Tensor& h, std::int64_t k)
      : inverse(h.data<double>().begin(), h.data<double>().end()),
        column(static_cast<std::size_t>(k)),
        count(k),
        stride(k) {
    std::iota(column.begin(), column.end(), std::int64_t{0});
  }
  double& at(std::int64_t i, std::int64_t j) { return inverse[std::size_t(i * stride + j)]; }

  /// Takes place p out: it changes with the last one, which is eliminated.
  void remove(std::int64_t p) {
    const std::int64_t last = count - 1;
    if (p != last) {
      std::swap_ranges(&at(p, 0), &at(p, 0) + count, &at(last, 0));
      for (std::int64_t i = 0; i < count; ++i) std::swap(at(i, p), at(i, last));
      std::swap(column[std::size_t(p)], column[std::size_t(last)]);
    }
    const double* const v = &at(last, 0);
    const double d = v[last];
    for (std::int64_t i = 0; i < last; ++i) {
      double* const row = &at(i, 0);
      const double factor = v[i] / d;
      for (std::int64_t j = 0; j < last; ++j) row[j] -= factor * v[j];
    }
    count = last;
  }
};

/// A row of weights, its quantiser, and how far beyond the end levels it may go.
class Row {
 public:
  Row(const QuantisedWeight& weight, std::int64_t row, const std::vector<bool>& dead)
      : grid_(weight.grid),
        q_(quantiser_of_row(weight, row)),
        x_(Tensor::empty({static_cast<std::int64_t>(dead.size())}, weight.w.dtype())) {
    const auto columns = static_cast<std::int64_t>(dead.size());
    for (std::int64_t j = 0; j < columns; ++j)
      w_.push_back(dead[std::size_t(j)] ? 0.0 : weight.w.at(row * columns + j));
    const auto levels = [&](int code) {
      const Tensor codes = Tensor::full(x_.shape(), code, core::DType::s32);
      return dequantise(codes, q_, grid_).values();
    };
    const auto least = levels(grid_.qmin()), next = levels(grid_.qmin() + 1),
               before = levels(grid_.qmax() - 1), most = levels(grid_.qmax());
    for (std::size_t j = 0; j < w_.size(); ++j) {
      low_.push_back(least[j] - 0.5 * (next[j] - least[j]));
      high_.push_back(most[j] + 0.5 * (most[j] - before[j]));
    }
  }

  void solve(Remaining left, std::span<std::int32_t> codes) {
    while (left.count > 0) {
      round();
      const std::int64_t p = choose(left);
      const auto j = static_cast<std::size_t>(left.column[std::size_t(p)]);
      codes[j] = codes_.data<std::int32_t>()[j];
      const double step = (w_[j] - value_[j]) / left.at(p, p);
      for (std::int64_t i = 0; i < left.count; ++i)
        w_[std::size_t(left.column[std::size_t(i)])] -= step * left.at(p, i);
      left.remove(p);
    }
  }

 private:
  /// Codes and values nearest to the row as it stands.
  void round() {
    core::dispatch_float(kName, x_.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto to = x_.writable<T>();
      for (std::size_t j = 0; j < w_.size(); ++j) to[j] = static_cast<T>(w_[j]);
    });
    codes_ = quantise_codes(x_, q_, grid_);
    value_ = dequantise(codes_, q_, grid_).values();
  }

  std::int64_t choose(Remaining& left) const {
    std::int64_t best = 0, worst = -1;
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (std::int64_t i = 0; i < left.count; ++i) {
      const auto j = static_cast<std::size_t>(left.column[std::size_t(i)]);
      const double error = (w_[j] - value_[j]) * (w_[j] - value_[j]);
      const double cost = error / left.at(i, i);
      if (cost < least) least = cost, best = i;
      if ((w_[j] < low_[j] || w_[j] > high_[j]) && error > most) most = error, worst = i;
    }
    const bool at_zero = w_[std::size_t(left.column[std::size_t(best)])] == 0;
    return worst >= 0 && !at_zero ? worst : best;
  }

  const Grid grid_;
  const QParams q_;
  Tensor x_, codes_;
  std::vector<double> w_, value_, low_, high_;
};

struct Obq final : Solver {
  double damping;

  explicit Obq(core::Params& params)
      : damping(params.get<double>(
            "damping", 0.01,
            {.doc = "added to the diagonal of the second moments, times its mean",
             .source = "GPTQ code; OBC code: 0, or the unit matrix where there is no inverse",
             .min = 0,
             .max = 1e3})) {}

  Tensor solve(const QuantisedWeight& weight, const Tensor& moments) const override {
    Tensor codes = Tensor::empty(weight.w.shape(), core::DType::s32);
    const auto out = codes.writable<std::int32_t>();
    for (std::int64_t g = 0; g < moments.shape()[0]; ++g) {
      const Rows rows = rows_of_group(kName, weight, moments, g);
      const Hessian hessian = damped_hessian(kName, moments, g, damping);
      const std::optional<Tensor> inverse = core::inverse_positive(hessian.h);
      if (!inverse) refuse_singular(kName);
      const std::int64_t k = rows.columns;
      core::parallel_for(rows.count, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t r = rows.begin + first; r < rows.begin + last; ++r)
          Row(weight, r, hessian.dead)
              .solve(Remaining(*inverse, k), out.subspan(std::size_t(r * k), std::size_t(k)));
      });
    }
    return codes;
  }
};

const core::Registered<Solver, Obq> kRegistered{kName};

}  // namespace
}  // namespace quant
