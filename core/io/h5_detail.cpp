#include "core/io/h5_detail.h"

#include <cstring>
#include <utility>

#include "core/error.h"

namespace core::h5 {

namespace detail {

void silence() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string reason() {
  std::string out;
  // Upward: the first entry is the deepest, where the cause is.
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* entry, void* text) -> herr_t {
        if (n == 0 && entry->desc != nullptr) *static_cast<std::string*>(text) = entry->desc;
        return 0;
      },
      &out);
  return out;
}

void fail(const std::string& where, std::string_view problem) {
  const std::string why = reason();
  H5Eclear2(H5E_DEFAULT);
  throw InputError(fmt::format("{}: {}{}{}", where, problem, why.empty() ? "" : "; HDF5: ", why));
}

Handle own(hid_t id, Handle::Close close, const std::string& where, std::string_view problem) {
  if (id < 0) fail(where, problem);
  return Handle(id, close);
}

void check(herr_t status, const std::string& where, std::string_view problem) {
  if (status < 0) fail(where, problem);
}

int close_file(std::int64_t id) { return H5Fclose(id); }
int close_group(std::int64_t id) { return H5Gclose(id); }
int close_dataset(std::int64_t id) { return H5Dclose(id); }
int close_attribute(std::int64_t id) { return H5Aclose(id); }
int close_space(std::int64_t id) { return H5Sclose(id); }
int close_type(std::int64_t id) { return H5Tclose(id); }
int close_list(std::int64_t id) { return H5Pclose(id); }

Handle property_list(hid_t kind) {
  return own(H5Pcreate(kind), close_list, "h5", "property list cannot be made");
}

Handle string_type() {
  Handle type = own(H5Tcopy(H5T_C_S1), close_type, "h5", "string type cannot be made");
  check(H5Tset_size(type.get(), H5T_VARIABLE), "h5", "string type cannot be made");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "h5", "string type cannot be made");
  return type;
}

std::vector<std::string> collect_strings(const Handle& type, const Handle& space,
                                         const std::string& where,
                                         const std::function<herr_t(hid_t, void*)>& read) {
  if (H5Tget_class(type.get()) != H5T_STRING) fail(where, "must hold strings");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  if (rank < 0 || rank > 1 || points < 0) fail(where, "must be one string or a list of strings");
  const auto count = static_cast<std::size_t>(points);
  std::vector<std::string> out(count);
  if (count == 0) return out;
  // HDF5 refuses to convert between character sets; the memory type takes that of the file.
  const Handle memory = own(H5Tcopy(H5T_C_S1), close_type, where, "string type cannot be made");
  check(H5Tset_cset(memory.get(), H5Tget_cset(type.get())), where, "string type cannot be made");
  if (H5Tis_variable_str(type.get()) > 0) {
    check(H5Tset_size(memory.get(), H5T_VARIABLE), where, "string type cannot be made");
    std::vector<char*> pointers(count, nullptr);
    check(read(memory.get(), pointers.data()), where, "cannot be read");
    for (std::size_t i = 0; i < count; ++i) out[i] = pointers[i] == nullptr ? "" : pointers[i];
    check(H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, pointers.data()), where,
          "cannot be read");
  } else {
    const std::size_t width = H5Tget_size(type.get());
    check(H5Tset_size(memory.get(), width + 1), where, "string type cannot be made");
    std::vector<char> text(count * (width + 1), '\0');
    check(read(memory.get(), text.data()), where, "cannot be read");
    for (std::size_t i = 0; i < count; ++i) {
      const char* start = text.data() + i * (width + 1);
      out[i].assign(start, strnlen(start, width));
    }
  }
  return out;
}

std::string c_text(std::string_view text, const std::string& where) {
  if (text.find('\0') != std::string_view::npos) {
    throw Error(where + ": a string with a NUL byte cannot be stored");
  }
  return std::string(text);
}

hid_t native(DType d) {
  switch (d) {
    case DType::f32:
      return H5T_NATIVE_FLOAT;
    case DType::f64:
      return H5T_NATIVE_DOUBLE;
    case DType::bf16:
      return H5T_NATIVE_UINT16;
    case DType::s8:
      return H5T_NATIVE_INT8;
    case DType::u8:
      return H5T_NATIVE_UINT8;
    case DType::s32:
      return H5T_NATIVE_INT32;
    case DType::s64:
      return H5T_NATIVE_INT64;
  }
  throw Error("h5: unknown dtype");
}

}  // namespace detail
}  // namespace core::h5
