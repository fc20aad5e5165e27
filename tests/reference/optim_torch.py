"""Golden traces of optimizers and schedules.  usage: optim_torch.py > tests/golden/optim.json

Each optimizer runs from fixed weights (two tensors, f64) on gradients that are a fixed function of
step and element; the trace is the weights after every step.  Schedules give the factor on the base
rate at every step.
"""
import json
import math
import sys

import torch

STEPS = 6


def start():
    return [torch.tensor([[0.5, -1.0, 2.0], [0.25, 0.0, -3.0]], dtype=torch.float64),
            torch.tensor([1.0, -0.5], dtype=torch.float64)]


def gradient(step, tensor, shape):
    n = math.prod(shape)
    values = [math.sin(1.0 + 0.7 * step + 1.3 * i + 2.1 * tensor) for i in range(n)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def trace(make, lrs):
    weights = start()
    optimizer = make(weights)
    out = []
    for step in range(STEPS):
        for t, w in enumerate(weights):
            w.grad = gradient(step, t, w.shape)
        for group in optimizer.param_groups:
            group["lr"] = lrs[step]
        optimizer.step()
        out.append([w.flatten().tolist() for w in weights])
    return out


def schedule(make, base, total):
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=base)
    scheduler = make(optimizer)
    factors = []
    for _ in range(total):
        factors.append(optimizer.param_groups[0]["lr"] / base)
        optimizer.step()
        scheduler.step() if len(factors) < total else None
    return factors


O, S = torch.optim, torch.optim.lr_scheduler
optimizers = [
    ("sgd", {}, lambda w: O.SGD(w, lr=0.1)),
    ("sgd", {"momentum": 0.9}, lambda w: O.SGD(w, lr=0.1, momentum=0.9)),
    ("sgd", {"momentum": 0.9, "weight_decay": 0.05},
     lambda w: O.SGD(w, lr=0.1, momentum=0.9, weight_decay=0.05)),
    ("sgd", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
     lambda w: O.SGD(w, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05)),
    ("sgd", {"momentum": 0.9, "weight_decay": 0.05, "decay_rank1": False},
     lambda w: O.SGD([{"params": w[:1], "weight_decay": 0.05}, {"params": w[1:], "weight_decay": 0}],
                     lr=0.1, momentum=0.9)),
    ("adam", {}, lambda w: O.Adam(w)),
    ("adam", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1},
     lambda w: O.Adam(w, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    ("adamw", {}, lambda w: O.AdamW(w)),
    ("adamw", {"weight_decay": 0.3, "decay_rank1": False},
     lambda w: O.AdamW([{"params": w[:1], "weight_decay": 0.3},
                        {"params": w[1:], "weight_decay": 0}])),
]
lrs = [0.1, 0.1, 0.05, 0.02, 0.2, 0.1]
schedules = [
    ("constant", {}, 5, lambda o: S.LambdaLR(o, lambda _: 1.0)),
    ("linear", {}, 8, lambda o: S.LinearLR(o, 1.0, 0.0, 8)),
    ("linear", {"end": 0.25}, 8, lambda o: S.LinearLR(o, 1.0, 0.25, 8)),
    ("cosine", {}, 10, lambda o: S.CosineAnnealingLR(o, 10)),
    ("cosine", {"end": 0.1}, 10, lambda o: S.CosineAnnealingLR(o, 10, eta_min=0.03)),
    ("one_cycle", {}, 40, lambda o: S.OneCycleLR(o, 0.3, 40, cycle_momentum=False)),
    ("one_cycle", {"pct_start": 0.1, "div_factor": 10.0, "final_div_factor": 100.0}, 40,
     lambda o: S.OneCycleLR(o, 0.3, 40, pct_start=0.1, div_factor=10, final_div_factor=100,
                            cycle_momentum=False)),
    ("step", {}, 12, lambda o: S.MultiStepLR(o, [6, 9])),
    ("step", {"milestones": [0.25], "gamma": 0.5}, 12, lambda o: S.MultiStepLR(o, [3], gamma=0.5)),
]
json.dump({
    "generator": "tests/reference/optim_torch.py, torch " + torch.__version__,
    "lrs": lrs,
    "optimizers": [{"name": n, "options": o, "trace": trace(m, lrs)} for n, o, m in optimizers],
    "schedules": [{"name": n, "options": o, "total": t, "factors": schedule(m, 0.3, t)}
                  for n, o, t, m in schedules],
}, sys.stdout)
print()
