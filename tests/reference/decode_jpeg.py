"""Decodes every DIR/*.jpg with Pillow and writes its RGB bytes to DIR/*.rgb."""
import pathlib
import sys

from PIL import Image

for path in pathlib.Path(sys.argv[1]).glob("*.jpg"):
    path.with_suffix(".rgb").write_bytes(Image.open(path).convert("RGB").tobytes())
