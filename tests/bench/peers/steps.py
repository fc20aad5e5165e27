"""PyTorch's training step and inference, in every form that may be its fastest."""
import copy

import torch
import torch.nn.functional as F

import nets
from timing import fastest, measure

CHANNELS_LAST = torch.channels_last


def autocast(precision):
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")


def run(variants, variant, seconds):
    """Measures one of the variants: the one that is asked for, else the fastest."""
    variant = variant or fastest(variants)
    return dict(measure(variants[variant](), seconds), variant=variant)


def train(name, batch, precision, seconds, variant):
    """SGD (momentum, weight decay) for a ResNet, AdamW for a ViT; bf16 is autocast, master weights stay f32."""
    labels = torch.randint(0, 10, (batch,))

    def build(layout):
        torch.manual_seed(0)
        model = nets.make(name).to(memory_format=layout).train()
        x = nets.images(name, batch).contiguous(memory_format=layout)
        if name.startswith("vit"):
            optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.05, foreach=True)
        else:
            optimizer = torch.optim.SGD(
                model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=True, foreach=True
            )

        def step():
            optimizer.zero_grad(set_to_none=True)
            with autocast(precision):
                logits = model(x)
            F.cross_entropy(logits.float(), labels).backward()
            optimizer.step()

        return step

    variants = {"channels_last": lambda: build(CHANNELS_LAST), "contiguous": lambda: build(torch.contiguous_format)}
    return run(variants, variant, seconds)


def infer(name, batch, precision, seconds, variant):
    """Eager or frozen (batch norms folded, fused), in either layout; bf16 by autocast or with bf16 weights."""
    torch.manual_seed(0)
    model = nets.make(name).eval()
    images = nets.images(name, batch)

    def eager(layout, pure):
        mine, x = copy.deepcopy(model).to(memory_format=layout), images.contiguous(memory_format=layout)
        if pure:
            mine, x = mine.bfloat16(), x.bfloat16()

        @torch.no_grad()
        def step():
            with autocast("f32" if pure else precision):
                mine(x)

        return step

    def frozen(layout, pure):
        mine, x = copy.deepcopy(model).to(memory_format=layout), images.contiguous(memory_format=layout)
        if pure:
            mine, x = mine.bfloat16(), x.bfloat16()
        with torch.no_grad():
            mine = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(mine, x)))

        @torch.no_grad()
        def step():
            mine(x)

        return step

    layouts = {"channels_last": CHANNELS_LAST, "contiguous": torch.contiguous_format}
    variants = {}
    for layout_name, layout in layouts.items():
        if precision == "f32":
            variants[f"eager {layout_name}"] = lambda l=layout: eager(l, False)
            variants[f"frozen {layout_name}"] = lambda l=layout: frozen(l, False)
        else:
            variants[f"autocast {layout_name}"] = lambda l=layout: eager(l, False)
            variants[f"pure bf16 {layout_name}"] = lambda l=layout: eager(l, True)
            variants[f"frozen pure bf16 {layout_name}"] = lambda l=layout: frozen(l, True)
    return run(variants, variant, seconds)
