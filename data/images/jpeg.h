// JPEG decoding by libjpeg-turbo with its default settings (accurate integer iDCT, fancy
// upsampling), which gives the bytes that Pillow's Image.open(f).convert("RGB") gives with the same
// library: grey is widened, CMYK and YCCK are taken for inverted as Adobe writes them and converted
// without a colour profile.  The orientation in EXIF data is not applied.
//
// Refused: what is no JPEG file (the message says what it is), a file that libjpeg-turbo warns
// about (truncated, corrupt), an image of another size than asked, more than 500 scans (a
// progressive file built to take forever), files above 64 MB and whatever is not a regular file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace data {

inline constexpr std::size_t kMaxJpegBytes = std::size_t{64} << 20;

/// Decodes the content of a file to RGB bytes (H, W, 3) at `to`; `path` is for messages.
/// throws: InputError.
void decode_jpeg(const std::string& path, std::span<const std::byte> bytes, std::int64_t height,
                 std::int64_t width, std::uint8_t* to);
/// The same for a file, read first.
void decode_jpeg(const std::string& path, std::int64_t height, std::int64_t width,
                 std::uint8_t* to);

}  // namespace data
