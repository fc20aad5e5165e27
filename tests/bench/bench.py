#!/usr/bin/env python3
"""Roundtable beside PyTorch: the same work, on the same machine, in the same run, taken in turns.

usage: tests/bench/bench.py [--quick] [--threads N] [--json FILE] [--only WORD] [--history docs/performance.md]

Each row is one piece of work (a training step, a reconstruction iteration over all blocks).  The two sides
alternate A B A B ...; the table shows the median of each side and of the paired ratios, and the range of the
ratios.  Ratios above 1 mean that Roundtable is faster.  PyTorch runs in its faster layout (channels_last)
with OpenBLAS's OpenMP build.  --history appends the table to a page in Markdown.  A machine with other work on it is flagged, since such figures mean little.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "build/release/roundtable-bench"
PEER = ROOT / "tests/bench/torch_peer.py"
PYTHON = os.environ.get("ROUNDTABLE_PYTHON", "/usr/bin/python3")

ROWS = [  # what, network, batch or bits, precision
    ("train", "resnet20", 128, "f32"),
    ("train", "resnet20", 128, "bf16"),
    ("train", "vit_mini", 128, "f32"),
    ("train", "vit_mini", 128, "bf16"),
    ("recon", "resnet20", 4, "f32"),
    ("recon", "resnet20", 4, "bf16"),
    ("recon", "vit_mini", 4, "f32"),
    ("qdrop", "resnet20", 4, "f32"),
    ("qdrop", "resnet20", 4, "bf16"),
]


def run(command):
    env = dict(os.environ)
    openmp_blas = f"/usr/lib/{platform.machine()}-linux-gnu/openblas-openmp"
    env["LD_LIBRARY_PATH"] = ":".join(filter(None, [openmp_blas, env.get("LD_LIBRARY_PATH")]))
    out = subprocess.run([str(c) for c in command], env=env, capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{out.stderr}")
    return json.loads(out.stdout.strip().splitlines()[-1])


def processor():
    """The model name and whether bf16 has instructions of its own."""
    fields = dict(line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    bf16 = [flag for flag in ("amx_bf16", "avx512_bf16") if flag in fields.get("flags", "").split()]
    return f"{fields.get('model name', platform.machine())}, {' and '.join(bf16) or 'no bf16 instructions'}"


def append(page, rows, threads, load):
    """One section for a page of figures: when, which commit, on what, and the table."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    lines = [f"\n## {datetime.date.today()}, {commit.stdout.strip()}\n",
             f"{processor()}; {threads} threads; load at the start {load:.1f}.\n",
             "| work | ours, ms | PyTorch, ms | ratio | range |", "|---|---|---|---|---|"]
    for row in rows:
        ours, torch = (statistics.median(m["median_ms"] for m in row[side]) for side in ("ours", "torch"))
        ratios = row["ratios"]
        lines.append(f"| {row['work']} | {ours:.2f} | {torch:.2f} | {statistics.median(ratios):.2f} | "
                     f"{min(ratios):.2f} to {max(ratios):.2f} |")
    with open(page, "a") as file:
        file.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two turns of two seconds instead of five of six")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--history", help="append the table to this Markdown page")
    parser.add_argument("--only", default="", help="rows whose text contains this word")
    a = parser.parse_args()
    turns, seconds = (2, 2) if a.quick else (5, 6)

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"WARNING: load average {load:.1f}: something else is running, the figures mean little")
    rows = []
    print(f"{'work':36} {'ours ms':>9} {'torch ms':>9} {'ratio':>6}  range       per second")
    for what, net, number, precision in ROWS:
        label = f"{what} {net} {dict(train='batch ', recon='W', qdrop='W4A').get(what)}{number} {precision}"
        if a.only not in label:
            continue
        ours, peer = [], []
        for _ in range(turns):
            ours.append(run([OURS, what, net, number, precision, a.threads, seconds]))
            peer.append(run([PYTHON, PEER, what, net, number, precision, a.threads, seconds]))
        ratios = [p["median_ms"] / o["median_ms"] for o, p in zip(ours, peer)]
        ms = statistics.median(o["median_ms"] for o in ours)
        peer_ms = statistics.median(p["median_ms"] for p in peer)
        rate = f"{1e3 * number / ms:.0f} against {1e3 * number / peer_ms:.0f} images" if what == "train" else f"{1e3 / ms:.1f} against {1e3 / peer_ms:.1f} iterations"
        print(f"{label:36} {ms:9.2f} {peer_ms:9.2f} {statistics.median(ratios):6.2f}  {min(ratios):.2f}..{max(ratios):.2f}  {rate}", flush=True)
        rows.append({"work": label, "threads": a.threads, "ours": ours, "torch": peer, "ratios": ratios})
    if a.history:
        append(a.history, rows, a.threads, load)
    if a.json:
        pathlib.Path(a.json).write_text(json.dumps({"machine": platform.processor() or platform.machine(), "load_at_start": load, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
