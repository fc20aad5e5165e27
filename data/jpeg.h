// JPEG decoding by libjpeg-turbo with its default settings (accurate integer iDCT, fancy
// upsampling), which gives the bytes that Pillow gives with the same library.
//
// Refused: a file that libjpeg-turbo warns about (truncated, corrupt), an image of another size
// than asked, more than 500 scans (a progressive file built to take forever), files above 64 MB.
#pragma once

#include <cstdint>
#include <string>

namespace data {

/// Decodes to RGB bytes (H, W, 3) at `to`; grey images are widened.  throws: InputError.
void decode_jpeg(const std::string& path, std::int64_t height, std::int64_t width,
                 std::uint8_t* to);

}  // namespace data
