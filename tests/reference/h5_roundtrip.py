"""Reads a file that core/io/h5 wrote, checks it, and writes one for it to read.

usage: h5_roundtrip.py OURS THEIRS      (called by tests/core/io/h5_dataset_test.cpp)
"""
import sys

import h5py
import numpy as np

ours, theirs = sys.argv[1:]
with h5py.File(ours, "r") as f:
    assert f.attrs["schema"] == "roundtable/1" and f.attrs["count"] == 3
    assert list(f["names"].asstr()[:]) == ["a", "zwölf"]
    assert f["yaml"].asstr()[()] == "a: 1"
    w = f["w"]
    assert w.dtype == np.float32 and w.shape == (100, 50)
    assert w.compression == "gzip" and w.compression_opts == 4 and w.shuffle and w.fletcher32
    assert f["codes"].dtype == np.int8 and f["codes"].chunks is None
    assert f["half"].dtype == np.uint16 and f["half"].attrs["dtype"] == "bf16"
    assert list(f["half"][:]) == [0x3FC0, 0xC000]
    values = w[:]
    codes = f["codes"][:]

with h5py.File(theirs, "w") as f:
    f["w"] = values
    f["codes"] = codes
    f["big_endian"] = np.array([1, 2, 3], ">f8")
    f["variable"] = ["a", "zwölf"]
    f["fixed"] = np.array([b"ab", b"c"])
    f["complex"] = np.zeros(2, np.complex64)
    f["half_float"] = np.zeros(2, np.float16)
    f.attrs["text"] = "zwölf"
    f.attrs["count"] = 3
    f.attrs["real"] = 0.5
