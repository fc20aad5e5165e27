"""Taking time as tests/bench/timing.cpp does."""
import statistics
import time


def enough(times, seconds):
    share = sum(times) / (1e3 * seconds)
    return (share >= 1 and len(times) >= 5) or (share >= 2 and len(times) >= 3)


def measure(step, seconds):
    """Times of step() in milliseconds; three warm-up steps, or as many as fill a second, are left out."""
    start, warm = time.perf_counter(), 0
    while warm < 3 and time.perf_counter() - start < 1:
        step()
        warm += 1
    times = []
    while not enough(times, seconds):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    median, mean = statistics.median(times), statistics.mean(times)
    extremes = {"min_ms": min(times), "max_ms": max(times)}
    return {"median_ms": median, **extremes, "steps": len(times), "slowdown": mean / median}


def fastest(variants):
    """The name of the step that is fastest in a short trial."""
    if len(variants) == 1:
        return next(iter(variants))
    return min(variants, key=lambda name: measure(variants[name](), 0.3)["median_ms"])
