// A quantised and a float input of one shape, for the tests of the reconstruction inputs.
#pragma once

#include <doctest/doctest.h>

#include "quant/input/input.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

inline const core::Tensor kQuant = core::Tensor::of<float>({2, 2}, {1, 2, 3, 4});
inline const core::Tensor kFloat = core::Tensor::of<float>({2, 2}, {10, 20, 30, 40});
