#include "quant/pass/run_rows.h"

#include <algorithm>

#include "quant/pass/capture_pass.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

/// Collects pieces of rows into one tensor, made when the first piece shows the shape.
class RowSink {
 public:
  RowSink(const Tensor& x, const core::Scratch& scratch) : x_(x), scratch_(scratch) {}

  void put(std::int64_t begin, const Tensor& piece) {
    const std::int64_t rows = x_.shape()[0], count = piece.shape()[0];
    if (begin == 0 && piece.is_same(x_.rows(0, count))) {
      all_ = x_;  // what goes in arrives unchanged, in every piece
      return;
    }
    if (all_.is_same(x_) && begin > 0) return;
    if (begin == 0 && count == rows) {
      all_ = piece;
      return;
    }
    if (begin == 0) all_ = scratch_.make(piece.shape().with(0, rows), piece.dtype());
    all_.write_rows(begin, piece);
  }
  Tensor take() { return std::move(all_); }

 private:
  const Tensor& x_;
  const core::Scratch& scratch_;
  Tensor all_;
};

void require_samples(const Tensor& x) {
  core::require("run_rows", x.shape().rank() > 0 && x.shape()[0] > 0,
                "there must be samples; got x {}", x.shape());
}

/// fn(begin, count) for every piece.
template <class Fn>
void for_pieces(std::int64_t rows, Fn&& fn) {
  for (std::int64_t begin = 0; begin < rows; begin += kPiece)
    fn(begin, std::min(kPiece, rows - begin));
}

}  // namespace

CapturedRows capture_rows(const nn::Forward& run, const Tensor& x, nn::Pass& pass,
                          const CaptureOptions& options, const core::Scratch& scratch) {
  require_samples(x);
  const std::vector<std::string>& paths = options.paths;
  RowSink y(x, scratch);
  std::vector<RowSink> inputs(paths.size(), RowSink(x, scratch));
  for_pieces(x.shape()[0], [&](std::int64_t begin, std::int64_t count) {
    CapturePass capture(pass, paths, !options.output);
    try {
      const Variable piece = run(Variable(x.rows(begin, count)), capture);
      if (options.output) y.put(begin, piece.value());
    } catch (const CapturePass::Complete&) {  // what lies behind the captured modules is not run
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
      core::require(
          "run_rows",
          capture.captured[i].shape().rank() > 0 && capture.captured[i].shape()[0] == count,
          "every captured module must run once per sample; '{}' gave {}", paths[i],
          capture.captured[i].shape());
      inputs[i].put(begin, capture.captured[i]);
    }
  });
  CapturedRows out{y.take(), {}};
  for (RowSink& sink : inputs) out.inputs.push_back(sink.take());
  return out;
}

Tensor run_rows(const nn::Forward& run, const Tensor& x, nn::Pass& pass,
                const core::Scratch& scratch) {
  require_samples(x);
  RowSink y(x, scratch);
  for_pieces(x.shape()[0], [&](std::int64_t begin, std::int64_t count) {
    y.put(begin, run(Variable(x.rows(begin, count)), pass).value());
  });
  return y.take();
}

Tensor run_rows_over(const nn::Forward& run, Tensor x, nn::Pass& pass,
                     const core::Scratch& scratch) {
  require_samples(x);
  if (!x.is_unique()) return run_rows(run, x, pass, scratch);
  RowSink y(x, scratch);
  bool in_place = false;
  for_pieces(x.shape()[0], [&](std::int64_t begin, std::int64_t count) {
    const Tensor piece = run(Variable(x.rows(begin, count)), pass).value();
    if (begin == 0)
      in_place = piece.shape() == x.shape().with(0, count) && piece.dtype() == x.dtype();
    if (in_place)
      x.write_rows(begin, piece);
    else
      y.put(begin, piece);
  });
  return in_place ? x : y.take();
}

}  // namespace quant
