// The doctest entry point shared by every test binary.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "tests/support/source_dir.h"

std::string support::source_dir() { return ROUNDTABLE_SOURCE_DIR; }
