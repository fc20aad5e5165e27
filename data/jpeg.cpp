#include "data/jpeg.h"

#include <turbojpeg.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "core/error.h"

namespace data {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} << 20;

std::vector<unsigned char> read_bounded(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  core::require_input(path, file.good(), "cannot be opened: {}", std::strerror(errno));
  const std::streamoff size = file.tellg();
  core::require_input(path, size > 0 && static_cast<std::size_t>(size) <= kMaxFile,
                      "a JPEG file must have 1 to {} bytes; got {}", kMaxFile, size);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  core::require_input(path, file.gcount() == size, "read error after {} of {} bytes", file.gcount(),
                      size);
  return bytes;
}

}  // namespace

void decode_jpeg(const std::string& path, std::int64_t height, std::int64_t width,
                 std::uint8_t* to) {
  const std::vector<unsigned char> bytes = read_bounded(path);
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
  if (!decoder) throw core::Error("jpeg: libjpeg-turbo cannot be initialised");
  int w = 0, h = 0, subsampling = 0, colours = 0;
  core::require_input(path,
                      tjDecompressHeader3(decoder.get(), bytes.data(), bytes.size(), &w, &h,
                                          &subsampling, &colours) == 0,
                      "not a JPEG file: {}", tjGetErrorStr2(decoder.get()));
  core::require_input(path, w == width && h == height, "image must be {}x{}; got {}x{}", width,
                      height, w, h);
  core::require_input(path,
                      tjDecompress2(decoder.get(), bytes.data(), bytes.size(), to, w, 0, h,
                                    TJPF_RGB, TJFLAG_LIMITSCANS) == 0,
                      "corrupt JPEG file: {}", tjGetErrorStr2(decoder.get()));
}

}  // namespace data
