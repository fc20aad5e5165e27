// A residual block 16-16 of ResNet-20 (28x28, batch 32) under reconstruction, twice: the loop of
// quant/reconstruct, and the kernels of one of its iterations called by hand, one after the other.
// The difference is what everything outside the kernels costs: graph, learners, passes, look-ups.
#pragma once

#include <functional>
#include <string>

namespace bench {

/// What is learned: W4 (BRECQ) or W4A4 with half of the activations quantised (QDrop).
enum class BlockWork { weights, weights_and_activations };

/// Calls use(loop, kernels): loop() runs `iterations` steps of the loop, kernels() the kernels of
/// as many.
void with_block(BlockWork work, int iterations,
                const std::function<void(const std::function<void()>& loop,
                                         const std::function<void()>& kernels)>& use);

}  // namespace bench
