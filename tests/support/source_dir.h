// Where the project's files lie, for tests that read them.
#pragma once

#include <string>

namespace support {

/// The root of the checkout; defined in main.cpp.
std::string source_dir();

}  // namespace support
