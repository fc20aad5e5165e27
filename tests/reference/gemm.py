"""PyTorch's matrix products of the tensors in IN, written to OUT.

usage: gemm.py IN OUT      (called by tests/core/kernels/gemm_test.cpp)
"""
import sys

import h5py
import torch

ours, theirs = sys.argv[1:]
with h5py.File(ours, "r") as f, h5py.File(theirs, "w") as out:
    a, b, x, w, bias = (torch.tensor(f[k][:]) for k in ("a", "b", "x", "w", "bias"))
    out["scores"] = (a @ b.transpose(-1, -2)).numpy()
    out["transposed"] = (a.transpose(-1, -2) @ b).numpy()
    out["linear"] = torch.nn.functional.linear(x, w, bias).numpy()
