"""AdaRound in PyTorch, written from its formulas, on one convolution with a ReLU: same batches, same start.

usage: quant_torch.py IN OUT      (called by tests/quant/reconstruct_test.cpp; images are N,H,W,C)
IN: x, y, w, bias, scale, zero, index (steps, batch), options (qmin, qmax, lr, lambda, beta0, beta1, warm-up).
OUT: soft (the relaxed weight after the last step), loss (reconstruction loss of every step).
"""
import sys

import h5py
import torch
import torch.nn.functional as F

ours, theirs = sys.argv[1:]
with h5py.File(ours, "r") as f:
    x, y = (torch.tensor(f[k][:]).permute(0, 3, 1, 2).contiguous() for k in ("x", "y"))
    w, bias, scale, zero = (torch.tensor(f[k][:]) for k in ("w", "bias", "scale", "zero"))
    index = torch.tensor(f["index"][:])
    qmin, qmax, lr, lam, beta0, beta1, warm = (float(v) for v in f["options"][:])

scale, zero = scale.view(-1, 1, 1, 1), zero.view(-1, 1, 1, 1)
floor = torch.floor(w / scale)
rest = w / scale - floor
v = torch.nn.Parameter(-torch.log(1.2 / (rest + 0.1) - 1))
optimizer = torch.optim.Adam([v], lr=lr)
steps = len(index)


def h():
    return (torch.sigmoid(v) * 1.2 - 0.1).clamp(0, 1)


def soft():
    return ((floor + h() + zero).clamp(qmin, qmax) - zero) * scale


losses = []
for t in range(steps):
    optimizer.zero_grad()
    out = F.relu(F.conv2d(x[index[t]], soft(), bias, padding=1))
    rec = (out - y[index[t]]).pow(2).sum(1).mean()
    losses.append(float(rec))
    total = rec
    if t >= warm * steps:
        beta = beta1 + (beta0 - beta1) * max(0.0, 1 - (t - warm * steps) / (steps - warm * steps))
        total = rec + lam * (1 - (2 * h() - 1).abs().pow(beta)).sum()
    total.backward()
    optimizer.step()

with h5py.File(theirs, "w") as out:
    out["soft"] = soft().detach().numpy()
    out["loss"] = torch.tensor(losses, dtype=torch.float64).numpy()
