// Memory of this machine and of this process, in bytes.
#pragma once

#include <cstddef>
#include <string>

namespace core {

/// What this process may use: what the system has left, or what the cgroup (v1 or v2) leaves of its
/// limit if that is less.  Page cache counts as left.  `root` is put before /proc and /sys: "" is
/// this system, a test gives a directory of its own.
std::size_t available_memory(const std::string& root = "");
/// What the limits of this one process leave: of its address space (`ulimit -v`, Grid Engine's
/// h_vmem) and of its data (`ulimit -d`); the largest number without a limit.  Each process that it
/// starts has the same limits to itself.
std::size_t process_memory_left(const std::string& root = "");
/// What of this process lies in memory now, and the most that ever did (VmHWM).
std::size_t resident_memory();
std::size_t peak_resident_memory();

}  // namespace core
