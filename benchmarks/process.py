"""What a process takes: each measurement runs in a new one, which tells the figures itself."""

from __future__ import annotations

import contextlib
import importlib
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

#: Most that one measurement may take before it is given up.
PATIENCE_S = 1_800.0


@dataclass(frozen=True)
class Figures:
    """What one run took.

    Attributes:
        seconds: Wall time of the work, without imports.
        cpu_seconds: CPU time of the same, of all threads.
        import_seconds: Wall time of the imports before it.
        peak_mb: Most memory that the whole process held at a time, in 10**6 bytes.
        rows: What it gave.
        notes: Whatever else it tells.
    """

    seconds: float
    cpu_seconds: float
    import_seconds: float
    peak_mb: float
    rows: int
    notes: dict[str, Any]


def main(module: str, job: str, arguments: Sequence[str]) -> None:
    """Run a job of a module and print its figures.

    A job is a generator: it imports what it needs, yields once, works, and yields the number of
    rows and its notes.
    """
    steps = getattr(importlib.import_module(module), job)(*arguments)
    began = time.perf_counter()
    next(steps)
    imported, cpu_s = time.perf_counter(), time.process_time()
    rows, notes = next(steps)
    ended, cpu_s = time.perf_counter(), time.process_time() - cpu_s
    figures = Figures(ended - imported, cpu_s, imported - began, peak_mb(), rows, notes)
    print(json.dumps(asdict(figures)))


def peak_mb() -> float:
    """Most memory of this process so far, without what its parent held when it began."""
    with contextlib.suppress(FileNotFoundError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def run(module: str, job: str, *arguments: object) -> Figures:
    """Run a job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.process", module, job, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode:
        raise RuntimeError(f"{module}.{job} failed:\n{done.stderr[-3000:]}")
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def median_of(runs: Sequence[Figures]) -> Figures:
    """Each figure's median; rows and notes must be the same in all runs."""
    (rows,) = {figures.rows for figures in runs}
    return Figures(
        statistics.median(figures.seconds for figures in runs),
        statistics.median(figures.cpu_seconds for figures in runs),
        statistics.median(figures.import_seconds for figures in runs),
        statistics.median(figures.peak_mb for figures in runs),
        rows,
        runs[-1].notes,
    )


def worst_of(runs: Sequence[Figures]) -> Figures:
    """Each figure's greatest, those among the notes too; rows must be the same in all runs."""
    (rows,) = {figures.rows for figures in runs}
    return Figures(
        max(figures.seconds for figures in runs),
        max(figures.cpu_seconds for figures in runs),
        max(figures.import_seconds for figures in runs),
        max(figures.peak_mb for figures in runs),
        rows,
        {name: max(figures.notes[name] for figures in runs) for name in runs[0].notes},
    )


@contextlib.contextmanager
def serving(module: str, *arguments: object) -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(10)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
