#!/usr/bin/env python3
"""Roundtable's speed: the limits of this machine, our kernels against them, and whole pieces of work beside PyTorch.

Sections, in this order; --only takes a part of any name:

  probe      stalls, register arithmetic, a product by oneDNN, memory bandwidth
  products   convolutions and matrix products against the same oneDNN primitive alone
  passes     element-wise passes against copying
  iteration  share of a reconstruction iteration that no kernel explains
  rows       training steps, inference, reconstruction and a whole cell beside PyTorch, in turns A B A B ...;
             the ratio is the median of the paired ratios, above 1 Roundtable is faster

PyTorch runs with OpenBLAS's OpenMP build, in the layout and form that is fastest in a trial before the first turn.
A machine with other work on it is refused unless --force says otherwise; a row whose steps take a quarter more in
the mean than in the median is marked STALLED.

examples:
  tests/bench/bench.py                                   everything, about an hour
  tests/bench/bench.py --quick --only 'train resnet20'   one row, fast and rough
  tests/bench/bench.py --only passes --only products     two sections
  tests/bench/bench.py --history docs/performance.md --json figures.json
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import machine
import report
from rows import ROWS

ROOT = report.ROOT
OURS = ROOT / "build/release/roundtable-bench"
PEER = ROOT / "tests/bench/peers/torch_peer.py"
PYTHON = os.environ.get("ROUNDTABLE_PYTHON", "/usr/bin/python3")
SECTIONS = ["probe", "products", "passes", "iteration"]


def environment():
    """With OpenBLAS's OpenMP build in front: its default build has threads of its own, which fight oneDNN's."""
    env = dict(os.environ)
    openmp_blas = f"/usr/lib/{platform.machine()}-linux-gnu/openblas-openmp"
    env["LD_LIBRARY_PATH"] = ":".join(filter(None, [openmp_blas, env.get("LD_LIBRARY_PATH")]))
    return env


def run(command, **how):
    out = subprocess.run([str(c) for c in command], env=environment(), cwd=ROOT, text=True, **how)
    if out.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{out.stderr or ''}")
    return out.stdout


def last_json(text):
    return json.loads(text.strip().splitlines()[-1])


def section(name, threads, seconds, only=None):
    """Runs one section of our program, whose rows appear as they come."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        words = ["--only", only] if only else []
        run([OURS, name, "--threads", threads, "--seconds", seconds, "--json", file.name, *words])
        return json.loads(pathlib.Path(file.name).read_text())


def compare(row, threads, turns, seconds):
    ours, torch, variant = [], [], []
    start, end = [row.what, row.network, row.number], [threads, seconds]
    peer = row.precision.removesuffix("_winograd")
    for _ in range(turns):
        ours.append(last_json(run([OURS, *start, row.precision, *end], capture_output=True)))
        torch.append(last_json(run([PYTHON, PEER, *start, peer, *end, *variant], capture_output=True)))
        variant = [torch[0]["variant"]]
    return report.Compared(row, ours, torch)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two short turns, little time for a kernel")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="what has it in its name")
    parser.add_argument("--list", action="store_true", help="names of the sections and rows, with their targets")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--turns", type=int, help="of every row")
    parser.add_argument("--seconds", type=float, help="of each side in each turn, and of each kernel")
    parser.add_argument("--json", metavar="FILE", help="also write every figure to this file")
    parser.add_argument("--history", metavar="PAGE", help="append a dated section to this Markdown page")
    parser.add_argument("--force", action="store_true", help="measure though others are using the machine")
    return parser.parse_args()


def main():
    a = arguments()
    wanted = [s for s in SECTIONS if not a.only or any(text in s for text in a.only)]
    rows = [r for r in ROWS if not a.only or any(text in r.label for text in a.only)]
    if a.list:
        print("\n".join(wanted))
        for row in rows:
            print(f"{row.label:30} {row.target or '':>4}  {row.turns} turns")
        return
    if not wanted and not rows:
        sys.exit(f"--only {' '.join(a.only)}: no section or row has that in its name; --list shows them")

    if not OURS.exists():
        sys.exit(f"{OURS} is not there; cmake --build --preset release --target roundtable_bench makes it")
    busy = machine.busy_share()
    print("is the machine quiet?", flush=True)
    lost = section("probe", a.threads, 0.1, "stalls")[0]["lost_share"]
    complaints = machine.complaints(busy, lost)
    for complaint in complaints:
        print(f"WARNING: {complaint}: figures mean little")
    if complaints and not a.force:
        sys.exit("not measured: the machine is not quiet (--force measures all the same)")

    kernel_seconds = a.seconds or (0.1 if a.quick else 0.4)
    sections = {}
    for name in wanted:
        print(f"\n{name}", flush=True)
        sections[name] = section(name, a.threads, kernel_seconds)
    if rows:
        print(f"\nrows\n{report.HEADER}", flush=True)
    compared = []
    for row in rows:
        turns = a.turns or (2 if a.quick else row.turns)
        compared.append(compare(row, a.threads, turns, a.seconds or (2.0 if a.quick else row.seconds)))
        print(compared[-1].text(), flush=True)

    kernels = report.summaries(sections)
    if kernels:
        print("\n| kernels | target | reached | median | worst |")
        print("\n".join(kernels))
    aimed = [c for c in compared if c.row.target]
    if aimed:
        print(f"\n{sum(c.ratio >= c.row.target for c in aimed)} of {len(aimed)} targets beside PyTorch met")
    if a.history:
        with open(a.history, "a") as page:
            page.write(report.history(sections, compared, a.threads, busy))
    if a.json:
        figures = {
            "processor": machine.processor(),
            "threads": a.threads,
            "busy_at_start": busy,
            "sections": sections,
            "rows": [c.record() for c in compared],
        }
        pathlib.Path(a.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
