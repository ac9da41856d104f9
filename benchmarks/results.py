"""What was measured, as `RESULTS.md` tells it."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.process import Figures, median_of
from benchmarks.simulated import LATENCY_S, Simulated
from benchmarks.start import MOST_FIRST_ROWS_S, MOST_IMPORT_CPU_S

BARE = "bare download, nothing decoded"
OURS = "vfy-notebook"
LOOP = "requests + json_normalize"
SDK = "vendor's SDK + json_normalize"

PLANNING = "## Planning a push"
REMEMBERING = "## What is remembered of a fetch"

#: How often planning and remembering are measured.
RUNS = 3

_PACKAGES = ("pandas", "pyarrow", "msgspec", "requests", "voucherify")


@dataclass(frozen=True)
class Scaled:
    """What one way took of so many customers."""

    size: int
    way: str
    figures: Figures


@dataclass(frozen=True)
class Results:
    """All that one run has measured; of each way its rounds, which were measured in turn."""

    rounds: dict[str, list[Figures]]
    latency: list[Simulated]
    quotas: list[tuple[str, Simulated]]
    scaled: list[Scaled]
    planned: list[Figures]
    remembered: list[tuple[str, Figures]]
    start: Figures

    @property
    def ways(self) -> dict[str, Figures]:
        """The median of each way's figures."""
        return {name: median_of(each) for name, each in self.rounds.items()}

    def ratio(self, of: str, to: str, figure: Callable[[Figures], float]) -> Ratio:
        """How many times as much one way takes as another, round by round."""
        pairs = zip(self.rounds[of], self.rounds[to], strict=True)
        found = sorted(figure(a) / figure(b) for a, b in pairs)
        return Ratio(statistics.median(found), found[0], found[-1])


class Ratio(NamedTuple):
    """A ratio within each round: the machine's speed drifts, and both have met the same."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


def seconds(figures: Figures) -> float:
    """Wall time."""
    return figures.seconds


def cpu_seconds(figures: Figures) -> float:
    """CPU time."""
    return figures.cpu_seconds


def peak_mb(figures: Figures) -> float:
    """Memory."""
    return figures.peak_mb


def readme_sentence(results: Results) -> str:
    """The README's figures: those of the worst round, whichever is the worst for us."""
    own = results.ratio(OURS, BARE, seconds).most
    told = [
        f"Against {name}: {results.ratio(peer, OURS, seconds).least:.1f} times as fast in "
        f"{_percent(results.ratio(OURS, peer, peak_mb).most)} of the memory."
        for name, peer in ((LOOP, LOOP), (f"the {SDK}", SDK))
    ]
    rows = results.rounds[OURS][0].rows
    return (
        f"Fetching {rows:,} customers on {_cores()} takes {own:.1f} times as long as receiving the "
        f"bytes and looking at none, in the worst of {len(results.rounds[OURS])} rounds. "
        f"{' '.join(told)}"
    )


def text_of(results: Results) -> str:
    """The whole of `RESULTS.md`."""
    return "\n\n".join(
        [
            "# Benchmarks",
            f"Written by `make bench`. {_machine()}",
            *_side_by_side(results),
            *_latency(results.latency),
            *_quotas(results.quotas),
            *_scaled(results.scaled),
            *planned_text(results.planned),
            *remembered_text(results.remembered),
            *_start(results.start),
            "",
        ]
    ).replace("\n\n\n", "\n\n")


def _side_by_side(results: Results) -> Iterable[str]:
    ways = results.ways
    bare, ours = ways[BARE], ways[OURS]
    yield f"## {ours.rows:,} customers into a DataFrame"
    yield (
        f"Prepared pages of 100 customers ({bare.notes['megabytes']:,.0f} MB in all) from a list "
        "server on the same machine, each run in a process of its own, the ways in turn, in an "
        f"order that each round changes, in {len(results.rounds[OURS])} rounds: medians, and of "
        "the ratios within a round the least and the greatest too. "
        "No two of these customers share a millisecond, or the peers would lose some. Seconds are "
        "without imports, which are told beside them; the peak is of the whole process."
    )
    yield table(
        (
            "way",
            "calls",
            "seconds",
            "CPU",
            "to the bare download",
            "CPU to the bare download",
            "peak MB",
            "import, seconds",
        ),
        (
            (
                name,
                f"{figures.notes['calls']:,}",
                f"{figures.seconds:.2f}",
                f"{figures.cpu_seconds:.2f}",
                str(results.ratio(name, BARE, seconds)),
                str(results.ratio(name, BARE, cpu_seconds)),
                f"{figures.peak_mb:,.0f}",
                f"{figures.import_seconds:.2f}",
            )
            for name, figures in ways.items()
        ),
    )
    yield f"The worst round of each: {readme_sentence(results)}"
    yield "Ratios to ours, round by round:"
    yield table(
        ("way", "seconds", "CPU", "our memory to its"),
        (
            (
                name,
                str(results.ratio(name, OURS, seconds)),
                str(results.ratio(name, OURS, cpu_seconds)),
                str(results.ratio(OURS, name, peak_mb)),
            )
            for name in (LOOP, SDK)
        ),
    )


def _latency(latency: Sequence[Simulated]) -> Iterable[str]:
    yield f"## Latency: {latency[0].rows:,} customers at {LATENCY_S * 1000:.0f} ms a call"
    yield "On a simulated clock, the listing's own windows and cursors; decoding takes no time."
    alone = latency[0]
    yield table(
        ("workers", "calls", "seconds", "times as fast"),
        (
            (way.way, f"{way.calls:,}", f"{way.seconds:.1f}", f"{alone.seconds / way.seconds:.1f}")
            for way in latency
        ),
    )


def _quotas(quotas: Sequence[tuple[str, Simulated]]) -> Iterable[str]:
    yield f"## Rate limits: {quotas[0][1].rows:,} customers"
    yield (
        "A sandbox that counts calls as Voucherify does, whose clock moves only when the client "
        "waits. Its customers came by imports, so many share a millisecond: a loop that follows "
        "the cursor does not get them all."
    )
    yield table(
        ("limit", "way", "customers found", "calls", "of these refused", "hours"),
        (
            (
                limit,
                _code(way.way),
                f"{way.rows:,}",
                f"{way.calls:,}",
                f"{way.refused:,}",
                f"{way.seconds / 3600:.2f}",
            )
            for limit, way in quotas
        ),
    )


def _scaled(scaled: Sequence[Scaled]) -> Iterable[str]:
    yield "## Scale"
    yield (
        "From the sandbox on the same machine, one run each; the sandbox's own work is in the "
        "seconds. The peak is the client's."
    )
    yield table(
        ("way", "customers", "calls", "seconds", "µs a customer", "peak MB"),
        (
            (
                _code(each.way),
                f"{each.size:,}",
                f"{each.figures.notes['calls']:,}",
                f"{each.figures.seconds:,.1f}",
                f"{each.figures.seconds / each.size * 1e6:,.0f}",
                f"{each.figures.peak_mb:,.0f}",
            )
            for each in sorted(scaled, key=lambda each: (each.way, each.size))
        ),
    )


def planned_text(planned: Sequence[Figures]) -> Iterable[str]:
    """What planning takes."""
    yield PLANNING
    yield (
        "`plan_push()`, the looks at the server included, and packing the changes into requests; "
        f"the worst of {RUNS} runs, in seconds of CPU. An edit is a changed cell. The peaks are of "
        "the whole process: with the fetched and the edited DataFrame, before planning; with the "
        "plan and its requests; and with `plan.edits`, which makes Python objects of all cells."
    )
    yield table(
        (
            "edits",
            "customers × columns, of customers",
            "plan, CPU s",
            "requests, CPU s",
            "requests",
            "peak MB before",
            "planned",
            "with `plan.edits`",
        ),
        (
            (
                f"{figures.rows:,}",
                _edited(notes["changed"], figures.rows, notes["customers"]),
                f"{notes['plan_cpu_seconds']:.2f}",
                f"{notes['batch_cpu_seconds']:.2f}",
                f"{notes['requests']:,}",
                f"{notes['frames_mb']:,.0f}",
                f"{notes['planned_mb']:,.0f}",
                f"{figures.peak_mb:,.0f}",
            )
            for figures in planned
            for notes in (figures.notes,)
        ),
    )


def _edited(changed: int, cells: int, customers: int) -> str:
    return f"{changed:,} × {cells // changed} of {customers:,}"


def remembered_text(remembered: Sequence[tuple[str, Figures]]) -> Iterable[str]:
    """What is remembered of a fetch."""
    yield REMEMBERING
    yield (
        "So that a plan can tell what was edited, the project remembers the columns that can be "
        "written. Text is in memory once for both; this is what comes on top, in bytes that are "
        f"counted and not measured, and the CPU time of the fetch that goes into it, the worst of "
        f"{RUNS} runs."
    )
    yield table(
        (
            "customers",
            "DataFrame, MB",
            "fetch, peak MB",
            "remembered on top, MB",
            "of the peak",
            "of the peak without imports",
            "of the DataFrame",
            "CPU s",
        ),
        (
            (
                f"{figures.rows:,}, {kind}",
                f"{notes['frame_mb']:,.0f}",
                f"{notes['fetch_mb']:,.0f}",
                f"{notes['own_mb']:.1f}",
                *(
                    f"{notes['own_mb'] / whole:.1%}".replace("%", " %")
                    for whole in (
                        notes["fetch_mb"],
                        notes["fetch_mb"] - notes["imported_mb"],
                        notes["frame_mb"],
                    )
                ),
                f"{notes['snapshot_cpu_seconds']:.2f}",
            )
            for kind, figures in remembered
            for notes in (figures.notes,)
        ),
    )


def with_sections(text: str, sections: Iterable[str]) -> str:
    """`RESULTS.md` with sections that were measured later, and on which machine."""
    titles = (PLANNING, REMEMBERING)
    parts = re.split(r"(?m)^(?=## )", text)
    kept = [part for part in parts if part.split("\n", 1)[0] not in titles]
    at = next((i for i, part in enumerate(kept) if part.startswith("## Start")), len(kept))
    told = [f"{each}\n\n" for each in sections]
    return "".join([*kept[:at], *told, *kept[at:]])


def measured_later() -> str:
    """A line for sections that a run of their own has measured."""
    return f"On its own. {_machine()}"


def _start(start: Figures) -> Iterable[str]:
    yield "## Start"
    yield (
        f"`import vfy_notebook` takes {start.notes['import_cpu_seconds']:.2f} s of CPU beyond "
        f"pandas and pyarrow, and the first {start.rows:,} customers of the demo take "
        f"{start.seconds:.2f} s after it: the bench fails beyond {MOST_IMPORT_CPU_S} s and "
        f"{MOST_FIRST_ROWS_S} s."
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; what follows the first column stands to the right."""
    lines = [titles, ["---"] + ["---:"] * (len(titles) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _cores() -> str:
    count = os.cpu_count() or 1
    return {1: "one core", 2: "two cores", 4: "four cores"}.get(count, f"{count} cores")


def _code(way: str) -> str:
    return f"`{way}`" if "(" in way else way


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores of {_processor()}, "
        f"{_memory_gb():.0f} GB of memory, {platform.system()}, Python "
        f"{platform.python_version()}; {packages}. Such machines are shared and their speed "
        "drifts: the ratios within this run say more than its seconds."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
