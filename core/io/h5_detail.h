// Internal to core/io/h5*.cpp: identifiers with checked construction, and errors that carry HDF5's
// reason.
#pragma once

#include <hdf5.h>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/dtype.h"
#include "core/io/h5_handle.h"

namespace core::h5::detail {

static_assert(std::is_same_v<hid_t, std::int64_t>, "hid_t is 64 bits wide since HDF5 1.10");

/// Stops HDF5 from printing its error stack; the setting is per thread.
void silence();
/// The most specific entry of HDF5's error stack, or an empty string.
std::string reason();
/// throws: InputError "where: problem; HDF5: reason".
[[noreturn]] void fail(const std::string& where, std::string_view problem);

/// Owns `id`; fails when it is negative.
Handle own(hid_t id, Handle::Close close, const std::string& where, std::string_view problem);
/// Fails when an HDF5 call returned a negative status.
void check(herr_t status, const std::string& where, std::string_view problem);

int close_file(std::int64_t id);
int close_group(std::int64_t id);
int close_dataset(std::int64_t id);
int close_attribute(std::int64_t id);
int close_space(std::int64_t id);
int close_type(std::int64_t id);
int close_list(std::int64_t id);

/// A property list of a class, e.g. H5P_DATASET_CREATE.
Handle property_list(hid_t kind);
/// Type of a UTF-8 string of variable length.
Handle string_type();
/// Strings of a scalar or one-dimensional object of string type, read by `read(memory_type,
/// buffer)`.
std::vector<std::string> collect_strings(const Handle& type, const Handle& space,
                                         const std::string& where,
                                         const std::function<herr_t(hid_t, void*)>& read);
/// throws: Error when the text holds a NUL, which HDF5 strings cannot.
std::string c_text(std::string_view text, const std::string& where);

/// In-memory type of a DType.
hid_t native(DType d);

}  // namespace core::h5::detail
