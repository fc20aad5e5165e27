#include "core/io/h5.h"

#include <atomic>
#include <filesystem>
#include <optional>

#include "core/error.h"
#include "core/io/h5_detail.h"

namespace core::h5 {
namespace {

using namespace detail;

/// HDF5 takes two open memory files of one name for the same file, so each gets a name of its own;
/// the name is not part of the image.
std::string unique_name() {
  static std::atomic<std::uint64_t> count{0};
  return fmt::format("memory-{}", count.fetch_add(1));
}

/// Access options of a file in memory that never touches the disk.
Handle memory_access() {
  constexpr std::size_t kIncrement = std::size_t{1} << 20;
  Handle access = property_list(H5P_FILE_ACCESS);
  check(H5Pset_fapl_core(access.get(), kIncrement, false), "h5", "memory driver cannot be set");
  return access;
}

Handle open_attribute(const Handle& object, std::string_view name, const std::string& where) {
  const std::string text(name);
  return own(H5Aopen(object.get(), text.c_str(), H5P_DEFAULT), close_attribute, where,
             fmt::format("attribute '{}' is missing", name));
}

/// Creates (or replaces) a scalar attribute and writes it.
void write_attribute(const Handle& object, std::string_view name, hid_t type, const void* value,
                     const std::string& where) {
  const std::string text(name);
  const std::string problem = fmt::format("attribute '{}' cannot be written", name);
  const htri_t present = H5Aexists(object.get(), text.c_str());
  check(present, where, problem);
  if (present > 0) check(H5Adelete(object.get(), text.c_str()), where, problem);
  const Handle space = own(H5Screate(H5S_SCALAR), close_space, where, problem);
  const Handle attribute =
      own(H5Acreate2(object.get(), text.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
          close_attribute, where, problem);
  check(H5Awrite(attribute.get(), type, value), where, problem);
}

/// Reads a scalar attribute as `type` when its class is `kind`; nullopt for another class.
template <class T>
std::optional<T> read_number(const Handle& attribute, H5T_class_t kind, hid_t type,
                             const std::string& where, std::string_view name) {
  const std::string problem = fmt::format("attribute '{}' cannot be read", name);
  const Handle stored = own(H5Aget_type(attribute.get()), close_type, where, problem);
  const Handle space = own(H5Aget_space(attribute.get()), close_space, where, problem);
  if (H5Sget_simple_extent_npoints(space.get()) != 1) {
    fail(where, fmt::format("attribute '{}' must be one value", name));
  }
  if (H5Tget_class(stored.get()) != kind) return std::nullopt;
  T value{};
  check(H5Aread(attribute.get(), type, &value), where, problem);
  return value;
}

/// Calls use(part) with every proper prefix of a path: "a", "a/b" of "a/b/c".
template <class Use>
void for_parents(std::string_view path, Use use) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (slash > 0) use(std::string(path.substr(0, slash)));
  }
}

/// True when every link of the path exists; HDF5 wants them asked one by one.
bool linked(const Handle& group, std::string_view path) {
  bool all = true;
  const auto ask = [&](const std::string& part) {
    all = all && H5Lexists(group.get(), part.c_str(), H5P_DEFAULT) > 0;
  };
  for_parents(path, ask);
  ask(std::string(path));
  H5Eclear2(H5E_DEFAULT);  // a dataset in the place of a group leaves an error behind
  return all;
}

H5I_type_t kind_of(const Handle& group, std::string_view path) {
  const Handle object(H5Oopen(group.get(), std::string(path).c_str(), H5P_DEFAULT),
                      [](std::int64_t id) -> int { return H5Oclose(id); });
  return object.get() < 0 ? H5I_BADID : H5Iget_type(object.get());
}

}  // namespace

void Object::set_attribute(std::string_view name, std::string_view value) {
  const std::string text = c_text(value, where_);
  const char* pointer = text.c_str();
  write_attribute(id_, name, string_type().get(), &pointer, where_);
}

void Object::set_attribute(std::string_view name, std::int64_t value) {
  write_attribute(id_, name, H5T_NATIVE_INT64, &value, where_);
}

void Object::set_attribute(std::string_view name, double value) {
  write_attribute(id_, name, H5T_NATIVE_DOUBLE, &value, where_);
}

bool Object::has_attribute(std::string_view name) const {
  return H5Aexists(id_.get(), std::string(name).c_str()) > 0;
}

std::string Object::string_attribute(std::string_view name) const {
  const Handle attribute = open_attribute(id_, name, where_);
  const std::string problem = fmt::format("attribute '{}' cannot be read", name);
  const Handle type = own(H5Aget_type(attribute.get()), close_type, where_, problem);
  const Handle space = own(H5Aget_space(attribute.get()), close_space, where_, problem);
  const std::vector<std::string> texts = collect_strings(
      type, space, fmt::format("{} attribute '{}'", where_, name),
      [&](hid_t memory, void* buffer) { return H5Aread(attribute.get(), memory, buffer); });
  require_input(where_, texts.size() == 1, "attribute '{}' must be one string", name);
  return texts.front();
}

std::int64_t Object::int_attribute(std::string_view name) const {
  const Handle attribute = open_attribute(id_, name, where_);
  const auto value =
      read_number<std::int64_t>(attribute, H5T_INTEGER, H5T_NATIVE_INT64, where_, name);
  require_input(where_, value.has_value(), "attribute '{}' must be an integer", name);
  return *value;
}

double Object::real_attribute(std::string_view name) const {
  const Handle attribute = open_attribute(id_, name, where_);
  auto value = read_number<double>(attribute, H5T_FLOAT, H5T_NATIVE_DOUBLE, where_, name);
  if (!value) value = read_number<double>(attribute, H5T_INTEGER, H5T_NATIVE_DOUBLE, where_, name);
  require_input(where_, value.has_value(), "attribute '{}' must be a number", name);
  return *value;
}

AttributeValue Object::attribute(std::string_view name) const {
  H5T_class_t kind = H5T_NO_CLASS;
  {
    const Handle attribute = open_attribute(id_, name, where_);
    kind = H5Tget_class(own(H5Aget_type(attribute.get()), close_type, where_, "no type").get());
  }
  if (kind == H5T_INTEGER) return int_attribute(name);
  if (kind == H5T_FLOAT) return real_attribute(name);
  return string_attribute(name);
}

std::vector<std::string> Object::attributes() const {
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  check(H5Aiterate2(id_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), where_,
        "attributes cannot be listed");
  return names;
}

std::string Group::place(std::string_view path) const {
  const bool root = where_.ends_with('/');
  return fmt::format("{}{}{}", where_, root ? "" : "/", path);
}

void Group::make_parents(std::string_view path) {
  silence();
  require_input(where_, !path.empty() && !path.starts_with('/') && !path.ends_with('/'),
                "path of an object must be relative; got '{}'", path);
  if (linked(id_, path)) throw InputError(place(path) + ": exists already");
  for_parents(path, [&](const std::string& parent) { create_group(parent); });
}

Group Group::create_group(std::string_view path) {
  silence();
  const std::string at = place(path);
  const Handle create = property_list(H5P_GROUP_CREATE);
  check(H5Pset_obj_track_times(create.get(), false), at, "options cannot be set");
  const auto make = [&](const std::string& part) {
    if (linked(id_, part)) return;
    own(H5Gcreate2(id_.get(), part.c_str(), H5P_DEFAULT, create.get(), H5P_DEFAULT), close_group,
        place(part), "group cannot be made");
  };
  for_parents(path, make);
  make(std::string(path));
  return group(path);
}

Group Group::group(std::string_view path) const {
  silence();
  const std::string at = place(path);
  if (!linked(id_, path)) throw InputError(at + ": no such group");
  if (kind_of(id_, path) != H5I_GROUP) fail(at, "must be a group");
  return Group(own(H5Gopen2(id_.get(), std::string(path).c_str(), H5P_DEFAULT), close_group, at,
                   "group cannot be opened"),
               at);
}

Dataset Group::dataset(std::string_view path) const {
  silence();
  const std::string at = place(path);
  if (!linked(id_, path)) throw InputError(at + ": no such dataset");
  if (kind_of(id_, path) != H5I_DATASET) fail(at, "must be a dataset");
  return Dataset(own(H5Dopen2(id_.get(), std::string(path).c_str(), H5P_DEFAULT), close_dataset, at,
                     "dataset cannot be opened"),
                 at);
}

bool Group::exists(std::string_view path) const {
  silence();
  return linked(id_, path);
}

bool Group::is_group(std::string_view path) const {
  silence();
  const bool yes = linked(id_, path) && kind_of(id_, path) == H5I_GROUP;
  H5Eclear2(H5E_DEFAULT);
  return yes;
}

std::vector<std::string> Group::members() const {
  silence();
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  check(H5Literate(id_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), where_,
        "members cannot be listed");
  return names;
}

File::File(Handle file, Handle root, std::string name)
    : Group(std::move(root), name + ": /"), file_(std::move(file)), name_(std::move(name)) {}

namespace {

Handle root_of(const Handle& file, const std::string& name) {
  return own(H5Gopen2(file.get(), "/", H5P_DEFAULT), close_group, name,
             "root group cannot be opened");
}

}  // namespace

File File::create(std::string name) {
  silence();
  const Handle create = property_list(H5P_FILE_CREATE);
  check(H5Pset_obj_track_times(create.get(), false), name, "options cannot be set");
  Handle file =
      own(H5Fcreate(unique_name().c_str(), H5F_ACC_TRUNC, create.get(), memory_access().get()),
          close_file, name, "file cannot be made");
  Handle root = root_of(file, name);
  return File(std::move(file), std::move(root), std::move(name));
}

File File::from_bytes(std::span<const std::byte> image, std::string name) {
  silence();
  require_input(name, !image.empty(), "file must be HDF5; it is empty");
  const Handle access = memory_access();
  // HDF5 copies the buffer; its interface merely lacks the const.
  check(H5Pset_file_image(access.get(), const_cast<std::byte*>(image.data()), image.size()), name,
        "image cannot be taken");
  Handle file = own(H5Fopen(unique_name().c_str(), H5F_ACC_RDONLY, access.get()), close_file, name,
                    "cannot be opened as HDF5");
  Handle root = root_of(file, name);
  return File(std::move(file), std::move(root), std::move(name));
}

File File::open(const std::string& path) {
  silence();
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  require_input(path, !error, "cannot be read: {}", error.message());
  require_input(path, regular, "must be a file");
  const Handle access = property_list(H5P_FILE_ACCESS);
  check(H5Pset_file_locking(access.get(), true, true), path,
        "locking cannot be set");  // best effort
  Handle file = own(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), close_file, path,
                    "cannot be opened as HDF5");
  Handle root = root_of(file, path);
  return File(std::move(file), std::move(root), path);
}

std::vector<std::byte> File::image() const {
  check(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), name_, "cannot be flushed");
  const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  if (size < 0) fail(name_, "image cannot be taken");
  std::vector<std::byte> out(static_cast<std::size_t>(size));
  if (H5Fget_file_image(file_.get(), out.data(), out.size()) != size)
    fail(name_, "image cannot be taken");
  return out;
}

}  // namespace core::h5
