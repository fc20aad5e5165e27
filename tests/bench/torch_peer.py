"""PyTorch's side of the benchmarks: the same networks, batches and steps, timed the same way.

usage: torch_peer.py train MODEL BATCH PRECISION THREADS SECONDS
       torch_peer.py recon MODEL BITS PRECISION THREADS SECONDS
       torch_peer.py qdrop resnet20 BITS PRECISION THREADS SECONDS
MODEL resnet20 (1x28x28) or vit_mini (28x28, patch 4, dim 128, 6 layers, 4 heads); PRECISION f32 or bf16
(autocast).  Prints one JSON object: median milliseconds per step, their spread, images per second.
Convolutions run channels_last, which is the faster layout here.  OpenBLAS's OpenMP build is used when the
caller points LD_LIBRARY_PATH at it.
"""
import json
import math
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))
from qdrop_torch import FakeQuant, coin  # noqa: E402


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.stride, self.extra = stride, cout - cin

    def shortcut(self, x):
        if self.stride == 1 and self.extra == 0:
            return x
        return F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.extra // 2, self.extra - self.extra // 2))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x), inplace=True)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, cin = [], 16
        for width, stride in ((16, 1), (32, 2), (64, 2)):
            for i in range(3):
                blocks.append(BasicBlock(cin, width, stride if i == 0 else 1))
                cin = width
        self.blocks, self.linear = nn.Sequential(*blocks), nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.linear(self.blocks(x).mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        a = ((q @ k.transpose(-2, -1)) * (c // self.heads) ** -0.5).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(b, n, c))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(dim, 1e-6), Attention(dim, heads), nn.LayerNorm(dim, 1e-6)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    def __init__(self, image=28, patch=4, dim=128, depth=6, heads=4):
        super().__init__()
        self.embed = nn.Conv2d(1, dim, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, (image // patch) ** 2 + 1, dim) * 0.02)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(dim, 1e-6), nn.Linear(dim, 10)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.pos
        return self.head(self.norm(self.blocks(x)[:, 0]))


def make(name):
    return {"resnet20": ResNet20, "vit_mini": ViT}[name]()


def measure(step, seconds):
    """Median and spread of step() in milliseconds over `seconds`, after three warm-up steps."""
    for _ in range(3):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    return {"median_ms": times[len(times) // 2], "min_ms": times[0], "max_ms": times[-1], "steps": len(times)}


def train(name, batch, precision, seconds):
    torch.manual_seed(0)
    model = make(name).to(memory_format=torch.channels_last).train()
    if name == "resnet20":
        opt = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=True, foreach=True)
    else:
        opt = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.05, foreach=True)
    x = torch.randn(batch, 1, 28, 28).contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, 10, (batch,))

    def step():
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = model(x)
        F.cross_entropy(logits.float(), y).backward()
        opt.step()

    out = measure(step, seconds)
    out["images_per_s"] = batch / (out["median_ms"] / 1e3)
    return out


class Rounding:
    """AdaRound variable of one weight: asymmetric min-max grid per output channel."""

    def __init__(self, w, bits):
        flat = w.reshape(w.shape[0], -1)
        lo, hi = flat.amin(1).clamp(max=0), flat.amax(1).clamp(min=0)
        shape = (-1,) + (1,) * (w.dim() - 1)
        self.s = ((hi - lo) / (2 ** bits - 1)).clamp(min=1e-8).view(shape)
        self.z = (-lo.view(shape) / self.s).round()
        self.top, self.floor = 2 ** bits - 1, torch.floor(w / self.s)
        r = w / self.s - self.floor
        self.v = nn.Parameter(-torch.log(1.2 / (r + 0.1) - 1))

    def h(self):
        return (torch.sigmoid(self.v) * 1.2 - 0.1).clamp(0, 1)

    def weight(self, h):
        return ((self.floor + h + self.z).clamp(0, self.top) - self.z) * self.s


def descend(loss, hs, *optimizers):
    """Adds the regulariser of the roundings and takes the step."""
    for h in hs:
        loss = loss + 0.01 * (1 - (2 * h - 1).abs().pow(10.0)).sum()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()


def recon(name, bits, precision, seconds):
    """Milliseconds per iteration of block-wise reconstruction, summed over all blocks (batch 32)."""
    torch.manual_seed(0)
    model, total, per = make(name).eval(), 0.0, []
    if name == "resnet20":
        x = torch.randn(128, 16, 28, 28).relu().contiguous(memory_format=torch.channels_last)
    else:
        x = torch.randn(128, 50, 128)
    for block in model.blocks:
        with torch.no_grad():
            target = block(x)
        if name == "resnet20":
            layers = [block.conv1, block.conv2]

            def run(inp, ws):
                y = F.relu(F.conv2d(inp, ws[0], None, block.stride, 1))
                return F.relu(F.conv2d(y, ws[1], None, 1, 1) + block.shortcut(inp))
        else:
            layers = [block.attn.qkv, block.attn.proj, block.fc1, block.fc2]

            def run(inp, ws):
                b, n, c = inp.shape
                h = block.attn.heads
                q, k, v = F.linear(block.norm1(inp), ws[0], layers[0].bias).view(b, n, 3, h, c // h).permute(2, 0, 3, 1, 4).unbind(0)
                a = ((q @ k.transpose(-2, -1)) * (c // h) ** -0.5).softmax(-1)
                y = inp + F.linear((a @ v).transpose(1, 2).reshape(b, n, c), ws[1], layers[1].bias)
                return y + F.linear(F.gelu(F.linear(block.norm2(y), ws[2], layers[2].bias)), ws[3], layers[3].bias)
        for p in model.parameters():
            p.requires_grad_(False)
        rounding = [Rounding(l.weight.data, bits) for l in layers]
        opt = torch.optim.Adam([r.v for r in rounding], lr=1e-3, foreach=True)

        def step():
            index = torch.randint(0, len(x), (32,))
            opt.zero_grad(set_to_none=True)
            hs = [r.h() for r in rounding]
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                y = run(x[index], [r.weight(h) for r, h in zip(rounding, hs)])
            dim = 1 if name == "resnet20" else 2
            loss = (y.float() - target[index]).pow(2).sum(dim).mean()
            descend(loss, hs, opt)

        m = measure(step, seconds / len(model.blocks))
        per.append(m["median_ms"])
        total += m["median_ms"]
        x = target
    return {"median_ms": total, "per_block_ms": per}


def qdrop(name, bits, precision, seconds):
    """As recon for ResNet-20, with activations at `bits`, half of them quantised, and their steps learned."""
    torch.manual_seed(0)
    model, total, per = make(name).eval(), 0.0, []
    x = torch.randn(128, 16, 28, 28).relu().contiguous(memory_format=torch.channels_last)
    for block in model.blocks:
        with torch.no_grad():
            target = block(x)
        for p in model.parameters():
            p.requires_grad_(False)
        rounding = [Rounding(layer.weight.data, bits) for layer in (block.conv1, block.conv2)]
        steps = [nn.Parameter(torch.full((1,), 2.0 / 2 ** bits)) for _ in range(2)]
        opt = torch.optim.Adam([r.v for r in rounding], lr=1e-3, foreach=True)
        step_opt = torch.optim.Adam(steps, lr=4e-5)
        quantised = x + 0.01 * torch.randn_like(x)

        def step():
            index = torch.randint(0, len(x), (32,))
            opt.zero_grad(set_to_none=True)
            step_opt.zero_grad(set_to_none=True)
            hs = [r.h() for r in rounding]
            inp = torch.where(coin(x[:32]), quantised[index], x[index])
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                y = F.relu(F.conv2d(inp, rounding[0].weight(hs[0]), None, block.stride, 1))
                y = FakeQuant.apply(y, steps[0], coin(y), 2 ** bits - 1)
                y = F.relu(F.conv2d(y, rounding[1].weight(hs[1]), None, 1, 1) + block.shortcut(inp))
                y = FakeQuant.apply(y, steps[1], coin(y), 2 ** bits - 1)
            loss = (y.float() - target[index]).pow(2).sum(1).mean()
            descend(loss, hs, opt, step_opt)

        m = measure(step, seconds / len(model.blocks))
        per.append(m["median_ms"])
        total += m["median_ms"]
        x = target
    return {"median_ms": total, "per_block_ms": per}


if __name__ == "__main__":
    what, name, number, precision, threads, seconds = sys.argv[1:7]
    torch.set_num_threads(int(threads))
    work = {"train": train, "recon": recon, "qdrop": qdrop}[what]
    result = work(name, int(number), precision, float(seconds))
    result.update(torch=torch.__version__, threads=int(threads))
    print(json.dumps(result))
