#!/usr/bin/env python3
"""PyTorch's side of one row of the benchmarks; bench.py runs it in turns with roundtable-bench.

usage: torch_peer.py WHAT NETWORK NUMBER PRECISION THREADS SECONDS [VARIANT]

WHAT      train, infer (NUMBER: images of a batch); recon, qdrop, cell (NUMBER: bits)
NETWORK   resnet20, resnet18, vit_small, vit_tiny
PRECISION f32, bf16
VARIANT   layout and form, a name that an earlier call printed; default: the fastest in a short trial

Prints one JSON object: median milliseconds, the mean time over the median, and the variant.  OpenBLAS's OpenMP
build is used when the caller points LD_LIBRARY_PATH at it.
"""
import json
import sys

import torch


def main():
    if len(sys.argv) not in (7, 8):
        sys.exit(__doc__)
    what, name, number, precision, threads, seconds = sys.argv[1:7]
    torch.set_num_threads(int(threads))
    if what in ("train", "infer"):
        import steps as work
    elif what in ("recon", "qdrop"):
        import reconstruction as work
    else:
        import cell as work
    variant = sys.argv[7] if len(sys.argv) == 8 else None
    result = getattr(work, what)(name, int(number), precision, float(seconds), variant)
    print(json.dumps(dict(result, torch=torch.__version__)))


if __name__ == "__main__":
    main()
