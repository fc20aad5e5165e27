// roundtable: the command line.  Everything is in commands*.cpp.
#include "experiments/commands.h"

int main(int argc, char** argv) { return experiments::dispatch({.argv = {argv, argv + argc}}); }
