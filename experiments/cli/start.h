// Start: what has to be right before main, and before libraries set themselves up.
//
// OpenBLAS takes buffers in a constructor and loops for ever when it cannot have them; oneDNN's
// generated code crashes.  A limit of address space or data that is too small even for that is
// therefore refused before any constructor runs (main.cpp puts the check into .preinit_array).
// Larger ones are a matter of what is computed: resources.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace experiments {

/// Address space and data that the program needs to start and to compute the smallest thing.
struct LeastMemory {
  std::uint64_t space = 0, data = 0;
};
LeastMemory least_memory(std::uint64_t threads);

/// Threads that OpenBLAS takes buffers for: what the process may use, or what OPENBLAS_NUM_THREADS
/// or OMP_NUM_THREADS (of `environment`, which ends with a null pointer) says if that is less.
std::uint64_t blas_threads(const char* const* environment);

/// Writes the line that refuses a limit into `to`, as far as there is room; returns its length.
/// Without a library function but what is safe before main.
std::size_t refusal(std::span<char> to, const char* limit, std::uint64_t allowed,
                    std::uint64_t least);

/// Ends the process with exit code 2 and one line when RLIMIT_AS or RLIMIT_DATA is too small.
void refuse_small_limits(int argc, char** argv, char** environment);

/// Opens /dev/null in place of closed standard descriptors, which files and pipes would take.
void open_standard_descriptors();

/// A limit of file size is an error of the write that meets it, in every command.
void ignore_file_size_signal();

}  // namespace experiments
