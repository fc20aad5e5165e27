// Confine: takes everything from a process that it does not need to turn bytes into bytes.
#pragma once

#include <cstddef>

namespace experiments {

/// Called in a forked child that talks over `socket`: closes every other descriptor, opens none any
/// more, takes at most `room` bytes of further memory, dies with its parent, ignores the signals
/// that mean the parent, and where the kernel can (seccomp; x86-64 and ARM64) is refused all system
/// calls but those for memory, for the socket and to end.
void confine(int socket, std::size_t room);

}  // namespace experiments
