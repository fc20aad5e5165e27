"""Values and gradients of every op by PyTorch, in f64: autograd_torch.py QUESTION.h5 ANSWER.h5

Reads /<op>/x0, x1, ... and /<op>/dy, writes /<op>/y and /<op>/g0, g1, ...  Images are N,H,W,C as on
the other side.  Made for PyTorch 1.13 (Debian 12) and later.
"""
import sys

import h5py
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
LABELS = torch.tensor([2, 0, 4, 1])


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def positive(x):
    return 0.1 * x + 0.5


def round_ste(x):
    return (torch.round(x) - x).detach() + x


def conv2d(x, w, b=None, **options):
    return nhwc(F.conv2d(nchw(x), w, b, **options))


def lsq(x, s, zero, low, high):
    return s * (torch.clamp(round_ste(x / s) + zero, low, high) - zero)


def soft_round(h, w, s, zero, low, high):
    s = s.view(-1, 1)
    return s * (torch.clamp(torch.floor(w / s) + h + zero, low, high) - zero)


def rect_sigmoid(v):
    return torch.clamp(1.2 * torch.sigmoid(v) - 0.1, 0, 1)


OPS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / positive(b),
    "affine": lambda x: -1.5 * x + 0.25,
    "add_relu": lambda a, b: F.relu(a + b),
    "matmul": lambda a, b: a @ b,
    "matmul_transposed": lambda a, b: a.transpose(-1, -2) @ b.transpose(-1, -2),
    "linear": F.linear,
    "conv2d": lambda x, w, b: conv2d(x, w, b, padding=1),
    "conv2d_strided": lambda x, w: conv2d(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
    "conv2d_relu": lambda x, w, b: F.relu(conv2d(x, w, b, padding=1, groups=4)),
    "batch_norm": lambda x, g, b: nhwc(F.batch_norm(nchw(x), None, None, g, b, training=True, eps=1e-5)),
    "scale_shift": lambda x, s, t: x * s + t,
    "layer_norm": lambda x, g, b: F.layer_norm(x, (8,), g, b, eps=1e-6),
    "gelu": F.gelu,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
    "log": lambda x: torch.log(positive(x)),
    "abs_pow": lambda x: x.abs().pow(2.4),
    "softmax": lambda x: F.softmax(x, -1),
    "l2_normalize": lambda x: F.normalize(x, dim=-1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
    "reduce": lambda x: x.sum((0, 2)) * x.mean(),
    "mean": lambda x: x.mean(1, keepdim=True) * x.sum(),
    "reshape": lambda x: x.reshape(4, 6),
    "permute": lambda x: x.permute(0, 2, 1, 3),
    "broadcast_to": lambda x: x.expand(3, 2, 4),
    "concat": lambda a, b: torch.cat((a, b), 1),
    "slice": lambda x: x[:, 1:7:2],
    "pad": lambda x: F.pad(x, (2, 1)),
    "patches": lambda x: F.unfold(nchw(x), 2, stride=2).transpose(1, 2),
    "max_pool2d": lambda x: nhwc(F.max_pool2d(nchw(x), 3, 2, 1)),
    "global_mean_pool": lambda x: x.mean((1, 2)),
    "cross_entropy": lambda x: F.cross_entropy(x, LABELS),
    "cross_entropy_smoothed": lambda x: F.cross_entropy(x, LABELS, label_smoothing=0.1),
    "kl_divergence": lambda x, t: F.kl_div(
        F.log_softmax(x, -1), F.softmax(t, -1).detach(), reduction="batchmean"),
    "kl_divergence_logits": lambda x, t: 16 * F.kl_div(
        F.log_softmax(x / 4, -1), F.softmax(t / 4, -1).detach(), reduction="batchmean"),
    "clamp": lambda x: torch.clamp(x, -0.5, 1),
    "round_ste": lambda x: round_ste(3 * x),
    "lsq_quantize": lambda x, s: lsq(x, positive(s), 2, 0, 7),
    "lsq_quantize_channels": lambda x, s: lsq(x, positive(s), 3, 0, 7),
    "soft_round": lambda h, w, s: soft_round(positive(h), w.detach(), positive(s).detach(), 2, 0, 5),
    "rect_sigmoid": rect_sigmoid,
    "round_penalty": lambda v: (1 - (2 * rect_sigmoid(v) - 1).abs().pow(5.5)).sum(),
}


def main():
    with h5py.File(sys.argv[1], "r") as question, h5py.File(sys.argv[2], "w") as answer:
        unknown = sorted(set(question) - set(OPS)) + sorted(set(OPS) - set(question))
        if unknown:
            sys.exit("the tables differ: " + ", ".join(unknown))
        for name, given in question.items():
            count = len(given) - 1
            x = [torch.tensor(given[f"x{i}"][()], requires_grad=True) for i in range(count)]
            y = OPS[name](*x)
            grads = torch.autograd.grad(y, x, torch.tensor(given["dy"][()]), allow_unused=True)
            answer[f"{name}/y"] = y.detach().contiguous().numpy()
            for i, g in enumerate(grads):
                answer[f"{name}/g{i}"] = (torch.zeros_like(x[i]) if g is None else g).contiguous().numpy()


if __name__ == "__main__":
    main()
