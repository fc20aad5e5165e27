// CellOutcome: what became of a cell that was computed.
#pragma once

#include <string>

namespace experiments {

struct CellOutcome {
  std::string status, message;
  double top1 = 0, seconds = 0;
};

}  // namespace experiments
