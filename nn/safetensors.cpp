#include "nn/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/system/file.h"
#include "core/system/input_file.h"

namespace nn {

using core::DType;
using core::InputError;
using core::require_input;
using core::Tensor;
using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

namespace {

constexpr std::uint64_t kMaxHeader = 16u << 20;
constexpr std::size_t kMaxTensors = 100'000;

/// How a dtype of the format is stored and what it becomes.
struct Format {
  std::string_view name;
  std::uint64_t bytes;
  DType dtype;
  int order;  // of the writer: smaller first (the reference sorts by its enum, descending)
};
constexpr Format kFormats[] = {
    {"I64", 8, DType::s64, 0},   {"F64", 8, DType::f64, 1},
    {"F32", 4, DType::f32, 2},   {"I32", 4, DType::s32, 3},
    {"BF16", 2, DType::bf16, 4}, {"I8", 1, DType::s8, 5},
    {"U8", 1, DType::u8, 6},  // written and read
    {"U64", 8, DType::s64, -1},  {"U32", 4, DType::s64, -1},
    {"I16", 2, DType::s32, -1},  {"U16", 2, DType::s32, -1},
    {"F16", 2, DType::f32, -1},  {"BOOL", 1, DType::u8, -1},  // read only
};

const Format& written_format(DType dtype) {
  return *std::find_if(std::begin(kFormats), std::end(kFormats),
                       [&](const Format& f) { return f.order >= 0 && f.dtype == dtype; });
}

/// IEEE binary16 to float.
float from_half(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  const std::uint32_t exponent = (h >> 10) & 31u, mantissa = h & 0x3FFu;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
}

template <class Stored, class Out, class Convert>
Tensor converted(std::span<const std::byte> data, const core::Shape& shape, Convert convert) {
  Tensor out = Tensor::empty(shape, core::dtype_of<Out>());
  const auto y = out.writable<Out>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    Stored s;
    std::memcpy(&s, data.data() + i * sizeof(Stored), sizeof(Stored));
    y[i] = convert(s);
  }
  return out;
}

Tensor decode(const Format& format, std::span<const std::byte> data, const core::Shape& shape,
              std::string_view where, const std::string& name) {
  if (format.name == "F16") return converted<std::uint16_t, float>(data, shape, from_half);
  const auto widen = [](auto s) { return static_cast<std::int32_t>(s); };
  if (format.name == "I16") return converted<std::int16_t, std::int32_t>(data, shape, widen);
  if (format.name == "U16") return converted<std::uint16_t, std::int32_t>(data, shape, widen);
  if (format.name == "U32") {
    return converted<std::uint32_t, std::int64_t>(
        data, shape, [](auto s) { return static_cast<std::int64_t>(s); });
  }
  if (format.name == "U64") {
    return converted<std::uint64_t, std::int64_t>(data, shape, [&](std::uint64_t s) {
      require_input(where,
                    s <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
                    "tensor '{}': the value {} does not fit into 63 bits", name, s);
      return static_cast<std::int64_t>(s);
    });
  }
  Tensor out = Tensor::empty(shape, format.dtype);
  if (!data.empty()) std::memcpy(out.raw_writable(), data.data(), data.size());
  if (format.name == "BOOL") {
    for (const std::uint8_t b : out.data<std::uint8_t>()) {
      require_input(where, b <= 1, "tensor '{}': a BOOL byte must be 0 or 1; got {}", name, b);
    }
  }
  return out;
}

Json parse_header(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>>
      keys;  // of the objects that are open; serde and nlohmann would keep the last
  const Json::parser_callback_t strict = [&](int depth, Json::parse_event_t event, Json& parsed) {
    require_input(where, depth <= 3, "the header nests deeper than the format does");
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      require_input(where, keys.back().insert(key).second, "the header has the key '{}' twice",
                    key);
    }
    return true;
  };
  try {
    return Json::parse(text, strict);
  } catch (const Json::exception& e) {
    throw InputError(fmt::format("{}: the header is not valid JSON: {}", where, e.what()));
  }
}

/// A non-negative integer that fits into 63 bits; nlohmann would convert anything.
std::uint64_t count(const Json& j, std::string_view where, const std::string& name,
                    std::string_view what) {
  require_input(
      where,
      j.is_number_unsigned() && j.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max(),
      "tensor '{}': {} must be non-negative integers; got {}", name, what, j.dump());
  return j.get<std::uint64_t>();
}

struct Entry {
  std::string name;
  const Format* format;
  core::Shape shape;
  std::uint64_t begin, end;
};

const Format& format_named(const Json& j, std::string_view where, const std::string& name) {
  require_input(where, j.is_string(), "tensor '{}': dtype must be a string; got {}", name,
                j.dump());
  const auto text = j.get<std::string>();
  std::string known;
  for (const Format& f : kFormats) {
    if (f.name == text) return f;
    known += (known.empty() ? "" : ", ") + std::string(f.name);
  }
  throw InputError(fmt::format("{}: tensor '{}': dtype {} is not supported; known: {}", where, name,
                               text, known));
}

Entry entry_of(const std::string& name, const Json& j, std::string_view where) {
  for (const char c : name) {
    require_input(where, static_cast<unsigned char>(c) >= 0x20 && c != 0x7F,
                  "a tensor name must hold no control characters; got {}", Json(name).dump());
  }
  require_input(where,
                j.is_object() && j.size() == 3 && j.contains("dtype") && j.contains("shape") &&
                    j.contains("data_offsets"),
                "tensor '{}': must have exactly dtype, shape and data_offsets", name);
  const Format& format = format_named(j["dtype"], where, name);
  const Json &shape = j["shape"], &offsets = j["data_offsets"];
  require_input(where, shape.is_array() && shape.size() <= core::Shape::kMaxRank,
                "tensor '{}': shape must be a list of at most {} extents; got {}", name,
                core::Shape::kMaxRank, shape.dump());
  std::uint64_t bytes = format.bytes;
  std::vector<std::int64_t> dims;
  for (const Json& d : shape) {
    const std::uint64_t extent = count(d, where, name, "extents");
    require_input(where, !__builtin_mul_overflow(bytes, extent, &bytes),
                  "tensor '{}': the size of {} overflows", name, shape.dump());
    dims.push_back(static_cast<std::int64_t>(extent));
  }
  require_input(where, offsets.is_array() && offsets.size() == 2,
                "tensor '{}': data_offsets must be [begin, end]; got {}", name, offsets.dump());
  const std::uint64_t begin = count(offsets[0], where, name, "data_offsets");
  const std::uint64_t end = count(offsets[1], where, name, "data_offsets");
  require_input(where, begin <= end, "tensor '{}': data_offsets go backwards; got [{}, {}]", name,
                begin, end);
  require_input(where, end - begin == bytes,
                "tensor '{}': {} {} needs {} bytes; data_offsets [{}, {}] give {}", name,
                format.name, shape.dump(), bytes, begin, end, end - begin);
  try {
    return {name, &format, core::Shape(std::span<const std::int64_t>(dims)), begin, end};
  } catch (const core::ShapeError& e) {
    throw InputError(fmt::format("{}: tensor '{}': {}", where, name, e.what()));
  }
}

std::map<std::string, std::string> metadata_of(const Json& j, std::string_view where) {
  require_input(where, j.is_object(), "__metadata__ must be a map of strings; got {}", j.dump());
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : j.items()) {
    require_input(where, value.is_string(), "__metadata__ '{}' must be a string; got {}", key,
                  value.dump());
    out.emplace(key, value.get<std::string>());
  }
  return out;
}

/// What a file is that people take for weights, by its first bytes; empty when it may be our
/// format.
std::string_view other_format(std::span<const std::byte> file) {
  const std::string_view start(reinterpret_cast<const char*>(file.data()),
                               std::min<std::size_t>(file.size(), 16));
  if (start.size() > 8 && start[8] == '{') return {};  // a length may have any bytes
  constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
      {"PK\x03\x04", "a PyTorch checkpoint (.pth, .pt, .bin) or another zip archive"},
      {"\x93NUMPY", "a NumPy array"},
      {"\x89HDF\r\n", "an HDF5 file"},
      {"\x1f\x8b", "a gzip archive"},
      {"GGUF", "a GGUF file"},
      {"version https:/", "a Git LFS pointer, whose file was not downloaded"},
  };
  for (const auto& [sign, name] : kSigns) {
    if (start.starts_with(sign)) return name;
  }
  if (start.size() > 2 && start[0] == '\x80' && start[1] >= 1 && start[1] <= 5 && start[2] != 0)
    return "a pickle, such as a PyTorch checkpoint of the old form (.pth, .pt)";
  return {};
}

/// The length that the first bytes of a file of `size` bytes give to its header.
std::uint64_t header_length(std::span<const std::byte> start, std::uint64_t size,
                            std::string_view where) {
  const std::string_view other = other_format(start);
  require_input(where, other.empty(),
                "weights must be a .safetensors file; this is {}; from PyTorch, "
                "safetensors.torch.save_file(state_dict, 'weights.safetensors') writes one",
                other);
  require_input(where, start.size() >= 8, "must have at least 8 bytes; got {}", start.size());
  std::uint64_t length = 0;
  std::memcpy(&length, start.data(), 8);
  require_input(where, length <= kMaxHeader, "the header must be at most {} bytes; got {}",
                kMaxHeader, length);
  require_input(where, length <= size - 8,
                "the header of {} bytes does not fit; the file has {} bytes after its length",
                length, size - 8);
  return length;
}

}  // namespace

TensorFile parse_safetensors(std::span<const std::byte> file, std::string_view where) {
  const std::uint64_t length = header_length(file, file.size(), where);
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, length);
  require_input(where, !text.empty() && text[0] == '{', "the header must start with '{{'");
  const std::span<const std::byte> data = file.subspan(8 + length);

  const Json header = parse_header(text, where);
  require_input(where, header.is_object(), "the header must be a map");
  require_input(where, header.size() <= kMaxTensors, "must hold at most {} tensors; got {}",
                kMaxTensors, header.size());
  TensorFile out;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      out.metadata = metadata_of(value, where);
    } else {
      entries.push_back(entry_of(name, value, where));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Entry& e : entries) {
    require_input(where, e.begin == at,
                  "tensor '{}' must start at {}, where the one before it ends (no gap, no "
                  "overlap); got [{}, {}]",
                  e.name, at, e.begin, e.end);
    at = e.end;
  }
  require_input(where, at == data.size(),
                "the data must end with the last tensor, at {}; the file has {} bytes of data", at,
                data.size());
  for (const Entry& e : entries) {
    out.tensors.emplace(
        e.name, decode(*e.format, data.subspan(e.begin, e.end - e.begin), e.shape, where, e.name));
  }
  return out;
}

TensorFile read_safetensors(const std::string& path) {
  {  // what cannot be a safetensors file is not read first
    core::InputFile file(path);
    std::array<std::byte, 16> start{};
    header_length(std::span(start).first(file.read(start)), file.size(), path);
  }
  return parse_safetensors(core::read_file(path), path);
}

std::vector<std::byte> safetensors_bytes(const TensorFile& content) {
  std::vector<const std::pair<const std::string, Tensor>*> order;
  for (const auto& item : content.tensors) order.push_back(&item);
  std::stable_sort(
      order.begin(), order.end(), [](const auto* a, const auto* b) {  // names are sorted already
        return written_format(a->second.dtype()).order < written_format(b->second.dtype()).order;
      });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t at = 0;
  for (const auto* item : order) {
    const auto& [name, tensor] = *item;
    const std::span<const std::int64_t> dims = tensor.shape().dims();
    header[name] = {{"dtype", std::string(written_format(tensor.dtype()).name)},
                    {"shape", std::vector<std::int64_t>(dims.begin(), dims.end())},
                    {"data_offsets", {at, at + tensor.byte_size()}}};
    at += tensor.byte_size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::vector<std::byte> out(8 + text.size() + at);
  const std::uint64_t length = text.size();
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, text.data(), text.size());
  std::byte* place = out.data() + 8 + text.size();
  for (const auto* item : order) {
    const std::size_t bytes = item->second.byte_size();
    if (bytes > 0) std::memcpy(place, item->second.raw(), bytes);
    place += bytes;
  }
  return out;
}

void write_safetensors(const std::string& path, const TensorFile& content) {
  core::publish(path, std::span<const std::byte>(safetensors_bytes(content)));
}

}  // namespace nn
