#include "data/images/file_kind.h"

#include <algorithm>
#include <array>
#include <string>

namespace data {
namespace {

using std::string_view_literals::operator""sv;

struct Signature {
  std::size_t at;
  std::string_view bytes;
  std::string_view kind;
};

// The first that fits counts: a special case stands before the general one.
constexpr std::array<Signature, 24> kSignatures{{
    {0, "\xff\xd8\xff"sv, "a JPEG image"},
    {0, "\x89PNG\r\n\x1a\n"sv, "a PNG image"},
    {0, "GIF8"sv, "a GIF image"},
    {0, "BM"sv, "a BMP image"},
    {8, "WEBP"sv, "a WebP image"},
    {0, "II*\0"sv, "a TIFF image"},
    {0, "MM\0*"sv, "a TIFF image"},
    {0, "\0\0\0\x0cjP  "sv, "a JPEG 2000 image"},
    {0, "\xff\x4f\xff\x51"sv, "a JPEG 2000 image"},
    {0, "\0\0\0\x0cJXL "sv, "a JPEG XL image"},
    {0, "\xff\x0a"sv, "a JPEG XL image"},
    {4, "ftypavi"sv, "an AVIF image"},
    {4, "ftyp"sv, "a HEIF image or a film"},
    {0, "\0\0\x08\x01"sv, "an IDX file of labels"},
    {0, "\0\0\x08\x03"sv, "an IDX file of images"},
    {0, "\0\0\x08"sv, "an IDX file"},
    {0, "\x1f\x8b"sv, "a gzip file"},
    {0, "PK\x03\x04"sv, "a zip archive"},
    {257, "ustar"sv, "a tar archive"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer, not the file that it points to"},
    {0, "<!DOCTYPE"sv, "a web page"},
    {0, "<!doctype"sv, "a web page"},
    {0, "<html"sv, "a web page"},
}};

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
}

}  // namespace

std::string_view kind_of(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "an empty file";
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& s : kSignatures) {
    if (content.size() >= s.at && content.substr(s.at).starts_with(s.bytes)) return s.kind;
  }
  const std::string_view head = content.substr(0, 512);
  if (head.find_first_not_of('\0') == std::string_view::npos) return "a file of zero bytes";
  if (is_text(head)) return "text";
  return "data of an unknown kind";
}

}  // namespace data
