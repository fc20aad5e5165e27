"""What is compared with PyTorch: one row a piece of work, with the ratio that it should reach."""
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Row:
    what: str  # train, infer, recon, qdrop, cell
    network: str
    number: int  # images of a batch; else bits
    precision: str  # of ours; PyTorch has f32 for f32_winograd
    target: Optional[float] = None  # how many times faster than PyTorch
    turns: int = 5
    seconds: float = 6.0  # of measuring, each side, each turn

    @property
    def label(self):
        number = {"train": "batch ", "infer": "batch ", "recon": "W", "qdrop": "W4A", "cell": "W"}[self.what]
        return f"{self.what} {self.network} {number}{self.number} {self.precision}"

    def rate(self, ms):
        """What `ms` milliseconds mean for somebody who waits."""
        if self.what in ("train", "infer"):
            return f"{1e3 * self.number / ms:.0f} img/s"
        return f"{ms / 1e3:.1f} s" if self.what == "cell" else f"{ms:.0f} s/1k its"


def slow(*row, **more):
    """A row whose steps take seconds."""
    return Row(*row, turns=3, seconds=10.0, **more)


ROWS = [
    Row("train", "resnet20", 128, "f32_winograd", 1.5),
    Row("train", "resnet20", 128, "bf16", 1.7),
    Row("train", "vit_small", 128, "f32", 1.4),
    Row("train", "vit_small", 128, "bf16", 1.7),
    Row("infer", "resnet20", 128, "f32_winograd"),
    Row("infer", "resnet20", 128, "bf16", 1.5),
    Row("infer", "vit_tiny", 16, "f32"),
    Row("infer", "vit_tiny", 16, "bf16", 1.5),
    Row("recon", "resnet20", 4, "f32"),
    Row("recon", "resnet20", 4, "f32_winograd", 2.4),
    Row("recon", "resnet20", 4, "bf16", 5.0),
    slow("recon", "resnet18", 4, "f32_winograd", target=1.4),
    slow("recon", "resnet18", 4, "bf16", target=4.0),
    Row("qdrop", "resnet20", 4, "f32_winograd", 7.0),
    Row("qdrop", "resnet20", 4, "bf16", 15.0),
    slow("qdrop", "resnet18", 4, "f32_winograd", target=3.0),
    slow("qdrop", "resnet18", 4, "bf16", target=7.0),
    Row("qdrop", "vit_small", 4, "f32"),
    Row("qdrop", "vit_small", 4, "bf16", 5.0),
    slow("cell", "resnet20", 4, "f32"),
    slow("cell", "resnet20", 4, "f32_winograd", target=20.0),
    slow("cell", "resnet20", 3, "f32_winograd", target=20.0),
]
