#include "quant/network/bit_overrides.h"

#include <algorithm>

#include "quant/grid/grid.h"

namespace quant {
namespace {

constexpr int kRoleRank = 1 << 20, kExactRank = 1 << 21;  // above any length of a glob

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  // where to go on from the last star when the text does not fit
  std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

BitOverrides::BitOverrides(core::Params& params) {
  const std::string doc =
      "bits by module path, glob (layer1.*) or role (stem, head), over bits and first_last; "
      "{path: bits}";
  core::Params own = params.child("overrides", doc);
  key_ = own.path();
  const core::Value tree = own.resolved();
  for (const auto& [pattern, value] : tree.map()) {
    int bits = kBitsOff;
    if (value.is_map()) {
      core::Params nested = own.child(pattern, "bits of these places");
      if (!nested.has("bits")) nested.fail("must give bits");
      bits = read_bits(nested, "bits", bits, "bits of these places");
    } else {
      bits = read_bits(own, pattern, bits, "bits of these places");
    }
    entries_.push_back({pattern, bits, value.mark});
  }
}

int BitOverrides::Entry::rank(const Place& place) const {
  if (pattern == place.path) return kExactRank;
  if ((pattern == "stem" && place.in_stem) || (pattern == "head" && place.in_head))
    return kRoleRank;
  if (pattern.find('*') == std::string::npos || !glob_matches(pattern, place.path)) return 0;
  return 1 + static_cast<int>(pattern.size()) -
         static_cast<int>(std::count(pattern.begin(), pattern.end(), '*'));
}

void BitOverrides::fail(const Entry& entry, const std::string& message) const {
  const std::string where = entry.mark.str();
  throw core::ConfigError(
      fmt::format("{}{}{}.{}: {}", where, where.empty() ? "" : " ", key_, entry.pattern, message));
}

std::vector<std::optional<int>> BitOverrides::bits_of(const std::vector<Place>& places) const {
  std::vector<std::optional<int>> out(places.size());
  std::vector<const Entry*> chosen(places.size(), nullptr);
  for (const Entry& entry : entries_) {
    bool met = false;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const int rank = entry.rank(places[i]);
      if (rank == 0) continue;
      met = true;
      const int before = chosen[i] ? chosen[i]->rank(places[i]) : 0;
      if (rank == before && entry.bits != chosen[i]->bits)
        fail(entry, fmt::format("{} is as specific and asks {} for {} bits instead of {}",
                                chosen[i]->pattern, places[i].path, chosen[i]->bits, entry.bits));
      if (rank <= before) continue;
      chosen[i] = &entry;
      out[i] = entry.bits;
    }
    if (met) continue;
    std::vector<std::string> known{"stem", "head"};
    for (const Place& place : places) {
      if (std::find(known.begin(), known.end(), place.path) == known.end())
        known.push_back(place.path);
    }
    fail(entry, fmt::format("matches nothing that can be quantised here{}",
                            core::known_hint(entry.pattern, known)));
  }
  return out;
}

int BitOverrides::most_bits() const {
  int most = 0;
  for (const Entry& entry : entries_) {
    if (entry.bits != kBitsOff) most = std::max(most, entry.bits);
  }
  return most;
}

}  // namespace quant
