// SourceText: the text of a configuration before and while it is parsed.
//
// Refuses bytes that are no text (ill-formed UTF-8, control characters), turns positions of the
// parser, which counts bytes, into lines and characters, and finds the bracket or quote that was
// left open, which a parser notices only where it makes no sense any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/value.h"

namespace experiments {

/// throws: ConfigError "where:line:column: .." for bytes that are not UTF-8 and for control
/// characters other than line ends and tabs; columns count characters.
void require_text(std::string_view text, const std::string& where);

class SourceText {
 public:
  /// Keeps a view of `text`.  throws: ConfigError (require_text).
  SourceText(std::string_view text, std::string filename);

  std::string_view text() const { return text_; }
  const std::string& filename() const { return filename_; }
  /// The position of a byte by its line and column, both from 0.
  core::Mark mark(int line, int column) const;

  /// A bracket or quote that is never closed, or a bracket that another kind closes.
  struct Open {
    core::Mark at;
    std::string problem;  // "'[' is never closed"
  };
  /// The first one that opens at or before a position; for text that a parser has refused.
  std::optional<Open> open_before(int line, int column) const;

 private:
  std::string_view text_;
  std::string filename_;
  std::vector<std::size_t> lines_;  // where each starts
  // the last position that was asked for, from which the next one of its line is counted
  struct Counted {
    std::size_t line = 0, bytes = 0;
    int characters = 0;
  };
  mutable Counted counted_;
};

}  // namespace experiments
