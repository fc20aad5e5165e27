// Writing small JPEG files in tests.
#pragma once

#include <turbojpeg.h>

#include "tests/support/idx_files.h"

namespace support {

struct JpegForm {
  bool inks = false;  // YCCK of CMYK pixels, else YCbCr of RGB pixels
  int subsampling = TJSAMP_420;
  bool progressive = false;
};

/// A square JPEG of interleaved pixels: four bytes each with `inks`, else three.
inline Bytes encode_jpeg(const Bytes& pixels, int side, int quality, const JpegForm& form = {}) {
  tjhandle encoder = tjInitCompress();
  unsigned char* out = nullptr;
  unsigned long size = 0;
  tjCompress2(encoder, pixels.data(), side, 0, side, form.inks ? TJPF_CMYK : TJPF_RGB, &out, &size,
              form.subsampling, quality, form.progressive ? TJFLAG_PROGRESSIVE : 0);
  const Bytes bytes(out, out + size);
  tjFree(out);
  tjDestroy(encoder);
  return bytes;
}

/// A side x side JPEG of smooth colour gradients that depend on `salt`.
inline Bytes jpeg_image(int side, int salt, int quality = 90, const JpegForm& form = {}) {
  Bytes pixels;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      pixels.push_back(static_cast<std::uint8_t>((x * 5 + salt * 20) & 255));
      pixels.push_back(static_cast<std::uint8_t>((y * 6 + salt * 11) & 255));
      pixels.push_back(static_cast<std::uint8_t>((x * y + salt * 3) & 255));
      if (form.inks) pixels.push_back(static_cast<std::uint8_t>(255 - ((x + y + salt) & 63)));
    }
  }
  return encode_jpeg(pixels, side, quality, form);
}

}  // namespace support
