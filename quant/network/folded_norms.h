// FoldedNorms: what is remembered of the batch norms that were folded away.
//
// The value of a channel behind a batch norm is, over the training set, close to N(beta, gamma^2):
// rules that need no data read it from here.  Whoever changes a folded convolution (prepare/)
// changes its entry as well.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace quant {

struct FoldedNorm {
  std::vector<double> gamma, beta;  // one an output channel
  double eps;
};

/// By path of the convolution that a norm was folded into.
using FoldedNorms = std::map<std::string, FoldedNorm>;

}  // namespace quant
