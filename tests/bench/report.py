"""Tables of a run: what is printed, and the section that goes into the history."""
import datetime
import pathlib
import statistics
import subprocess

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]


def verdict(value, target):
    return "" if target is None else f"{target:g} {'met' if value >= target else 'NOT met'}"


class Compared:
    """A row with the turns of both sides."""

    def __init__(self, row, ours, torch):
        self.row, self.ours, self.torch = row, ours, torch
        self.ratios = [p["median_ms"] / o["median_ms"] for o, p in zip(ours, torch)]
        self.ratio = statistics.median(self.ratios)
        self.ours_ms, self.torch_ms = (statistics.median(m["median_ms"] for m in side) for side in (ours, torch))
        apart = [m["hand_over_ns"] for m in ours if "hand_over_ns" in m]
        self.hand_over = statistics.median(apart) if apart else 0
        self.stalled = statistics.median(m["slowdown"] for m in ours + torch) > machine.STALL

    def text(self):
        row = self.row
        rate = f"{row.rate(self.ours_ms)} against {row.rate(self.torch_ms)}"
        return (
            f"{row.label:30} {self.ours_ms:10.2f} {self.torch_ms:10.2f} {self.ratio:6.2f}  "
            f"{min(self.ratios):5.2f} ..{max(self.ratios):6.2f}  {verdict(self.ratio, row.target):12} {rate}"
            f" ({self.torch[0]['variant']}; hand-over {self.hand_over:.0f} ns)"
            f"{'  STALLED' if self.stalled else ''}"
        )

    def markdown(self):
        label = f"{self.row.label}{' (stalled)' if self.stalled else ''}"
        span = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        target = verdict(self.ratio, self.row.target)
        times = f"{self.ours_ms:.2f} | {self.torch_ms:.2f} | {self.ratio:.2f}"
        return f"| {label} | {times} | {span} | {target} | {self.hand_over:.0f} |"

    def record(self):
        return {
            "work": self.row.label,
            "ours": self.ours,
            "torch": self.torch,
            "ratios": self.ratios,
            "ratio": self.ratio,
            "hand_over_ns": self.hand_over,
            "target": self.row.target,
            "stalled": self.stalled,
        }


HEADER = f"{'work':30} {'ours ms':>10} {'torch ms':>10} {'ratio':>6}  {'range':14} {'target':12}"
UNITS = {"gflops": "GF/s", "gbytes_per_s": "GB/s", "ns": "ns"}  # of what the probe measures
PRODUCT, PASS, OUTSIDE = 0.95, 0.8, 0.10  # targets of the sections about kernels


def summaries(sections):
    """One line of Markdown a section of kernels: how many rows reach the target, where there is one, and the worst."""
    out = []

    def add(what, rows, value, target, better=min):
        if not rows:
            return
        goal = reached = ""
        if target is not None:
            within = sum(value(r) >= target if better is min else value(r) <= target for r in rows)
            goal, reached = f"{target:g}", f"{within} of {len(rows)}"
        worst = better(rows, key=value)
        middle, name = statistics.median(value(r) for r in rows), worst["work"]
        out.append(f"| {what} | {goal} | {reached} | {middle:.2f} | {value(worst):.2f} ({name}) |")

    products = [r for r in sections.get("products", []) if "alone" in r]
    for precision in ("f32", "f32_winograd", "bf16"):
        mine = [r for r in products if r["work"].endswith(precision)]
        add(f"products, {precision}: oneDNN alone / our call", mine, lambda r: r["alone"]["ratio"], PRODUCT)
        add(f"products, {precision}: share of the registers' peak", mine, lambda r: r["share_of_peak"], None)
    add("passes: GB/s / GB/s of a copy", sections.get("passes", []), lambda r: r["ratio"], PASS)
    add("iteration: share outside kernels", sections.get("iteration", []), lambda r: r["outside_share"], OUTSIDE, max)
    return out


def history(sections, rows, threads, busy):
    """One section for the page of figures: when, which commit, on what, and the tables."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    lines = [
        f"\n## {datetime.date.today()}, {commit.stdout.strip()}\n",
        f"{machine.processor()}; {threads} threads; others used {100 * busy:.0f} % of the processors at the start.\n",
    ]
    if rows:
        turns = sorted({len(row.ours) for row in rows})
        lines.append(f"Rows of {' or '.join(map(str, turns))} turns.\n")
        lines += ["| work | ours, ms | PyTorch, ms | ratio | range | target | hand-over, ns |", "|---" * 7 + "|"]
        lines += [row.markdown() for row in rows]
    probe = [r for r in sections.get("probe", []) if "lost_share" not in r]
    if probe:
        lines += ["", "| limit of the machine | |", "|---|---|"]
        for r in probe:
            unit = next(key for key in UNITS if key in r)
            lines.append(f"| {r['work']} | {r[unit]:.0f} {UNITS[unit]} |")
    kernels = summaries(sections)
    if kernels:
        lines += ["", "| kernels | target | reached | median | worst |", "|---|---|---|---|---|"] + kernels
    return "\n".join(lines) + "\n"
