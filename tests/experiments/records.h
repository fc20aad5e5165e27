// Records of made-up cells for tests of tables and plots.
#pragma once

#include <string>

#include "experiments/results/report.h"

namespace experiments_test {

inline experiments::Record record(const char* method, const char* bits, const char* seed,
                                  double top1, const char* status = "ok") {
  experiments::Record r;
  r.id = std::string(method) + bits + seed;
  r.choices = {{"method", method}, {"quant.weight.bits", bits}, {"seed", seed}};
  r.status = status;
  r.top1 = top1;
  r.fp_top1 = 93;
  r.images = 10000;
  return r;
}

}  // namespace experiments_test
