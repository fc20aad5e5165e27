"""PyTorch's reconstruction: one iteration of learning every unit, weights only (BRECQ) or activations too (QDrop).

Soft rounding, regulariser, Adam and, for QDrop, activations quantised element by element with probability 1/2 with
learned steps (LSQ), batch 32.  Images lie as N,H,W,C in memory and are seen as N,C,H,W, channels last.  The
fake-quantiser is one autograd function that keeps what its backward needs; the published code runs about ten
operations under autograd instead.
"""
import torch
import torch.nn as nn

import nets
from steps import autocast
from timing import measure
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


def stored(x):
    return x.permute(0, 2, 3, 1).contiguous() if x.dim() == 4 else x


def rows(x, index):
    x = x.index_select(0, index)
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def plain(_, y):
    return y


def float_outputs(unit, x):
    weights = [w for w, _ in unit.layers]
    with torch.no_grad():
        pieces = torch.arange(len(x)).split(BATCH)
        return torch.cat([stored(unit(rows(x, piece), weights, plain)) for piece in pieces])


def learn(unit, x, target, bits, precision, seconds, act_bits, signed):
    """Times of one iteration on this unit."""
    weights = [w for w, _ in unit.layers]
    roundings = [Rounding(w, bits) for w in weights]
    optimizers = [torch.optim.Adam([r.v for r in roundings], lr=1e-3, foreach=True)]
    quantise = plain
    if act_bits:
        quantise = Quantisers(unit, rows(x, torch.arange(BATCH)), weights, act_bits, signed)
        if quantise.steps:
            optimizers.append(torch.optim.Adam(quantise.steps, lr=4e-5, foreach=True))
    other = x.clone() if act_bits else None  # the float inputs, beside the quantised ones

    def step():
        index = torch.randint(0, len(x), (BATCH,))
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        batch = rows(x, index)
        if act_bits:
            batch = torch.where(coin(batch), batch, rows(other, index))
        hs = [r.h() for r in roundings]
        with autocast(precision):
            y = unit(batch, [r.weight(h) for r, h in zip(roundings, hs)], quantise)
        loss = (y.float() - rows(target, index)).square().sum(2 if y.dim() == 3 else 1).mean()
        for h in hs:
            loss = loss + 0.01 * (1 - (2 * h - 1).abs().pow(15.0)).sum()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    return measure(step, seconds)


def every_unit(name, bits, precision, seconds, act_bits):
    torch.manual_seed(0)
    parts = units(name)
    x = stored(nets.images(name, 128 if nets.SHAPES[name][1] <= 32 else 64))
    total, worst, per = 0.0, 0.0, []
    for unit in parts:
        target = float_outputs(unit, x)
        m = learn(unit, x, target, bits, precision, seconds / len(parts), act_bits, name.startswith("vit"))
        per.append(m["median_ms"])
        total, worst = total + m["median_ms"], max(worst, m["worst"])
        x = target
    return {"median_ms": total, "worst": worst, "per_unit_ms": per}


def recon(name, bits, precision, seconds, _):
    return every_unit(name, bits, precision, seconds, None)


def qdrop(name, bits, precision, seconds, _):
    return every_unit(name, bits, precision, seconds, bits)
