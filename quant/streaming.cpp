#include "quant/streaming.h"

#include <algorithm>

#include "quant/passes.h"

namespace quant {
namespace {

/// Collects pieces of rows into one tensor, allocated when the first piece shows the shape.
class RowSink {
 public:
  explicit RowSink(std::int64_t rows) : rows_(rows) {}
  void put(std::int64_t begin, const core::Tensor& piece) {
    if (begin == 0) {
      if (piece.shape()[0] == rows_) {
        all_ = piece;
        return;
      }
      all_ = core::Tensor::empty(piece.shape().with(0, rows_), piece.dtype());
    }
    const std::size_t row_bytes = piece.byte_size() / static_cast<std::size_t>(piece.shape()[0]);
    std::copy(piece.raw(), piece.raw() + piece.byte_size(),
              all_.raw_writable() + static_cast<std::size_t>(begin) * row_bytes);
  }
  core::Tensor take() { return std::move(all_); }

 private:
  std::int64_t rows_;
  core::Tensor all_;
};

}  // namespace

CapturedRows capture_rows(const Run& run, const core::Tensor& x, nn::Pass& pass,
                          const std::vector<std::string>& paths) {
  const std::int64_t rows = x.shape()[0];
  core::require("run_rows", rows > 0, "there must be samples; got x {}", x.shape());
  RowSink y(rows);
  std::vector<RowSink> inputs(paths.size(), RowSink(rows));
  for (std::int64_t begin = 0; begin < rows; begin += kPiece) {
    const std::int64_t count = std::min(kPiece, rows - begin);
    CapturePass capture(pass, paths);
    y.put(begin, run(autograd::Variable(x.rows(begin, count)), capture).value());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      core::require(
          "run_rows",
          capture.captured[i].shape().rank() > 0 && capture.captured[i].shape()[0] == count,
          "every captured module must run once per sample; '{}' gave {}", paths[i],
          capture.captured[i].shape());
      inputs[i].put(begin, capture.captured[i]);
    }
  }
  CapturedRows out{y.take(), {}};
  for (RowSink& sink : inputs) out.inputs.push_back(sink.take());
  return out;
}

core::Tensor run_rows(const Run& run, const core::Tensor& x, nn::Pass& pass) {
  return capture_rows(run, x, pass, {}).y;
}

}  // namespace quant
