"""AdaRound, BRECQ (weights) and QDrop on the CIFAR-10 ResNet-20 in plain PyTorch: what others' tools should give.

usage: qdrop_torch.py --data DIR --weights FILE [--method qdrop] [--wbits 4] [--abits 4] [--iters 1000] [--seed 0] ...
The cells of experiments/configs/cifar10_resnet20.yaml, for comparison; not run by the tests.  DIR holds
train/<class>/*.jpg and test/<class>/*.jpg; FILE the network as .safetensors (that YAML says where both come from).
Written from the papers' formulas and the settings of the released code: batch norm folded; weights asymmetric per
output channel and activations per tensor, ranges by an 80-step search of |error|^2.4 (activations: through the float
network on 256 images); first and last weights and the input of the last layer at 8 bit; 1,024 training images, batch
32, Adam.  Prints the accuracy on the test images and writes it with the settings as JSON (--out).
"""
import argparse
import json
import math
import pathlib
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

MEAN, STD = (torch.tensor(v) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


# ---- data: images are N,H,W,C in memory and seen as N,C,H,W, channels last ----
def files_of(folder):
    classes = sorted(d for d in folder.iterdir() if d.is_dir())
    return [(p, k) for k, c in enumerate(classes) for p in sorted(c.glob("*.jpg"))]


def read_images(items):
    pixels = np.stack([np.asarray(Image.open(path).convert("RGB")) for path, _ in items])
    return (torch.from_numpy(pixels).float() / 255 - MEAN) / STD


def rows(x, index):
    x = x.index_select(0, index)
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def stored(x):
    return x.permute(0, 2, 3, 1).contiguous() if x.dim() == 4 else x


# ---- the network: units of layers, batch norm folded ----
def read_safetensors(path):
    kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, body = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    header.pop("__metadata__", None)
    out = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(body[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])
        out[name] = torch.from_numpy(values.copy())
    return out


class Layer:
    def __init__(self, w, b, stride=1):
        self.float_w = w.contiguous(memory_format=torch.channels_last) if w.dim() == 4 else w
        self.w, self.b, self.stride = self.float_w, b, stride  # w: what a forward uses, float, soft or hard

    def __call__(self, x):
        return F.conv2d(x, self.w, self.b, self.stride, 1) if self.w.dim() == 4 else F.linear(x, self.w, self.b)


class Act:
    """ReLU with a quantiser behind it (off until it has a step); `keep` is the share of elements it treats."""

    def __init__(self):
        self.step, self.qmax, self.on, self.keep, self.watch = None, 0, False, 1.0, None

    def __call__(self, x):
        x = F.relu(x)
        if self.watch is not None:
            self.watch.append(x)
        if not self.on:
            return x
        return FakeQuant.apply(x, self.step, coin(x) if self.keep < 1 else None, self.qmax)


class Stem:
    def __init__(self, conv):
        self.layers, self.acts = [conv], [Act()]

    def __call__(self, x):
        return self.acts[0](self.layers[0](x))

    def parts(self):
        """For each layer: what comes before it in the unit, and what it is reconstructed as."""
        return [(nn.Identity(), self)]


class Block:
    def __init__(self, conv1, conv2):
        self.layers, self.acts = [conv1, conv2], [Act(), Act()]

    def __call__(self, x):
        y = self.layers[1](self.acts[0](self.layers[0](x)))
        stride, extra = self.layers[0].stride, y.shape[1] - x.shape[1]
        skip = x[:, :, ::stride, ::stride] if stride > 1 else x
        return self.acts[1](y + (F.pad(skip, (0, 0, 0, 0, extra // 2, extra - extra // 2)) if extra else skip))

    def parts(self):
        def inner(x):
            return self.acts[0](self.layers[0](x))

        return [(nn.Identity(), inner), (inner, self.layers[1])]


class Head:
    def __init__(self, linear):
        self.layers, self.acts = [linear], []

    def __call__(self, x):
        return self.layers[0](x.mean((2, 3)))

    def parts(self):
        return [(lambda x: x.mean((2, 3)), self.layers[0])]


def network(state):
    def folded(conv, bn, stride=1):
        scale = state[bn + ".weight"] / torch.sqrt(state[bn + ".running_var"] + 1e-5)
        w = state[conv + ".weight"] * scale.view(-1, 1, 1, 1)
        return Layer(w, state[bn + ".bias"] - state[bn + ".running_mean"] * scale, stride)

    units = [Stem(folded("conv1", "bn1"))]
    for group in (1, 2, 3):
        for b in range(3):
            path = f"layer{group}.{b}."
            stride = 2 if group > 1 and b == 0 else 1
            units.append(Block(folded(path + "conv1", path + "bn1", stride), folded(path + "conv2", path + "bn2")))
    return units + [Head(Layer(state["linear.weight"], state["linear.bias"]))]


@torch.no_grad()
def run(units, x, piece=256):
    out = []
    for i in range(0, len(x), piece):
        y = rows(x, torch.arange(i, min(i + piece, len(x))))
        for unit in units:
            y = unit(y)
        out.append(stored(y))
    return torch.cat(out)


# ---- quantisers ----
def coin(x):
    """A fair coin for each element: one bit of each byte of random words."""
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_()
    bits = words.view(torch.uint8)[: x.numel()].bitwise_and_(1).view(torch.bool)
    return bits.view(x.shape[0], x.shape[2], x.shape[3], x.shape[1]).permute(0, 3, 1, 2)


class FakeQuant(torch.autograd.Function):
    """LSQ behind a ReLU (zero point 0) where `mask` is set, x elsewhere."""

    @staticmethod
    def forward(ctx, x, step, mask, qmax):
        u = x / step
        n = u.round()
        over = n > qmax
        n.clamp_(max=qmax)
        slope = torch.where(over, n, n - u)
        y = n * step
        if mask is not None:
            y, slope, over = torch.where(mask, y, x), slope.mul_(mask), over.logical_and_(mask)
        ctx.save_for_backward(slope, over)
        return y

    @staticmethod
    def backward(ctx, dy):
        slope, over = ctx.saved_tensors
        dx = dy.masked_fill(over, 0) if ctx.needs_input_grad[0] else None
        return dx, (dy * slope).sum().view(1) if ctx.needs_input_grad[1] else None, None, None


def search(values, bits):
    """(step, zero) of each row: 80 shrinking ranges, mean |error|^2.4."""
    qmax = 2**bits - 1
    hi, lo = values.amax(1).clamp(min=0), values.amin(1).clamp(max=0)
    best = None
    for i in range(80):
        step = ((hi - lo) * (1 - 0.01 * i) / qmax).clamp(min=1e-8)
        zero = (-lo * (1 - 0.01 * i) / step).round()
        s, z = step[:, None], zero[:, None]
        error = ((((values / s).round() + z).clamp(0, qmax) - z) * s - values).abs().pow(2.4).mean(1)
        if best is None:
            best, steps, zeros = error, step, zero
        better = error < best
        steps, zeros = torch.where(better, step, steps), torch.where(better, zero, zeros)
        best = torch.minimum(best, error)
    return steps, zeros


class Rounding:
    """AdaRound's variable for one layer."""

    def __init__(self, layer, bits):
        w = layer.float_w
        shape = (-1,) + (1,) * (w.dim() - 1)
        step, zero = search(w.reshape(len(w), -1), bits)
        self.layer, self.qmax, self.s, self.z = layer, 2**bits - 1, step.view(shape), zero.view(shape)
        self.floor = torch.floor(w / self.s)
        self.v = nn.Parameter(-torch.log(1.2 / (w / self.s - self.floor + 0.1) - 1))
        layer.w = self.weight((w / self.s).round() - self.floor)

    def weight(self, h):
        return ((self.floor + h + self.z).clamp(0, self.qmax) - self.z) * self.s

    def soften(self):
        h = (torch.sigmoid(self.v) * 1.2 - 0.1).clamp(0, 1)
        self.layer.w = self.weight(h)
        return h

    def harden(self):
        self.layer.w = self.weight((self.v >= 0).float()).detach()


def set_activation_steps(units, images, bits):
    acts = [act for unit in units for act in unit.acts]
    for act in acts:
        act.watch = []
    run(units, images[:256])
    for k, act in enumerate(acts):
        values = torch.cat([x.flatten() for x in act.watch])
        pick = torch.randint(len(values), (1 << 18,)) if len(values) > 1 << 18 else torch.arange(len(values))
        seen = torch.cat([values[pick], values.max().view(1)]).view(1, -1)
        act.qmax = 2 ** (8 if k == len(acts) - 1 else bits) - 1  # the last one is what the classifier reads
        act.step, act.watch = nn.Parameter(search(seen, 8 if k == len(acts) - 1 else bits)[0]), None


# ---- learning ----
def beta(t, iters, shape):
    at = (t - 0.2 * iters) / (0.8 * iters)
    return 2 + 18 * (0.5 * (1 + math.cos(math.pi * at)) if shape == "cosine" else 1 - at)


def reconstruct(forward, roundings, acts, xq, xf, y, a):
    """Learns `roundings`, and the steps of `acts` beside them, so that forward(x) comes near y."""
    drop = a.method == "qdrop"
    optimizer = torch.optim.Adam([r.v for r in roundings], lr=a.lr)
    steps = torch.optim.Adam([act.step for act in acts], lr=4e-5) if acts else None
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(steps, T_max=a.iters) if acts else None
    for act in acts:
        act.keep = 0.5 if drop else 1.0
    for t in range(a.iters):
        index = torch.randint(len(y), (32,)) if drop else torch.randperm(len(y))[:32]
        x = rows(xq, index)
        if drop:
            x = torch.where(coin(x), x, rows(xf, index))
        hs = [r.soften() for r in roundings]
        loss = (forward(x) - rows(y, index)).square().sum(1).mean()
        if t >= 0.2 * a.iters:
            b = beta(t, a.iters, "cosine" if a.method == "adaround" else "linear")
            for h in hs:
                loss = loss + 0.01 * (1 - (2 * h - 1).abs().pow(b)).sum()
        optimizer.zero_grad(set_to_none=True)
        if steps:
            steps.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if steps:
            steps.step()
            schedule.step()
            with torch.no_grad():
                for act in acts:
                    act.step.copy_(act.step.abs().clamp(min=torch.finfo(torch.float32).eps))
    for r in roundings:
        r.harden()
    for act in acts:
        act.keep = 1.0


def learn(units, truth, roundings, images, a):
    xq = xf = images
    for k, (unit, whole) in enumerate(zip(units, truth)):
        start, mine = time.time(), [r for r in roundings if r.layer in unit.layers]
        y = run([whole], xf)
        if a.method == "adaround":
            for r, (before, alone), (before_float, alone_float) in zip(mine, unit.parts(), whole.parts()):
                target = run([before_float, alone_float], xf)
                reconstruct(alone, [r], [], run([before], xq), None, target, a)
        elif a.method == "qdrop" or k > 0:  # BRECQ's code leaves the first layer at round to nearest
            reconstruct(unit, mine, [act for act in unit.acts if act.on], xq, xf, y, a)
        xq, xf = run([unit], xq), y
        print(f"unit {k}: {time.time() - start:.1f} s", flush=True)


def accuracy(units, images, labels):
    return 100 * (run(units, images).argmax(1) == labels).double().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--method", default="qdrop", choices=["rtn", "adaround", "brecq", "qdrop"])
    parser.add_argument("--wbits", type=int, default=4)
    parser.add_argument("--abits", type=int, default=32, help="32: activations stay float")
    parser.add_argument("--iters", type=int, default=1000, help="steps per unit")
    parser.add_argument("--count", type=int, default=1024, help="training images")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path)
    a = parser.parse_args()
    if a.abits < 32 and a.method not in ("rtn", "qdrop"):
        parser.error("only qdrop learns activation steps here")
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)

    train, test = (files_of(a.data / part) for part in ("train", "test"))
    images = read_images([train[i] for i in torch.randperm(len(train))[: a.count]])
    test_images, labels = read_images(test), torch.tensor([label for _, label in test])
    state = read_safetensors(a.weights)
    truth, units = network(state), network(state)
    start = time.time()
    if a.abits < 32:
        set_activation_steps(units, images, a.abits)
    for unit in units:
        for act in unit.acts:
            act.on = a.abits < 32
    layers = [layer for unit in units for layer in unit.layers]
    roundings = [Rounding(layer, 8 if i in (0, len(layers) - 1) else a.wbits) for i, layer in enumerate(layers)]
    result = {key: str(value) if isinstance(value, pathlib.Path) else value for key, value in vars(a).items()}
    result.update(torch=torch.__version__, fp=accuracy(truth, test_images, labels))
    result["rtn"] = accuracy(units, test_images, labels)
    print(f"float {result['fp']:.2f} %, round to nearest {result['rtn']:.2f} %", flush=True)
    if a.method != "rtn":
        learn(units, truth, roundings, images, a)
    result.update(top1=accuracy(units, test_images, labels), seconds=time.time() - start)
    if a.out:
        a.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{a.method} W{a.wbits}A{a.abits}, {a.iters} steps, seed {a.seed}: {result['top1']:.2f} %")


if __name__ == "__main__":
    main()
