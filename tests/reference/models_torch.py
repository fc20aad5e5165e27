"""Oracle for nn: logits, and in training mode loss, gradients and running statistics, by PyTorch.

usage: models_torch.py MODE:MODEL:DIR ...      MODE: eval | train
DIR/weights.safetensors holds the weights; DIR/in.h5 images (N,H,W,C) and, for train, labels.  Writes
DIR/out.h5: logits; for train also loss, grads/<name> and buffers/<name> after the step.  The dtype is
that of the images; the metadata bn_eps and ln_eps of the weights are those of the norms.  ImageNet
ResNets come from torchvision; CIFAR ResNets (option A shortcuts) and vision transformers (timm's
names) are restated here.
"""
import json
import struct
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn


def read_safetensors(path):
    dtypes = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    metadata = header.pop("__metadata__", {})
    out = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[begin:end], dtypes[entry["dtype"]]).reshape(entry["shape"])
        out[name] = torch.from_numpy(values.copy())
    return out, metadata


class CifarBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.stride, self.extra = stride, cout - cin

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        s = x[:, :, :: self.stride, :: self.stride]
        half = self.extra // 2
        return F.relu(y + F.pad(s, (0, 0, 0, 0, half, self.extra - half)))


class CifarResNet(nn.Module):
    def __init__(self, blocks, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        cin = 16
        for group, width in enumerate((16, 32, 64)):
            layers = []
            for b in range(blocks):
                layers.append(CifarBlock(cin, width, 2 if group > 0 and b == 0 else 1))
                cin = width
            setattr(self, f"layer{group + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        attn = ((q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((attn @ v).transpose(1, 2).reshape(b, n, c))


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Mlp(dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, channels, dim, patch):
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Vit(nn.Module):
    def __init__(self, weights, heads):
        super().__init__()
        dim, channels, patch, _ = weights["patch_embed.proj.weight"].shape
        depth = 1 + max(int(k.split(".")[1]) for k in weights if k.startswith("blocks."))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(weights["pos_embed"].shape))
        self.patch_embed = PatchEmbed(channels, dim, patch)
        self.blocks = nn.Sequential(*(Block(dim, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, weights["head.weight"].shape[0])

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


def build(name, weights):
    if name.startswith("vit_"):
        heads = {"vit_small_patch16_224": 6, "vit_base_patch16_224": 12}.get(
            name, 4 if name.startswith("vit_mini") else 3)
        return Vit(weights, heads)
    if name in ("resnet20", "resnet32", "resnet44", "resnet56"):
        classes, channels = weights["linear.bias"].shape[0], weights["conv1.weight"].shape[1]
        return CifarResNet((int(name[6:]) - 2) // 6, channels, classes)
    return getattr(torchvision.models, name)(num_classes=weights["fc.bias"].shape[0])


torch.set_num_threads(1)  # small jobs; also steady where other work shares the machine


def run(mode, name, folder):
    weights, metadata = read_safetensors(folder + "/weights.safetensors")
    with h5py.File(folder + "/in.h5") as f:
        images = torch.from_numpy(f["images"][...]).permute(0, 3, 1, 2).contiguous()
        labels = torch.from_numpy(f["labels"][...]) if mode == "train" else None
    model = build(name, weights).to(images.dtype)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and "bn_eps" in metadata:
            module.eps = float(metadata["bn_eps"])
        if isinstance(module, nn.LayerNorm) and "ln_eps" in metadata:
            module.eps = float(metadata["ln_eps"])
    model.load_state_dict(weights, strict=True)
    model.train(mode == "train")
    with h5py.File(folder + "/out.h5", "w") as out:
        if mode == "eval":
            with torch.no_grad():
                out["logits"] = model(images).numpy()
            return
        logits = model(images)
        loss = F.cross_entropy(logits, labels, label_smoothing=0.1)
        loss.backward()
        out["logits"], out["loss"] = logits.detach().numpy(), loss.item()
        for key, p in model.named_parameters():
            out["grads/" + key] = p.grad.numpy()
        for key, b in model.named_buffers():
            out["buffers/" + key] = b.numpy()


if __name__ == "__main__":
    for job in sys.argv[1:]:
        run(*job.split(":", 2))
