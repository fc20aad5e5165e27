// Writing small JPEG files in tests.
#pragma once

#include <turbojpeg.h>

#include "tests/support/idx_files.h"

namespace support {

/// A side x side JPEG (4:2:0) of smooth colour gradients that depend on `salt`.
inline Bytes jpeg_image(int side, int salt, int quality = 90) {
  Bytes rgb;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      rgb.push_back(static_cast<std::uint8_t>((x * 5 + salt * 20) & 255));
      rgb.push_back(static_cast<std::uint8_t>((y * 6 + salt * 11) & 255));
      rgb.push_back(static_cast<std::uint8_t>((x * y + salt * 3) & 255));
    }
  }
  tjhandle encoder = tjInitCompress();
  unsigned char* out = nullptr;
  unsigned long size = 0;
  tjCompress2(encoder, rgb.data(), side, 0, side, TJPF_RGB, &out, &size, TJSAMP_420, quality, 0);
  const Bytes bytes(out, out + size);
  tjFree(out);
  tjDestroy(encoder);
  return bytes;
}

}  // namespace support
