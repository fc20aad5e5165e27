"""The networks of the benchmarks in PyTorch: resnet20 and vit_small at 1x28x28, resnet18 and vit_tiny at 3x224x224.

Same shapes, strides, shortcuts and activations as ours; random weights.
"""
import torch
import torch.nn.functional as F
from torch import nn

SHAPES = {"resnet20": (1, 28, 28), "vit_small": (1, 28, 28), "resnet18": (3, 224, 224), "vit_tiny": (3, 224, 224)}


class BasicBlock(nn.Module):
    """Shortcut where the shape changes: a projection, or (`padded`, CIFAR) every second pixel and zero channels."""

    def __init__(self, cin, cout, stride, padded):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.stride, self.extra, self.downsample = stride, cout - cin, None
        if not padded and (stride > 1 or cin != cout):
            self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def padded_shortcut(self, x):
        if self.stride == 1 and self.extra == 0:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.extra // 2, self.extra - self.extra // 2))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        skip = self.downsample(x) if self.downsample else self.padded_shortcut(x)
        return F.relu(self.bn2(self.conv2(y)) + skip, inplace=True)


class ResNet(nn.Module):
    def __init__(self, channels, widths, depth, classes, imagenet):
        super().__init__()
        kernel, stride = (7, 2) if imagenet else (3, 1)
        self.conv1 = nn.Conv2d(channels, widths[0], kernel, stride, kernel // 2, bias=False)
        self.bn1, self.pool = nn.BatchNorm2d(widths[0]), imagenet
        blocks, cin = [], widths[0]
        for group, width in enumerate(widths):
            for i in range(depth):
                blocks.append(BasicBlock(cin, width, 2 if group > 0 and i == 0 else 1, not imagenet))
                cin = width
        self.blocks, self.head = nn.Sequential(*blocks), nn.Linear(cin, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        if self.pool:
            x = F.max_pool2d(x, 3, 2, 1)
        return self.head(self.blocks(x).mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def split(self, qkv):
        b, n, c = qkv.shape
        return qkv.view(b, n, 3, self.heads, c // 3 // self.heads).permute(2, 0, 3, 1, 4).unbind(0)

    @staticmethod
    def join(heads):
        return heads.transpose(1, 2).flatten(2)

    def forward(self, x):
        q, k, v = self.split(self.qkv(x))
        a = ((q @ k.transpose(-2, -1)) * q.shape[-1] ** -0.5).softmax(-1)
        return self.proj(self.join(a @ v))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(dim, 1e-6), Attention(dim, heads), nn.LayerNorm(dim, 1e-6)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    def __init__(self, channels, image, patch, dim, depth, heads, classes):
        super().__init__()
        self.embed = nn.Conv2d(channels, dim, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, (image // patch) ** 2 + 1, dim) * 0.02)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(dim, 1e-6), nn.Linear(dim, classes)

    def tokens(self, embedded):
        x = embedded.flatten(2).transpose(1, 2)
        return torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.pos

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.tokens(self.embed(x)))[:, 0]))


def make(name):
    if name == "resnet20":
        return ResNet(1, (16, 32, 64), 3, 10, False)
    if name == "resnet18":
        return ResNet(3, (64, 128, 256, 512), 2, 1000, True)
    if name == "vit_small":
        return ViT(1, 28, 4, 192, 6, 3, 10)
    return ViT(3, 224, 16, 192, 12, 3, 1000)


def images(name, count):
    return torch.randn(count, *SHAPES[name])
