"""PyTorch's whole cell: AdaRound on the Fashion-MNIST ResNet-20, every layer learned from batches of 32 images.

Ranges, the inputs and targets of every layer (1,024 random images) and the learning, 2,000 iterations a layer.  The
time of an iteration does not depend on their number, so that of the iterations is taken from fewer and extrapolated;
the rest is timed as it is.  The steps are those of tests/reference/qdrop_torch.py, whose accuracy is known.
"""
import argparse
import pathlib
import sys
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/reference"))
import qdrop_torch as reference  # noqa: E402

ITERATIONS, TIMED = 2000, 60


def cell(name, bits, precision, seconds, _):
    torch.manual_seed(0)
    state = reference.read_safetensors(ROOT / "data/weights/resnet20_fashion.safetensors")
    images = torch.randn(1024, 28, 28, 1)
    options = argparse.Namespace(method="adaround", lr=1e-3, iters=TIMED)
    start, loops = time.perf_counter(), 0.0
    truth, units = reference.network(state), reference.network(state)
    layers = [layer for unit in units for layer in unit.layers]
    roundings = [reference.Rounding(l, 8 if i in (0, len(layers) - 1) else bits) for i, l in enumerate(layers)]
    x = x_float = images
    for unit, whole in zip(units, truth):
        mine = [r for r in roundings if r.layer in unit.layers]
        y = reference.run([whole], x_float)
        for rounding, (before, alone), (before_float, alone_float) in zip(mine, unit.parts(), whole.parts()):
            target, inputs = reference.run([before_float, alone_float], x_float), reference.run([before], x)
            begin = time.perf_counter()
            reference.reconstruct(alone, [rounding], [], inputs, None, target, options)
            loops += time.perf_counter() - begin
        x, x_float = reference.run([unit], x), y
    rest = time.perf_counter() - start - loops
    variant = f"{TIMED} of {ITERATIONS} iterations timed"
    return {"median_ms": 1e3 * (rest + loops * ITERATIONS / TIMED), "slowdown": 1, "variant": variant}
