"""AdaRound, BRECQ and QDrop in plain PyTorch, written from their formulas, on one layer or block.

usage: reconstruct_torch.py IN OUT      (called by tests/quant/reconstruct_torch.cpp; images are N,H,W,C)
IN, attributes: unit (conv_relu | basic_block | vit_block), stride, heads, bits, iters, lr, lambda, beta_start,
  beta_end, beta_shape, warm_up; act_bits (0: activations are float), act_lr, p (of |error|^p); learn_weights (else they
  are fixed at what is given and only the activation steps learn).
IN, data: x_quant, x_float, y_float; index (iters, batch); weights/<layer>: w, bias, scale, zero; norms/<name>: weight,
  bias; acts/<name>: scale, zero; with random dropping, masks/input and masks/<act> (iters, batch, ...), 1 = quantised.
OUT: soft/<layer> (relaxed weights after the last step), codes/<layer>, steps/<act>, loss (without penalty, every step).
"""
import math
import sys

import h5py
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def tensors(group):
    return {k: torch.tensor(d[:]) for k, d in group.items()}


def per_channel(q, w):
    return q.view(-1, *[1] * (w.dim() - 1)) if q.numel() > 1 else q


with h5py.File(sys.argv[1], "r") as f:
    opt = {k: v.decode() if isinstance(v, bytes) else v for k, v in f.attrs.items()}
    data = {k: torch.tensor(f[k][:]) for k in ("x_quant", "x_float", "y_float", "index")}
    layers = {k: tensors(g) for k, g in f["weights"].items()}
    norms = {k: tensors(g) for k, g in f["norms"].items()} if "norms" in f else {}
    acts = {k: tensors(g) for k, g in f["acts"].items()} if "acts" in f else {}
    masks = {k: torch.tensor(d[:]).bool() for k, d in f["masks"].items()} if "masks" in f else {}

qmax, act_qmax, iters = 2 ** opt["bits"] - 1, 2 ** opt["act_bits"] - 1, int(opt["iters"])
learn_weights = bool(opt["learn_weights"])

for layer in layers.values():
    layer["s"], layer["z"] = (per_channel(layer[k], layer["w"]) for k in ("scale", "zero"))
    layer["floor"] = torch.floor(layer["w"] / layer["s"])
    rest = layer["w"] / layer["s"] - layer["floor"]
    layer["v"] = torch.nn.Parameter(-torch.log(1.2 / (rest + 0.1) - 1))
for act in acts.values():
    act["step"] = torch.nn.Parameter(act["scale"].clone())


def h(v):
    return (torch.sigmoid(v) * 1.2 - 0.1).clamp(0, 1)


def soft(layer):
    if not learn_weights:
        return layer["w"]
    return ((layer["floor"] + h(layer["v"]) + layer["z"]).clamp(0, qmax) - layer["z"]) * layer["s"]


def codes(layer):
    return (layer["floor"] + (layer["v"] >= 0) + layer["z"]).clamp(0, qmax)


def quantised(name, x, t):
    """The activation quantiser of LSQ, and x itself where the mask of this step says so."""
    if name not in acts:
        return x
    s, z = acts[name]["step"], acts[name]["zero"]
    u = x / s
    n = ((u.round() - u).detach() + u + z).clamp(0, act_qmax)
    y = (n - z) * s
    return torch.where(masks[name][t], y, x) if name in masks else y


def conv(name, x, stride=1):
    # x is N,H,W,C
    layer = layers[name]
    y = F.conv2d(x.permute(0, 3, 1, 2), soft(layer), layer["bias"], stride, 1)
    return y.permute(0, 2, 3, 1)


def linear(name, x):
    return F.linear(x, soft(layers[name]), layers[name]["bias"])


def norm(name, x):
    return F.layer_norm(x, x.shape[-1:], norms[name]["weight"], norms[name]["bias"], 1e-6)


def conv_relu(x, t):
    return F.relu(conv("conv1", x, int(opt["stride"])))


def basic_block(x, t):
    stride = int(opt["stride"])
    a = quantised("act1", F.relu(conv("conv1", x, stride)), t)
    y = conv("conv2", a)
    skip = x[:, ::stride, ::stride]
    extra = y.shape[3] - skip.shape[3]
    return quantised("act2", F.relu(y + F.pad(skip, (extra // 2, extra - extra // 2))), t)


def vit_block(x, t):
    b, n, c = x.shape
    heads = int(opt["heads"])
    q, k, v = linear("qkv", norm("norm1", x)).view(b, n, 3, heads, c // heads).permute(2, 0, 3, 1, 4)
    attn = (q @ k.transpose(-2, -1) * (c // heads) ** -0.5).softmax(-1)
    x = x + linear("proj", (attn @ v).transpose(1, 2).reshape(b, n, c))
    return x + linear("fc2", F.gelu(linear("fc1", norm("norm2", x))))


def beta(t):
    first = opt["warm_up"] * iters
    if t < first:
        return None
    at = (t - first) / (iters - first)
    falls = 0.5 * (1 + math.cos(math.pi * at)) if opt["beta_shape"] == "cosine" else 1 - at
    return opt["beta_end"] + (opt["beta_start"] - opt["beta_end"]) * falls


run = {"conv_relu": conv_relu, "basic_block": basic_block, "vit_block": vit_block}[opt["unit"]]
variables = [layer["v"] for layer in layers.values()] if learn_weights else []
steps = [act["step"] for act in acts.values()]
optimizers = [torch.optim.Adam(variables, lr=opt["lr"])] if variables else []
schedules = []
if steps:
    optimizers.append(torch.optim.Adam(steps, lr=opt["act_lr"]))
    schedules.append(torch.optim.lr_scheduler.CosineAnnealingLR(optimizers[-1], T_max=iters, eta_min=0.0))

losses = []
for t in range(iters):
    index = data["index"][t]
    x = data["x_quant"][index]
    if "input" in masks:
        x = torch.where(masks["input"][t], x, data["x_float"][index])
    for optimizer in optimizers:
        optimizer.zero_grad()
    # channels come last here: the sum over them, the mean over everything else
    total = (run(x, t) - data["y_float"][index]).abs().pow(opt["p"]).sum(-1).mean()
    losses.append(total.item())
    if variables and beta(t) is not None:
        total = total + opt["lambda"] * sum((1 - (2 * h(v) - 1).abs().pow(beta(t))).sum() for v in variables)
    total.backward()
    for optimizer in optimizers:
        optimizer.step()
    for schedule in schedules:
        schedule.step()
    with torch.no_grad():
        for step in steps:
            step.copy_(step.abs().clamp(min=torch.finfo(torch.float32).eps))

with h5py.File(sys.argv[2], "w") as out:
    for name, layer in layers.items():
        out[f"soft/{name}"] = soft(layer).detach().numpy()
        out[f"codes/{name}"] = codes(layer).detach().int().numpy()
    for name, act in acts.items():
        out[f"steps/{name}"] = act["step"].detach().numpy()
    out["loss"] = torch.tensor(losses, dtype=torch.float64).numpy()
