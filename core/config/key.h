// Key and Declared: what the reader of a configuration key says about it, and how that is recorded.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace core {

/// What the reader of a key declares beside type and default.
struct Key {
  std::string doc;
  std::string source = "ours";  // paper, section or repository the default comes from
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> one_of = {};  // allowed values of a string
};

/// One declaration as recorded for `schema`.
struct Declared {
  std::string path;          // "learn.optimizer.lr"
  std::string type;          // "real", "integer", "bool", "string", "list", "map"
  std::string default_text;  // empty when the key is required
  Key key;
};

}  // namespace core
