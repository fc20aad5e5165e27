"""The networks as units of reconstruction: stem, blocks and head, batch norms folded, weights as arguments.

A unit has `layers` (pairs of weight and bias) and `sites` (how many activations it quantises), and is called as
unit(x, weights, quantise) with quantise(i, y) for site i.  Sites are where ours are: behind every ReLU of a ResNet; in
a ViT the input of every layer but the first and both operands of attention's two products.
"""
import torch
import torch.nn.functional as F

import nets


def folded(conv, bn, last):
    scale = bn.weight.data / torch.sqrt(bn.running_var + bn.eps)
    weight = conv.weight.data * scale.view(-1, 1, 1, 1)
    layout = torch.channels_last if last else torch.contiguous_format
    return weight.contiguous(memory_format=layout), bn.bias.data - bn.running_mean * scale


def linear(layer):
    return layer.weight.data.clone(), layer.bias.data.clone()


class Stem:
    sites = 1

    def __init__(self, net, last):
        self.layers, self.conv, self.pool = [folded(net.conv1, net.bn1, last)], net.conv1, net.pool

    def __call__(self, x, w, quantise):
        y = F.relu_(F.conv2d(x, w[0], self.layers[0][1], self.conv.stride, self.conv.padding))
        y = quantise(0, y)
        return F.max_pool2d(y, 3, 2, 1) if self.pool else y


class Residual:
    sites = 2

    def __init__(self, block, last):
        self.block, self.stride = block, block.stride
        self.layers = [folded(block.conv1, block.bn1, last), folded(block.conv2, block.bn2, last)]
        if block.downsample:
            self.layers.append(folded(*block.downsample, last))

    def __call__(self, x, w, quantise):
        bias = [b for _, b in self.layers]
        y = quantise(0, F.relu_(F.conv2d(x, w[0], bias[0], self.stride, 1)))
        y = F.conv2d(y, w[1], bias[1], 1, 1)
        skip = F.conv2d(x, w[2], bias[2], self.stride) if len(w) == 3 else self.block.padded_shortcut(x)
        return quantise(1, F.relu_(y + skip))


class Pooled:
    sites = 0

    def __init__(self, net):
        self.layers = [linear(net.head)]

    def __call__(self, x, w, quantise):
        return F.linear(x.mean((2, 3)), w[0], self.layers[0][1])


class Embedding:
    sites = 0

    def __init__(self, net):
        self.net, self.layers = net, [(net.embed.weight.data.clone(), net.embed.bias.data)]

    def __call__(self, x, w, quantise):
        return self.net.tokens(F.conv2d(x, w[0], self.layers[0][1], self.net.embed.stride))


class Transformer:
    sites = 8

    def __init__(self, block):
        self.block = block
        self.layers = [linear(layer) for layer in (block.attn.qkv, block.attn.proj, block.fc1, block.fc2)]

    def __call__(self, x, w, quantise):
        block, bias = self.block, [b for _, b in self.layers]
        q, k, v = block.attn.split(F.linear(quantise(0, block.norm1(x)), w[0], bias[0]))
        scores = quantise(1, q) @ quantise(2, k).transpose(-2, -1)
        attention = quantise(3, (scores * q.shape[-1] ** -0.5).softmax(-1))
        mixed = quantise(5, block.attn.join(attention @ quantise(4, v)))
        x = x + F.linear(mixed, w[1], bias[1])
        hidden = quantise(7, F.gelu(F.linear(quantise(6, block.norm2(x)), w[2], bias[2])))
        return x + F.linear(hidden, w[3], bias[3])


class Classifier:
    sites = 1

    def __init__(self, net):
        self.net, self.layers = net, [linear(net.head)]

    def __call__(self, x, w, quantise):
        return F.linear(quantise(0, self.net.norm(x[:, 0])), w[0], self.layers[0][1])


def units(name, last):
    """last: convolution weights channels last."""
    net = nets.make(name).eval().requires_grad_(False)
    if name.startswith("vit"):
        return [Embedding(net)] + [Transformer(block) for block in net.blocks] + [Classifier(net)]
    return [Stem(net, last)] + [Residual(block, last) for block in net.blocks] + [Pooled(net)]
