"""PyTorch's convolution and its gradients for every group of IN (x, w, b, dy, options), written to OUT.

usage: conv2d.py IN OUT      (called by tests/core/kernels/conv/conv2d_test.cpp; images are N,H,W,C)
"""
import sys

import h5py
import torch

ours, theirs = sys.argv[1:]
# PyTorch's own loops: oneDNN is what is tested, and its gradient of strided 1x1 windows spoils the heap
torch.backends.mkldnn.enabled = False
with h5py.File(ours, "r") as f, h5py.File(theirs, "w") as out:
    for name, g in f.items():
        x = torch.tensor(g["x"][:]).permute(0, 3, 1, 2).contiguous().requires_grad_()
        w = torch.tensor(g["w"][:]).requires_grad_()
        dy = torch.tensor(g["dy"][:]).permute(0, 3, 1, 2).contiguous()
        sh, sw, ph, pw, dh, dw, groups = (int(v) for v in g["options"][:])
        y = torch.nn.functional.conv2d(x, w, torch.tensor(g["b"][:]), (sh, sw), (ph, pw), (dh, dw), groups)
        y.backward(dy)
        out[f"{name}/y"] = y.detach().permute(0, 2, 3, 1).contiguous().numpy()
        out[f"{name}/dx"] = x.grad.permute(0, 2, 3, 1).contiguous().numpy()
        out[f"{name}/dw"] = w.grad.numpy()
