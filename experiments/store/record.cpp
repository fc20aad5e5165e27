#include "experiments/store/record.h"

namespace experiments {

std::string Record::explanation() const {
  return status == "damaged" ? message + "; `run` computes it again" : message;
}

std::string Record::label(const std::string& key) const {
  for (const auto& [k, text] : choices) {
    if (k == key) return text;
  }
  return "-";
}

}  // namespace experiments
