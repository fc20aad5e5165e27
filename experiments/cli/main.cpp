// roundtable: the command line.  Everything is in commands*.cpp.
#include "experiments/cli/commands.h"
#include "experiments/cli/start.h"

namespace {

using Check = void (*)(int, char**, char**);
// Runs before the constructors of all libraries.
__attribute__((section(".preinit_array"), used)) const Check before_constructors =
    &experiments::refuse_small_limits;

}  // namespace

int main(int argc, char** argv) {
  experiments::open_standard_descriptors();
  experiments::ignore_file_size_signal();
  return experiments::dispatch({.argv = {argv, argv + argc}});
}
