// BitOverrides: bits of single layers or sites, over those of the grid and of the first/last
// policy.
//
// The key is a map from a pattern to bits (a number, or {bits: n}).  A pattern is the exact path of
// a module (`layer1.0.conv1`), a glob in which `*` stands for any characters (`layer1.*`), or a
// role: `stem` (everything in the first stage) or `head` (in the last).  The most specific pattern
// wins: exact path, then role, then the glob with more characters beside its stars; two equally
// specific globs that ask one place for different bits are refused, because the order of a map
// means nothing. A pattern that meets no place is refused with the nearest path.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/params.h"

namespace quant {

/// True when `text` is `pattern` with every `*` replaced by some characters (or none).
bool glob_matches(std::string_view pattern, std::string_view text);

class BitOverrides {
 public:
  /// Where a weight or an activation stands.
  struct Place {
    std::string path;  // of its module
    bool in_stem = false, in_head = false;
  };

  BitOverrides() = default;
  /// Reads the key `overrides`.  throws: ConfigError for a value that is no number of bits.
  explicit BitOverrides(core::Params& params);

  bool empty() const { return entries_.empty(); }
  /// The bits of each place; nothing where no pattern meets it.
  /// throws: ConfigError for a pattern that meets none of them, and for two that disagree.
  std::vector<std::optional<int>> bits_of(const std::vector<Place>& places) const;
  /// The largest number of bits asked for that is not "off"; 0 without any.
  int most_bits() const;

 private:
  struct Entry {
    std::string pattern;
    int bits;
    core::Mark mark;
    /// How well the entry names the place: 0 not at all, larger is more specific.
    int rank(const Place& place) const;
  };
  [[noreturn]] void fail(const Entry& entry, const std::string& message) const;

  std::string key_;  // full path, for messages
  std::vector<Entry> entries_;
};

}  // namespace quant
