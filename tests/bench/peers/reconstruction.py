"""PyTorch's reconstruction: one iteration of learning every unit, weights only (BRECQ) or activations too (QDrop).

Soft rounding, regulariser, Adam and, for QDrop, activations quantised element by element with probability 1/2 with
learned steps (LSQ), batch 32.  A ResNet runs in the layout that is faster on its first block.  The fake-quantiser is
one autograd function that keeps what its backward needs; the published code runs about ten operations under autograd
instead.
"""
import copy

import torch
import torch.nn as nn

import nets
from steps import autocast
from timing import fastest, measure
from units import units

BATCH = 32


class Rounding:
    """AdaRound's variable of one weight on an asymmetric min-max grid per output channel."""

    def __init__(self, w, bits):
        flat = w.reshape(w.shape[0], -1)
        lo, hi = flat.amin(1).clamp(max=0), flat.amax(1).clamp(min=0)
        shape = (-1,) + (1,) * (w.dim() - 1)
        self.s = ((hi - lo) / (2**bits - 1)).clamp(min=1e-8).view(shape)
        self.z = (-lo.view(shape) / self.s).round()
        self.top, self.floor = 2**bits - 1, torch.floor(w / self.s)
        self.v = nn.Parameter(-torch.log(1.2 / (w / self.s - self.floor + 0.1) - 1))

    def h(self):
        return (torch.sigmoid(self.v) * 1.2 - 0.1).clamp(0, 1)

    def weight(self, h):
        return ((self.floor + h + self.z).clamp(0, self.top) - self.z) * self.s


def coin(x):
    """A fair coin for each element, in the layout of x: one bit of each byte of random words."""
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_()
    bits = words.view(torch.uint8)[: x.numel()].bitwise_and_(1).view(torch.bool)
    if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous():
        return bits.view(x.shape[0], x.shape[2], x.shape[3], x.shape[1]).permute(0, 3, 1, 2)
    return bits.view(x.shape)


class FakeQuant(torch.autograd.Function):
    """LSQ where `mask` is set, x elsewhere; zero point 0 behind a ReLU, whose values are never below the range."""

    @staticmethod
    def forward(ctx, x, step, zero, mask, top):
        u = x / step
        n = u.round()
        if zero == 0:
            outside = n > top
            clipped = n.clamp_(max=top)
        else:
            clipped = n.clamp(-zero, top - zero)
            outside = clipped != n
        slope = torch.where(outside, clipped, clipped - u)
        y = torch.where(mask, clipped * step, x)
        ctx.save_for_backward(slope.mul_(mask), outside.logical_and_(mask))
        return y

    @staticmethod
    def backward(ctx, dy):
        slope, outside = ctx.saved_tensors
        dx = dy.masked_fill(outside, 0) if ctx.needs_input_grad[0] else None
        return dx, (dy * slope).sum().view(1), None, None, None


class Quantisers:
    """The activation quantisers of one unit; ranges from one run."""

    def __init__(self, unit, x, weights, bits, signed):
        self.top, self.seen = 2**bits - 1, {}
        with torch.no_grad():
            unit(x, weights, self.watch)
        self.zeros = [0 if not signed else round(-lo / (hi - lo) * self.top) for lo, hi in self.ranges()]
        self.steps = [nn.Parameter(torch.full((1,), (hi - lo) / self.top)) for lo, hi in self.ranges()]

    def ranges(self):
        return [self.seen[i] for i in range(len(self.seen))]

    def watch(self, i, y):
        lo = min(float(y.min()), 0.0)
        self.seen[i] = (lo, max(float(y.max()), lo + 1e-3))
        return y

    def __call__(self, i, y):
        return FakeQuant.apply(y, self.steps[i], self.zeros[i], coin(y), self.top)


class Rows:
    """Samples of which batches are drawn; with `last` they lie as N,H,W,C and batches are N,C,H,W, channels last."""

    def __init__(self, x, last):
        self.last = last and x.dim() == 4
        self.x = x.permute(0, 2, 3, 1).contiguous() if self.last else x.contiguous()

    def __len__(self):
        return len(self.x)

    def at(self, index):
        x = self.x.index_select(0, index)
        return x.permute(0, 3, 1, 2) if self.last else x

    def copy(self):
        return copy.deepcopy(self)


def plain(_, y):
    return y


def float_outputs(unit, x):
    weights = [w for w, _ in unit.layers]
    with torch.no_grad():
        pieces = torch.arange(len(x)).split(BATCH)
        return Rows(torch.cat([unit(x.at(piece), weights, plain) for piece in pieces]), x.last)


def iteration(unit, x, target, bits, precision, act_bits, signed):
    """One step of learning this unit, as a function."""
    weights = [w for w, _ in unit.layers]
    roundings = [Rounding(w, bits) for w in weights]
    optimizers = [torch.optim.Adam([r.v for r in roundings], lr=1e-3, foreach=True)]
    quantise = plain
    if act_bits:
        quantise = Quantisers(unit, x.at(torch.arange(BATCH)), weights, act_bits, signed)
        if quantise.steps:
            optimizers.append(torch.optim.Adam(quantise.steps, lr=4e-5, foreach=True))
    other = x.copy() if act_bits else None  # the float inputs, beside the quantised ones

    def step():
        index = torch.randint(0, len(x), (BATCH,))
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        batch = x.at(index)
        if act_bits:
            batch = torch.where(coin(batch), batch, other.at(index))
        hs = [r.h() for r in roundings]
        with autocast(precision):
            y = unit(batch, [r.weight(h) for r, h in zip(roundings, hs)], quantise)
        loss = (y.float() - target.at(index)).square().sum(2 if y.dim() == 3 else 1).mean()
        for h in hs:
            loss = loss + 0.01 * (1 - (2 * h - 1).abs().pow(15.0)).sum()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    return step


def every_unit(name, bits, precision, seconds, variant, act_bits):
    vit = name.startswith("vit")

    def start(layout):
        torch.manual_seed(0)
        last = layout == "channels_last"
        return units(name, last), Rows(nets.images(name, 128 if nets.SHAPES[name][1] <= 32 else 64), last)

    def first_block(layout):
        parts, x = start(layout)
        x = float_outputs(parts[0], x)
        return iteration(parts[1], x, float_outputs(parts[1], x), bits, precision, act_bits, vit)

    layouts = ["contiguous"] if vit else ["contiguous", "channels_last"]
    variant = variant or fastest({layout: lambda l=layout: first_block(l) for layout in layouts})
    parts, x = start(variant)
    total, mean, per = 0.0, 0.0, []
    for unit in parts:
        target = float_outputs(unit, x)
        step = iteration(unit, x, target, bits, precision, act_bits, vit)
        m = measure(step, seconds / len(parts))
        per.append(m["median_ms"])
        total, mean = total + m["median_ms"], mean + m["median_ms"] * m["slowdown"]
        x = target
    return {"median_ms": total, "slowdown": mean / total, "per_unit_ms": per, "variant": variant}


def recon(name, bits, precision, seconds, variant):
    return every_unit(name, bits, precision, seconds, variant, None)


def qdrop(name, bits, precision, seconds, variant):
    return every_unit(name, bits, precision, seconds, variant, bits)
