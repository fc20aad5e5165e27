"""The machine of a run: what it is, and whether it is ours alone."""
import os
import pathlib
import platform
import time

BUSY, LOST = 0.15, 0.10  # shares above which somebody else is running
STALL = 1.25  # mean over median of the steps of a row that has stalled


def processor():
    """The model name and whether bf16 has instructions of its own."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    fields = {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines if ":" in line)}
    bf16 = [flag for flag in ("amx_bf16", "avx512_bf16") if flag in fields.get("flags", "").split()]
    return f"{fields.get('model name', platform.machine())}, {' and '.join(bf16) or 'no bf16 instructions'}"


def cpu_ticks():
    """(busy, all) of the processors that this process may use."""
    mine = {f"cpu{i}" for i in os.sched_getaffinity(0)}
    busy = total = 0
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name in mine:
            ticks = [int(t) for t in ticks]
            total += sum(ticks[:8])
            busy += sum(ticks[:8]) - ticks[3] - ticks[4]  # all but idle and waiting for a disk
    return busy, total


def busy_share(seconds=1.0):
    """Share of processor time that others use, or that the host takes, while we sleep."""
    busy, total = cpu_ticks()
    time.sleep(seconds)
    busy_after, total_after = cpu_ticks()
    return (busy_after - busy) / max(1, total_after - total)


def complaints(busy, lost):
    """What speaks against trusting figures that are taken now.  lost: of the probe, or None."""
    out = []
    if busy > BUSY:
        out.append(f"others use {100 * busy:.0f} % of the processors")
    if lost is not None and lost > LOST:
        out.append(f"a loop of fixed length lost {100 * lost:.1f} % of its time to stalls")
    return out
