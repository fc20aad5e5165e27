#include "experiments/store/h5_content.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/error.h"

namespace experiments {
namespace {

constexpr int kMostLevels = 8;
constexpr std::size_t kMostObjects = 100000;

template <class T, class Map>
const T& entry(const H5Content& c, const Map& map, const std::string& name, const char* what,
               const char* kind) {
  const auto found = map.find(name);
  core::require_input(c.where, found != map.end(), "{} '{}' is missing", what, name);
  const T* value = std::get_if<T>(&found->second);
  core::require_input(c.where, value != nullptr, "{} '{}' must be {}", what, name, kind);
  return *value;
}

void collect(const core::h5::Group& from, const std::string& prefix, int level, H5Content& to) {
  core::require_input(from.where(), level <= kMostLevels, "groups are nested more than {} deep",
                      kMostLevels);
  for (const std::string& name : from.members()) {
    core::require_input(from.where(), to.datasets.size() < kMostObjects, "more than {} datasets",
                        kMostObjects);
    if (from.is_group(name)) {
      collect(from.group(name), prefix + name + "/", level + 1, to);
      continue;
    }
    const core::h5::Dataset data = from.dataset(name);
    if (data.is_string())
      to.datasets.emplace(prefix + name, data.read_strings());
    else
      to.datasets.emplace(prefix + name, data.read());
  }
}

/// Letters, digits and "_.-" between slashes, no part of dots alone: HDF5 takes "." for the group
/// itself.
bool is_path(const std::string& path) {
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part(path.data() + begin, end - begin);
    if (part.find_first_not_of('.') == std::string_view::npos) return false;
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.' || c == '-';
    });
    if (!plain) return false;
    begin = end + 1;
  }
  return true;
}

class Packer {
 public:
  void bytes(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    out_.insert(out_.end(), from, from + size);
  }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    bytes(value.data(), value.size());
  }
  void tensor(const core::Tensor& t) {
    number(static_cast<std::uint64_t>(t.dtype()));
    number(static_cast<std::uint64_t>(t.shape().rank()));
    for (const std::int64_t extent : t.shape().dims()) number(static_cast<std::uint64_t>(extent));
    bytes(t.raw(), t.byte_size());
  }
  std::vector<std::byte> take() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

class Unpacker {
 public:
  Unpacker(std::span<const std::byte> bytes, std::string where)
      : rest_(bytes), where_(std::move(where)) {}

  std::span<const std::byte> bytes(std::uint64_t size) {
    need(size <= rest_.size());
    const std::span<const std::byte> out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }
  template <class T>
  T scalar() {
    T value{};
    std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t number() { return scalar<std::uint64_t>(); }
  /// At most `most`.
  std::uint64_t number(std::uint64_t most) {
    const std::uint64_t value = number();
    need(value <= most);
    return value;
  }
  std::string text() {
    const std::span<const std::byte> out = bytes(number());
    std::string value(reinterpret_cast<const char*>(out.data()), out.size());
    need(value.find('\0') == std::string::npos);
    return value;
  }
  std::string path() {
    std::string value = text();
    core::require_input(where_, is_path(value), "it has a dataset of a name that is not ours");
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out;
    for (std::uint64_t left = number(rest_.size()); left > 0; --left) out.push_back(text());
    return out;
  }
  core::Tensor tensor() {
    const auto dtype =
        static_cast<core::DType>(number(static_cast<std::uint64_t>(core::DType::s64)));
    std::vector<std::int64_t> dims(number(core::Shape::kMaxRank));
    std::uint64_t size = core::size_of(dtype);
    bool empty = false;
    for (std::int64_t& extent : dims) {
      const std::uint64_t e = number(std::numeric_limits<std::int32_t>::max());
      extent = static_cast<std::int64_t>(e);
      empty = empty || e == 0;
      if (!empty) need(size <= rest_.size() / e);
      size *= e;
    }
    const std::span<const std::byte> raw = bytes(empty ? 0 : size);
    core::Tensor out = core::Tensor::empty(core::Shape(std::span<const std::int64_t>(dims)), dtype);
    if (!raw.empty()) std::memcpy(out.raw_writable(), raw.data(), raw.size());
    return out;
  }
  void need(bool holds) const {
    core::require_input(where_, holds, "what was read from it is malformed");
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  std::string where_;
};

}  // namespace

const std::string& H5Content::text(const std::string& name) const {
  return entry<std::string>(*this, attributes, name, "attribute", "a string");
}

std::int64_t H5Content::integer(const std::string& name) const {
  return entry<std::int64_t>(*this, attributes, name, "attribute", "an integer");
}

double H5Content::real(const std::string& name) const {
  const auto found = attributes.find(name);
  if (found != attributes.end() && std::holds_alternative<std::int64_t>(found->second))
    return static_cast<double>(std::get<std::int64_t>(found->second));
  return entry<double>(*this, attributes, name, "attribute", "a number");
}

const core::Tensor& H5Content::tensor(const std::string& path) const {
  return entry<core::Tensor>(*this, datasets, path, "dataset", "numbers");
}

const std::vector<std::string>& H5Content::texts(const std::string& path) const {
  return entry<std::vector<std::string>>(*this, datasets, path, "dataset", "strings");
}

std::vector<double> H5Content::numbers(const std::string& path, std::size_t rows) const {
  std::vector<double> out = tensor(path).values();
  core::require_input(where, out.size() == rows, "dataset '{}' must have {} rows; got {}", path,
                      rows, out.size());
  return out;
}

const std::vector<std::string>& H5Content::texts(const std::string& path, std::size_t rows) const {
  const std::vector<std::string>& out = texts(path);
  core::require_input(where, out.size() == rows, "dataset '{}' must have {} rows; got {}", path,
                      rows, out.size());
  return out;
}

H5Content read_content(const core::h5::Group& root, std::span<const std::string> names) {
  H5Content out;
  for (const std::string& name : root.attributes())
    out.attributes.emplace(name, root.attribute(name));
  if (names.empty()) collect(root, "", 1, out);
  for (const std::string& name : names) {
    if (!root.exists(name)) continue;
    const core::h5::Dataset data = root.dataset(name);
    if (data.is_string())
      out.datasets.emplace(name, data.read_strings());
    else
      out.datasets.emplace(name, data.read());
  }
  return out;
}

void write_datasets(const H5Content& content, core::h5::Group& to) {
  for (const auto& [path, data] : content.datasets) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&data))
      to.write(path, std::span<const std::string>(*texts));
    else
      to.write(path, std::get<core::Tensor>(data));
  }
}

std::vector<std::byte> pack(const H5Content& content) {
  Packer to;
  to.number(content.attributes.size());
  for (const auto& [name, value] : content.attributes) {
    to.text(name);
    to.number(value.index());
    if (const auto* text = std::get_if<std::string>(&value))
      to.text(*text);
    else
      std::visit([&](const auto& v) { to.bytes(&v, 8); }, value);
  }
  to.number(content.datasets.size());
  for (const auto& [path, data] : content.datasets) {
    to.text(path);
    to.number(data.index());
    if (const auto* tensor = std::get_if<core::Tensor>(&data)) {
      to.tensor(*tensor);
      continue;
    }
    const auto& texts = std::get<std::vector<std::string>>(data);
    to.number(texts.size());
    for (const std::string& text : texts) to.text(text);
  }
  return to.take();
}

H5Content unpack(std::span<const std::byte> bytes, const std::string& where) {
  Unpacker from(bytes, where);
  H5Content out;
  out.where = where;
  for (std::uint64_t left = from.number(kMostObjects); left > 0; --left) {
    const std::string name = from.text();
    const std::uint64_t kind = from.number(2);
    if (kind == 0)
      out.attributes[name] = from.scalar<std::int64_t>();
    else if (kind == 1)
      out.attributes[name] = from.scalar<double>();
    else
      out.attributes[name] = from.text();
  }
  for (std::uint64_t left = from.number(kMostObjects); left > 0; --left) {
    const std::string path = from.path();
    // "a" and "a/b": no file has both, but these bytes may come from no file.
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1))
      from.need(!out.datasets.contains(path.substr(0, slash)));
    const auto next = out.datasets.lower_bound(path + "/");
    from.need(next == out.datasets.end() || !next->first.starts_with(path + "/"));
    if (from.number(1) == 0)
      out.datasets[path] = from.tensor();
    else
      out.datasets[path] = from.texts();
  }
  from.need(from.at_end());
  return out;
}

}  // namespace experiments
