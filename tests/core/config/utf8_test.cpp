#include "core/config/utf8.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

/// The encoding of RFC 3629, for values that have one.
std::string encoded(std::uint32_t c) {
  const auto low = [](std::uint32_t v) { return static_cast<char>(0x80 | (v & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), low(c)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), low(c >> 6), low(c)};
  return {static_cast<char>(0xF0 | (c >> 18)), low(c >> 12), low(c >> 6), low(c)};
}

}  // namespace

TEST_CASE("every character but the surrogates is well-formed, at its length") {
  std::size_t wrong = 0;
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const std::string text = encoded(c);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    if (core::utf8_length(text) != (surrogate ? 0 : text.size())) ++wrong;
    if (text.size() > 1 && core::utf8_length(text.substr(0, text.size() - 1)) != 0) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("of all sequences of up to three bytes those that encode a character are well-formed") {
  std::vector<bool> good(4 << 24, false);  // by length and bytes
  const auto place = [](const std::string& s) {
    std::size_t at = 0;
    for (const char c : s) at = at << 8 | static_cast<unsigned char>(c);
    return s.size() << 24 | at;
  };
  for (std::uint32_t c = 0; c < 0x10000; ++c) {
    if (c < 0xD800 || c > 0xDFFF) good[place(encoded(c))] = true;
  }
  std::size_t wrong = 0;
  for (std::size_t n = 1; n <= 3; ++n) {
    std::string text(n, '\0');
    for (std::uint32_t v = 0; v < 1u << (8 * n); ++v) {
      for (std::size_t i = 0; i < n; ++i) text[i] = static_cast<char>(v >> (8 * (n - 1 - i)));
      const bool whole = core::utf8_length(text) == n;
      if (whole != good[place(text)]) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("overlong forms, surrogates, large values and stray bytes are found and shown") {
  struct Case {
    const char* text;
    std::size_t fault;
    const char* shown;
  };
  const std::vector<Case> table = {
      {"x\xed\xa0\x80y", 1, "x\\xed\\xa0\\x80y"},
      {"\xe0\x80\xaf", 0, "\\xe0\\x80\\xaf"},
      {"ab\xf0\x80\x80\xaf", 2, "ab\\xf0\\x80\\x80\\xaf"},
      {"\xf4\x90\x80\x80", 0, "\\xf4\\x90\\x80\\x80"},
      {"\xc0\xaf", 0, "\\xc0\\xaf"},
      {"\xff", 0, "\\xff"},
      {"\x80", 0, "\\x80"},
      {"a\xc3", 1, "a\\xc3"},
      {"\xe2\x82", 0, "\\xe2\\x82"},
      {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", std::string::npos,
       "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"", std::string::npos, ""},
  };
  for (const Case& c : table) {
    CHECK(core::utf8_fault(c.text) == c.fault);
    CHECK(core::utf8_shown(c.text) == c.shown);
    CHECK(core::utf8_fault(core::utf8_shown(c.text)) == std::string::npos);
  }
}
