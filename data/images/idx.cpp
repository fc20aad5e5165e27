#include "data/images/idx.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "core/system/file.h"
#include "data/images/file_kind.h"

namespace data {
namespace {

// A DEFLATE stream expands by at most 1032:1 (source: zlib technical notes), so a header that
// promises more than that is refused before memory is asked for.
constexpr std::uint64_t kMaxExpansion = 1032;
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;  // of a file, and of what it holds

class Source {
 public:
  virtual ~Source() = default;
  /// Fills `to` or throws InputError.
  virtual void read(std::uint8_t* to, std::size_t count) = 0;
  /// Throws unless `bytes` more, and nothing else, can follow; called before allocating.
  virtual void expect(std::uint64_t bytes) = 0;
  /// Throws unless everything has been read.
  virtual void end() = 0;
};

class Plain final : public Source {
 public:
  Plain(const std::string& path, const std::vector<std::byte>& bytes)
      : path_(path), bytes_(bytes) {}
  void read(std::uint8_t* to, std::size_t count) override {
    core::require_input(path_, count <= bytes_.size() - at_,
                        "truncated: the file ends after {} bytes", bytes_.size());
    std::memcpy(to, bytes_.data() + at_, count);
    at_ += count;
  }
  void expect(std::uint64_t bytes) override {
    core::require_input(path_, bytes == bytes_.size() - at_,
                        "file size must be what the header implies: {} bytes of data; got {}",
                        bytes, bytes_.size() - at_);
  }
  void end() override {}

 private:
  const std::string& path_;
  const std::vector<std::byte>& bytes_;
  std::size_t at_ = 0;
};

class Gzip final : public Source {
 public:
  Gzip(const std::string& path, std::vector<std::byte>& bytes) : path_(path), size_(bytes.size()) {
    core::require_input(path, size_ <= std::numeric_limits<uInt>::max(),
                        "gzip files end at 4 GiB here");
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(size_);
    if (inflateInit2(&stream_, 15 + 16) != Z_OK)
      throw core::Error("idx: zlib cannot be initialised");
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void read(std::uint8_t* to, std::size_t count) override {
    core::require_input(path_, inflate_into(to, count) == count,
                        "the decompressed data end before the size that the header implies");
  }
  void expect(std::uint64_t bytes) override {
    core::require_input(path_, bytes / kMaxExpansion <= size_,
                        "the header implies {} bytes, more than {} compressed bytes can hold",
                        bytes, size_);
    core::require_input(path_, bytes <= kMaxBytes, "the header implies {} bytes; the limit is {}",
                        bytes, kMaxBytes);
  }
  void end() override {
    std::uint8_t extra = 0;
    core::require_input(path_, inflate_into(&extra, 1) == 0,
                        "the decompressed data go on after the size that the header implies");
    core::require_input(path_, stream_.avail_in == 0, "{} bytes follow the end of the gzip stream",
                        stream_.avail_in);
  }

 private:
  std::size_t inflate_into(std::uint8_t* to, std::size_t count) {
    std::size_t done = 0;
    while (done < count && !ended_) {
      const uInt piece = static_cast<uInt>(std::min<std::size_t>(count - done, 1u << 30));
      stream_.next_out = to + done;
      stream_.avail_out = piece;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += piece - stream_.avail_out;
      if (status == Z_STREAM_END) {
        ended_ = true;
      } else if (status == Z_BUF_ERROR ||
                 (status == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0)) {
        throw core::InputError(path_ + ": truncated gzip stream");
      } else if (status != Z_OK) {
        throw core::InputError(fmt::format("{}: corrupt gzip stream ({})", path_,
                                           stream_.msg ? stream_.msg : "no detail from zlib"));
      }
    }
    return done;
  }

  const std::string& path_;
  std::size_t size_;
  z_stream stream_{};
  bool ended_ = false;
};

/// `kind` says what the file is if it is not what it should be.
core::Tensor parse(const std::string& path, std::string_view kind, int rank, Source& source) {
  std::uint8_t magic[4];
  source.read(magic, 4);
  core::require_input(path, magic[0] == 0 && magic[1] == 0,
                      "not an IDX file but {}: it must begin with two zero bytes", kind);
  core::require_input(path, magic[2] == 0x08,
                      "IDX elements must be unsigned bytes (type 0x08); got type {:#04x}",
                      magic[2]);
  const bool swapped = (rank == 3 && magic[3] == 1) || (rank == 1 && magic[3] == 3);
  core::require_input(path, magic[3] == rank, "IDX rank must be {}; got {}{}", rank, magic[3],
                      swapped ? "; are the files of the images and the labels swapped?" : "");
  std::vector<std::int64_t> dims;
  std::uint64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) {
    std::uint8_t b[4];
    source.read(b, 4);
    const std::uint64_t extent =
        std::uint64_t{b[0]} << 24 | std::uint64_t{b[1]} << 16 | std::uint64_t{b[2]} << 8 | b[3];
    core::require_input(path, extent > 0, "extent {} of the header must not be 0", axis);
    // 2^48 elements are beyond any machine, and far from overflow of the product
    core::require_input(path, extent <= (std::uint64_t{1} << 48) / total,
                        "the product of the extents in the header is impossibly large");
    total *= extent;
    dims.push_back(static_cast<std::int64_t>(extent));
  }
  source.expect(total);
  core::Tensor out = core::Tensor::empty(core::Shape(dims), core::DType::u8);
  source.read(out.writable<std::uint8_t>().data(), static_cast<std::size_t>(total));
  source.end();
  return out;
}

}  // namespace

core::Tensor read_idx(const std::string& path, int rank) {
  std::vector<std::byte> bytes = core::read_file(path, kMaxBytes);
  if (bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b}) {
    Gzip source(path, bytes);
    return parse(path, "a gzip file of something else", rank, source);
  }
  Plain source(path, bytes);
  return parse(path, kind_of(bytes), rank, source);
}

}  // namespace data
