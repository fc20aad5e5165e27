// Self-test: the fast products against naive loops on this machine, in about a second.
//
// Wrong answers that only one kind of node gives have happened in optimised libraries; a node that
// fails this test should compute nothing. source: OpenBLAS issue 3454 (wrong results on one core
// type only).
#pragma once

#include <string>
#include <vector>

namespace experiments {

struct SelfTestRow {
  std::string name;
  double error = 0, limit = 0;  // largest difference relative to the largest value
  bool passed() const { return error <= limit; }
};

std::vector<SelfTestRow> self_test();

}  // namespace experiments
