"""Golden traces of optimizers and schedules.  usage: optim_torch.py > tests/golden/optim.json

Each optimizer runs from fixed weights (two tensors, f64) on the same random gradients and rates; the
trace is the weights after every step.  Lion and signSGD, which PyTorch 1.13 lacks, follow their
formulas below.  Schedules give the factor on the base rate at every step.
"""
import json
import math
import sys

import torch

STEPS = 20
torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default dtype


def start():
    return [torch.tensor([[0.5, -1.0, 2.0], [0.25, 0.0, -3.0]], dtype=torch.float64),
            torch.tensor([1.0, -0.5], dtype=torch.float64)]


torch.manual_seed(1)
gradients = [[torch.randn(w.shape, dtype=torch.float64) for w in start()] for _ in range(STEPS)]
lrs = (0.02 + 0.18 * torch.rand(STEPS, dtype=torch.float64)).tolist()


class Formula:
    """An optimizer as torch.optim has them, from `update(w, g, state, lr, lambda)`."""

    def __init__(self, weights, update, weight_decay=0.0):
        self.weights, self.update, self.decay = weights, update, weight_decay
        self.states = [{"m": torch.zeros_like(w)} for w in weights]
        self.param_groups = [{"lr": 0.0}]

    def step(self):
        for w, state in zip(self.weights, self.states):
            self.update(w, w.grad, state, self.param_groups[0]["lr"], self.decay)


def lion(beta1, beta2):
    # 2302.06675, algorithm 2
    def update(w, g, state, lr, decay):
        direction = torch.sign(beta1 * state["m"] + (1 - beta1) * g)
        w -= lr * (direction + decay * w)
        state["m"] = beta2 * state["m"] + (1 - beta2) * g
    return update


def signsgd(beta):
    # 1802.04434, algorithms 1 and 2, with coupled decay
    def update(w, g, state, lr, decay):
        state["m"] = beta * state["m"] + (1 - beta) * (g + decay * w)
        w -= lr * torch.sign(state["m"])
    return update


def trace(make, lrs):
    weights = start()
    optimizer = make(weights)
    out = []
    for step in range(STEPS):
        for t, w in enumerate(weights):
            w.grad = gradients[step][t].clone()
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


def plateau(losses, base, **options):
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=base)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, eps=0.0, **options)
    factors = []
    for loss in losses:
        factors.append(optimizer.param_groups[0]["lr"] / base)
        optimizer.step()
        scheduler.step(loss)
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
    ("momentum", {}, lambda w: O.SGD(w, lr=0.1, momentum=0.9)),
    ("momentum", {"momentum": 0.8, "weight_decay": 0.05},
     lambda w: O.SGD(w, lr=0.1, momentum=0.8, weight_decay=0.05)),
    ("nesterov", {}, lambda w: O.SGD(w, lr=0.1, momentum=0.9, nesterov=True)),
    ("nesterov", {"momentum": 0.8, "weight_decay": 0.05},
     lambda w: O.SGD(w, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05)),
    ("adamax", {}, lambda w: O.Adamax(w)),
    ("adamax", {"beta1": 0.8, "beta2": 0.7, "eps": 1e-2, "weight_decay": 0.1},
     lambda w: O.Adamax(w, betas=(0.8, 0.7), eps=1e-2, weight_decay=0.1)),
    # foreach: the plain loop of 1.13 multiplies by mu once too often (pytorch/pytorch#92699)
    ("nadam", {}, lambda w: O.NAdam(w, foreach=True)),
    ("nadam", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1,
               "momentum_decay": 0.5},
     lambda w: O.NAdam(w, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, momentum_decay=0.5,
                       foreach=True)),
    ("radam", {}, lambda w: O.RAdam(w)),
    ("radam", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1},
     lambda w: O.RAdam(w, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    ("rmsprop", {}, lambda w: O.RMSprop(w)),
    ("rmsprop", {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
     lambda w: O.RMSprop(w, alpha=0.9, eps=1e-3, weight_decay=0.1)),
    ("adagrad", {}, lambda w: O.Adagrad(w)),
    ("adagrad", {"eps": 1e-3, "weight_decay": 0.1},
     lambda w: O.Adagrad(w, eps=1e-3, weight_decay=0.1)),
    ("adadelta", {}, lambda w: O.Adadelta(w)),
    ("adadelta", {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
     lambda w: O.Adadelta(w, rho=0.8, eps=1e-3, weight_decay=0.1)),
    ("lion", {}, lambda w: Formula(w, lion(0.9, 0.99))),
    ("lion", {"beta1": 0.8, "beta2": 0.95, "weight_decay": 0.3},
     lambda w: Formula(w, lion(0.8, 0.95), 0.3)),
    ("signsgd", {}, lambda w: Formula(w, signsgd(0.0))),
    ("signsgd", {"momentum": 0.9, "weight_decay": 0.05},
     lambda w: Formula(w, signsgd(0.9), 0.05)),
]
schedules = [
    ("constant", {}, 5, lambda o: S.LambdaLR(o, lambda _: 1.0)),
    ("linear", {}, 8, lambda o: S.LinearLR(o, 1.0, 0.0, 8)),
    ("linear", {"end": 0.25}, 8, lambda o: S.LinearLR(o, 1.0, 0.25, 8)),
    ("cosine", {}, 10, lambda o: S.CosineAnnealingLR(o, 10)),
    ("cosine", {"end": 0.1}, 10, lambda o: S.CosineAnnealingLR(o, 10, eta_min=0.03)),
    ("exponential", {}, 10, lambda o: S.ExponentialLR(o, 0.01 ** 0.1)),
    ("exponential", {"end": 0.5}, 4, lambda o: S.ExponentialLR(o, 0.5 ** 0.25)),
    ("one_cycle", {}, 40, lambda o: S.OneCycleLR(o, 0.3, 40, cycle_momentum=False)),
    ("one_cycle", {"pct_start": 0.1, "div_factor": 10.0, "final_div_factor": 100.0}, 40,
     lambda o: S.OneCycleLR(o, 0.3, 40, pct_start=0.1, div_factor=10, final_div_factor=100,
                            cycle_momentum=False)),
    ("step", {}, 12, lambda o: S.MultiStepLR(o, [6, 9])),
    ("step", {"milestones": [0.25], "gamma": 0.5}, 12, lambda o: S.MultiStepLR(o, [3], gamma=0.5)),
]
# a fall with noise and two stretches that stand still; drops at several places
losses = [1 / (1 + min(t, 12) / 4) + 0.05 * math.sin(7 * t) for t in range(30)] + [0.2] * 12
plateaus = [({"patience": 3}, {"patience": 3}),
            ({"patience": 0, "gamma": 0.5, "end": 0.05}, {"patience": 0, "factor": 0.5, "min_lr": 0.015}),
            ({"patience": 2, "gamma": 0.8, "threshold": 0.1},
             {"patience": 2, "factor": 0.8, "threshold": 0.1})]
json.dump({
    "generator": "tests/reference/optim_torch.py, torch " + torch.__version__,
    "lrs": lrs,
    "gradients": [[g.flatten().tolist() for g in step] for step in gradients],
    "optimizers": [{"name": n, "options": o, "trace": trace(m, lrs)} for n, o, m in optimizers],
    "schedules": [{"name": n, "options": o, "total": t, "factors": schedule(m, 0.3, t)}
                  for n, o, t, m in schedules],
    "plateaus": [{"name": "plateau", "options": ours, "losses": losses,
                  "factors": plateau(losses, 0.3, **theirs)} for ours, theirs in plateaus],
}, sys.stdout)
print()
