// Whole files: reading them with clear errors, and publishing them so that a reader sees either
// nothing or all of it, whatever happens to the writer (SIGKILL, full disk, file-size limit,
// power).
//
// A file is written under a temporary name in its own directory, flushed to the disk and renamed.
// SIGXFSZ must be ignored by the program (main does), else a file-size limit kills it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace core {

/// "873 bytes", "26.3 kB", "1.5 MB", "2.0 GB": three digits, powers of ten.
std::string size_text(std::uint64_t bytes);

/// The content of a regular file.  throws: InputError naming the path and the reason; also when it
/// is larger than `limit` bytes or than the memory that is left, before it is read.
std::vector<std::byte> read_file(const std::string& path,
                                 std::size_t limit = std::numeric_limits<std::size_t>::max());
std::string read_text(const std::string& path,
                      std::size_t limit = std::numeric_limits<std::size_t>::max());

/// Writes a file atomically, replacing an older one: <path>.tmp.<host>.<pid>.<n>, write, fsync,
/// rename, fsync of the directory.  A target that exists must be a regular file.  Temporary files
/// that killed writers of the same target left are removed first.
/// throws: InputError naming path, reason, bytes needed and bytes free; nothing is left behind
/// then.
void publish(const std::string& path, std::span<const std::byte> bytes);
void publish(const std::string& path, std::string_view text);

/// Removes the temporary files in `directory` (not below it) whose writers are gone: nobody holds
/// the lock on them, and they were made on this host by a process that no longer runs, or more than
/// a day ago.  Returns how many.
int sweep_orphans(const std::string& directory);

/// Creates a directory and its parents; an existing one is fine.  throws: InputError.
void make_directories(const std::string& path);

}  // namespace core
