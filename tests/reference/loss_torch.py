"""Values and gradients of losses by PyTorch, in f64: loss_torch.py IN.h5 OUT.h5

Reads /prediction, /target and /sensitivity (B, N, C); writes /<loss>/value and /<loss>/gradient with
the options of tests/quant/loss/loss_test.cpp.  Made for PyTorch 1.13 (Debian 12) and later.
"""
import sys

import h5py
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
ours, theirs = sys.argv[1:]
with h5py.File(ours, "r") as f:
    prediction, target, sensitivity = (torch.tensor(f[k][:]) for k in ("prediction", "target", "sensitivity"))

rows = target.numel() // target.shape[-1]
T = 4.0


def flat(x):
    return x.reshape(rows, -1)


def log_p(x):
    return F.log_softmax(flat(x) / T, -1)


def kl(log_q, p):
    return F.kl_div(log_q, p, reduction="batchmean")


def js(x, y):
    p, q = log_p(y).exp(), log_p(x).exp()
    m = ((p + q) / 2).log()
    return (kl(m, p) + kl(m, q)) / 2


def relation(x):
    x = F.normalize(x, dim=-1)
    return x @ x.transpose(1, 2)


LOSSES = {
    "l2": lambda x, y: F.mse_loss(x, y, reduction="sum") / rows,
    "l1": lambda x, y: F.l1_loss(x, y, reduction="sum") / rows,
    "lp": lambda x, y: (x - y).abs().pow(2.4).sum(-1).mean(),
    "huber": lambda x, y: F.huber_loss(x, y, reduction="sum", delta=0.6 * float(y.std(unbiased=False))) / rows,
    "logcosh": lambda x, y: (x - y).cosh().log().sum(-1).mean(),
    "nmse": lambda x, y: F.mse_loss(x, y) / y.pow(2).mean(),
    "cosine": lambda x, y: (1 - F.cosine_similarity(x.flatten(1), y.flatten(1))).mean(),
    "kl": lambda x, y: kl(log_p(x), log_p(y).exp()) * T * T,
    "kl_rev": lambda x, y: kl(log_p(y), log_p(x).exp()),
    "js": js,
    "ce_pseudo": lambda x, y: F.cross_entropy(flat(x), flat(y).argmax(-1)),
    "fisher": lambda x, y: ((x - y).pow(2) * sensitivity.pow(2) / sensitivity.pow(2).mean()).sum(-1).mean(),
    "relation": lambda x, y: F.mse_loss(relation(x), relation(y)),
}

with h5py.File(theirs, "w") as out:
    for name, loss in LOSSES.items():
        x = prediction.clone().requires_grad_()
        value = loss(x, target)
        value.backward()
        out[name + "/value"] = value.detach().numpy()
        out[name + "/gradient"] = x.grad.numpy()
