#include "core/error.h"

#include <algorithm>
#include <numeric>

namespace core {
namespace {

constexpr std::size_t kLongestWord = 256;  // that is compared with others

/// Levenshtein distance with unit costs; one row of the table is kept.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

void detail::fail_shape(std::string_view op, fmt::string_view format, fmt::format_args args) {
  throw ShapeError(std::string(op) + ": " + fmt::vformat(format, args));
}

void detail::fail_input(std::string_view where, fmt::string_view format, fmt::format_args args) {
  throw InputError(std::string(where) + ": " + fmt::vformat(format, args));
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::string::npos;
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t limit = std::max<std::size_t>(2, longer / 3);
    // The distance is never below the difference of the lengths; a text is no misspelt word.
    if (longer > kLongestWord || longer - std::min(word.size(), candidate.size()) > limit) continue;
    const std::size_t d = edit_distance(word, candidate);
    if (d <= limit && d < longer && d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string known_hint(std::string_view word, const std::vector<std::string>& known) {
  const std::string close = nearest(word, known);
  std::string out;
  if (!close.empty()) out += fmt::format("; did you mean '{}'?", close);
  if (!known.empty()) out += fmt::format("; known: {}", fmt::join(known, ", "));
  return out;
}

}  // namespace core
