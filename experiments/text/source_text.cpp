#include "experiments/text/source_text.h"

#include <algorithm>
#include <utility>

#include "core/config/utf8.h"
#include "core/error.h"

namespace experiments {
namespace {

int characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // bytes that go on are not counted
  }));
}

/// Walks through YAML as far as brackets and quotes go: comments and block scalars are passed over,
/// and in block context a bracket counts only where a value begins (`title: accuracy [%]` has
/// none).
class Brackets {
 public:
  explicit Brackets(std::string_view text) : text_(text) { walk(); }

  struct Opened {
    std::size_t at;
    std::string problem;
  };
  const std::optional<Opened>& found() const { return found_; }

 private:
  void walk() {
    while (at_ < text_.size() && !found_) {
      const char c = text_[at_];
      if (c == '\n') {
        line_ = at_ + 1, last_ = '\n';
      } else if (c == '#' && (at_ == line_ || blank(text_[at_ - 1]))) {
        at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
      } else if (!blank(c)) {
        step(c);
        if (at_ < text_.size()) last_ = text_[at_];
      }
      ++at_;
    }
    if (!found_ && !open_.empty())
      found_ = Opened{open_.back(), fmt::format("'{}' is never closed", text_[open_.back()])};
  }

  void step(char c) {
    if ((c == '"' || c == '\'') && begins()) return quote(c);
    if ((c == '|' || c == '>') && open_.empty() && begins()) return block();
    if ((c == '[' || c == '{') && (!open_.empty() || begins())) return open_.push_back(at_);
    if ((c != ']' && c != '}') || open_.empty()) return;
    const char opened = text_[open_.back()];
    if ((opened == '[') == (c == ']')) return open_.pop_back();
    found_ = Opened{open_.back(), fmt::format("'{}' is closed by '{}'", opened, c)};
  }

  /// Whether a value can begin here.
  bool begins() const {
    if (last_ == '\n' || std::string_view("[{,").find(last_) != std::string_view::npos) return true;
    return (last_ == ':' || last_ == '-' || last_ == '?') && at_ > 0 && blank(text_[at_ - 1]);
  }

  void quote(char kind) {
    const std::size_t start = at_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (kind == '"' && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == kind) {
        if (kind == '"' || at_ + 1 == text_.size() || text_[at_ + 1] != kind) return;
        ++at_;  // '' is a quote inside
      }
    }
    found_ = Opened{start, fmt::format("the quote {} is never closed", kind)};
  }

  /// To the end of the lines that are indented more than this one.
  void block() {
    const std::size_t indent = indent_of(line_);
    at_ = std::min(text_.find('\n', at_), text_.size());
    while (at_ < text_.size()) {
      const std::size_t next = at_ + 1, end = std::min(text_.find('\n', next), text_.size());
      const bool empty = next + indent_of(next) >= end;
      if (!empty && indent_of(next) <= indent) break;
      at_ = end;
    }
    if (at_ < text_.size()) line_ = at_ + 1;
  }

  std::size_t indent_of(std::size_t line) const {
    const std::size_t first = text_.find_first_not_of(' ', line);
    return std::min(first, text_.size()) - std::min(line, text_.size());
  }

  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 0;
  char last_ = '\n';  // before this one, blanks left out
  std::vector<std::size_t> open_;
  std::optional<Opened> found_;
};

}  // namespace

void require_text(std::string_view text, const std::string& where) {
  int line = 1, column = 1;
  for (std::size_t i = 0; i < text.size(); ++column) {
    const std::size_t length = core::utf8_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      throw core::ConfigError(fmt::format(
          "{}:{}:{}: byte 0x{:02x} is not UTF-8 text (cut off, overlong, a surrogate, or no "
          "character at all)",
          where, line, column, byte));
    }
    if ((byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r') || byte == 0x7F) {
      throw core::ConfigError(fmt::format("{}:{}:{}: the control character 0x{:02x} is not text",
                                          where, line, column, byte));
    }
    if (byte == '\n') ++line, column = 0;
    i += length;
  }
}

SourceText::SourceText(std::string_view text, std::string filename)
    : text_(text), filename_(std::move(filename)), lines_{0} {
  require_text(text_, filename_);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
}

core::Mark SourceText::mark(int line, int column) const {
  const std::size_t l = std::min(static_cast<std::size_t>(std::max(line, 0)), lines_.size() - 1);
  const auto bytes = static_cast<std::size_t>(std::max(column, 0));
  if (l != counted_.line || bytes < counted_.bytes) counted_ = {.line = l};
  const std::string_view more =
      text_.substr(std::min(lines_[l] + counted_.bytes, text_.size()), bytes - counted_.bytes);
  counted_.characters += characters(more);
  counted_.bytes = bytes;
  return {.file = filename_, .line = static_cast<int>(l) + 1, .column = counted_.characters + 1};
}

std::optional<SourceText::Open> SourceText::open_before(int line, int column) const {
  const std::optional<Brackets::Opened> found = Brackets(text_).found();
  if (!found) return std::nullopt;
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), found->at);
  const auto l = static_cast<int>(next - lines_.begin()) - 1;
  const auto c = static_cast<int>(found->at - *std::prev(next));
  if (std::pair(l, c) > std::pair(line, column)) return std::nullopt;
  return Open{mark(l, c), found->problem};
}

}  // namespace experiments
