// How long a number takes from one thread to another: what a parallel loop pays to begin and to
// end.
//
// It tells whether the processors that we run on share a cache.  A virtual machine can be moved
// from neighbours to strangers within a minute, and work in small pieces then takes a quarter
// longer.
#pragma once

namespace bench {

/// Nanoseconds one way between the first two threads, the median of many; 0 with one thread.
double hand_over();

}  // namespace bench
