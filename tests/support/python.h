// Running a Python oracle from a test.  PyTorch, h5py and friends are test-time packages: where one is
// absent the test says "SKIPPED" and passes; test.sh counts and repeats those lines.
#pragma once

#include <cstdlib>
#include <string>

#include "tests/support/source_dir.h"

namespace support {

/// Debian's interpreter (the one that sees Debian's packages), or $ROUNDTABLE_PYTHON.
inline std::string python() {
  const char* chosen = std::getenv("ROUNDTABLE_PYTHON");
  return chosen ? chosen : "/usr/bin/python3";
}

inline bool python_has(const std::string& modules) {
  return std::system((python() + " -c 'import " + modules + "' >/dev/null 2>&1").c_str()) == 0;
}

/// Runs tests/reference/<script> with `arguments`; the exit status is returned.
inline int run_reference(const std::string& script, const std::string& arguments) {
  return std::system(
      (python() + " " + source_dir() + "/tests/reference/" + script + " " + arguments).c_str());
}

}  // namespace support

/// Leaves a test case, loudly, when Python modules are absent.
#define SKIP_WITHOUT_PYTHON(modules)              \
  if (!support::python_has(modules)) {            \
    MESSAGE("SKIPPED: python3 without " modules); \
    return;                                       \
  }
