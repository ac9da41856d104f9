"""`make bench`: measure all in one run; write `RESULTS.md`, the README's chart and figures."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import textwrap
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import beyond
from benchmarks.chart import draw
from benchmarks.process import Figures, median_of, run, serving, worst_of
from benchmarks.results import (
    RUNS,
    Results,
    Scaled,
    measured_later,
    planned_text,
    readme_sentence,
    remembered_text,
    text_of,
    with_sections,
)
from benchmarks.simulated import Simulated, latency_bound, quota_bound
from benchmarks.start import MOST_FIRST_ROWS_S, MOST_IMPORT_CPU_S
from vfy_notebook import sandbox

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
CHART = HERE.parent / "docs" / "pictures" / "benchmark.png"

#: The ways to a DataFrame: a job of `benchmarks.fetching`, what follows the address, its name.
WAYS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("bare_download", (), "bare download, nothing decoded"),
    ("vfy_notebook", (), "vfy-notebook"),
    ("vfy_notebook", ("1",), "vfy-notebook, workers=1"),
    ("requests_and_json_normalize", (), "requests + json_normalize"),
    ("vendor_sdk", (), "vendor's SDK + json_normalize"),
)


#: The README's figures: from there to the last of its ratios.
_SENTENCE = re.compile(
    r"^Fetching [0-9,]+ customers on .*? of\s+the\s+memory\..*? of\s+the\s+memory\.",
    re.MULTILINE | re.DOTALL,
)


def told(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def side_by_side(customers: int, runs: int) -> dict[str, list[Figures]]:
    """The rounds of each way: in turn, again and again, so that a slow moment hits all alike.

    It is not the same after whom a process runs. So the steps from one way to the next grow from
    round to round: as the number of ways is a prime, each comes after each other one.
    """
    measured: dict[str, list[Figures]] = {name: [] for _, _, name in WAYS}
    with serving("benchmarks.page_server", "--customers", customers) as url:
        for turn in range(runs):
            step = 1 + turn % (len(WAYS) - 1)
            for place in range(len(WAYS)):
                job, more, name = WAYS[(turn + step * place) % len(WAYS)]
                figures = run("benchmarks.fetching", job, url, *more)
                calls = calls_counted(url)
                figures.notes["calls"] = calls
                measured[name].append(figures)
                told(f"{turn + 1}/{runs} {name}: {figures.seconds:.1f} s, {figures.peak_mb:.0f} MB")
    return measured


def calls_counted(url: str) -> int:
    """The requests that the list server has had since it was asked last."""
    with urllib.request.urlopen(f"{url}/calls") as answer:  # noqa: S310 - our own server
        return int(answer.read())


def scaled(sizes: tuple[int, ...]) -> Iterator[Scaled]:
    """From ten thousand up: what each way takes of as many."""
    for size in sizes:
        with (
            sandbox.start(size) as box,
            tempfile.TemporaryDirectory() as folder,
        ):
            known = (box.url, box.app_id, box.app_token)
            for way, job, more in (
                ("fetch_customers()", "fetched", ("list",)),
                ('fetch_customers(via="export")', "fetched", ("export",)),
                ("save_customers()", "saved", ("list", f"{folder}/listed")),
                ('save_customers(via="export")', "saved", ("export", f"{folder}/exported")),
            ):
                figures = run("benchmarks.scale", job, *known, *more)
                assert figures.rows == size, f"{way}: {figures.rows} of {size}"
                told(f"{size:,} {way}: {figures.seconds:.1f} s, {figures.peak_mb:.0f} MB")
                yield Scaled(size, way, figures)


def planned(sizes: tuple[tuple[int, int], ...]) -> list[Figures]:
    """Planning edits of so many customers among so many: the worst run of each."""
    found = []
    for customers, rows in sizes:
        with sandbox.start(customers) as box:
            known = (box.url, box.app_id, box.app_token)
            runs = [run("benchmarks.planning", "planned", *known, rows) for _ in range(RUNS)]
        worst = worst_of(runs)
        told(f"planned {worst.rows:,} edits: {worst.notes}")
        found.append(worst)
    return found


def remembered(sizes: tuple[tuple[int, str], ...]) -> list[tuple[str, Figures]]:
    """What is remembered of fetches of so many customers of a kind."""
    found = []
    for customers, kind in sizes:
        with serving("benchmarks.page_server", "--customers", customers, "--kind", kind) as url:
            runs = [run("benchmarks.remembering", "remembered", url) for _ in range(RUNS)]
        worst = worst_of(runs)
        told(f"remembered of {customers:,} {kind} customers: {worst.notes}")
        found.append((_KINDS[kind], worst))
    return found


#: Customers of the page server, as the results call them.
_KINDS = {"plain": "flat metadata", "nested": "three nested keys in every row"}


def started(runs: int) -> Figures:
    """What the import and the first rows take; fails where they take too much."""
    with sandbox.start() as box:
        each = [
            run("benchmarks.start", "started", box.url, box.app_id, box.app_token)
            for _ in range(runs)
        ]
    # A busy machine slows all runs: the best one tells whether the code has become slower.
    best = min(each, key=lambda figures: figures.seconds)
    import_cpu_s = min(figures.notes["import_cpu_seconds"] for figures in each)
    told(
        f"start: {import_cpu_s:.2f} s of CPU for the import, {best.seconds:.2f} s to the first rows"
    )
    assert import_cpu_s <= MOST_IMPORT_CPU_S, f"importing takes {import_cpu_s:.2f} s of CPU"
    assert best.seconds <= MOST_FIRST_ROWS_S, f"the first rows take {best.seconds:.2f} s"
    return median_of(each)


def in_readme(text: str, results: Results) -> str:
    """The README with its figures replaced by those of this run."""
    lines = "\n".join(textwrap.wrap(readme_sentence(results), 103, break_long_words=False))
    replaced, count = _SENTENCE.subn(lambda _: lines, text)
    assert count == 1, "the README's figures have not been found"
    return replaced


#: Customers, and how many of them are edited.
_PLANNED = ((100_000, 5_000), (100_000, 100_000), (1_000_000, 10_000))
_PLANNED_QUICK = ((2_000, 500),)

#: Customers, and their kind.
_REMEMBERED = ((100_000, "plain"), (100_000, "nested"), (1_000_000, "plain"))
_REMEMBERED_QUICK = ((2_000, "plain"), (2_000, "nested"))


def quotas(customers: int) -> Iterator[tuple[str, Simulated]]:
    """Two of the vendor's limits."""
    for name, limit, window_s in (
        ("100 calls an hour (the vendor's own sandbox project)", 100, 3_600),
        ("100 calls a minute (small plans)", 100, 60),
    ):
        for simulated in quota_bound(customers, limit=limit, window_s=window_s):
            told(f"{name}: {simulated}")
            yield name, simulated


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers; writes nothing")
    parser.add_argument(
        "--planning", action="store_true", help="measures and writes only what planning takes"
    )
    options = parser.parse_args()
    quick = options.quick
    planning = partial(planned, _PLANNED_QUICK if quick else _PLANNED)
    remembering = partial(remembered, _REMEMBERED_QUICK if quick else _REMEMBERED)
    if options.planning:
        sections = (planned_text(planning()), remembered_text(remembering()))
        texts = ["\n\n".join([*each, measured_later()]) for each in sections]
        print("\n\n".join(texts))
        if not quick:
            page = HERE / "RESULTS.md"
            page.write_text(with_sections(page.read_text("utf-8"), texts), encoding="utf-8")
        return
    results = Results(
        rounds=side_by_side(5_000 if quick else 100_000, runs=1 if quick else 8),
        latency=[latency_bound(20_000, workers) for workers in (1, 2, 4, 8)],
        quotas=list(quotas(1_000 if quick else 20_000)),
        scaled=list(scaled((1_000, 5_000) if quick else (10_000, 100_000, 1_000_000))),
        planned=planning(),
        remembered=remembering(),
        start=started(runs=1 if quick else 5),
    )
    customers = 40_000 if quick else 1_000_000
    cluster = beyond.measured(customers, runs=1 if quick else 3)
    text = beyond.in_results(text_of(results), beyond.section(customers, cluster))
    print(text)
    if not quick:
        (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
        beyond.write(text)
        draw(results, CHART)
        README.write_text(in_readme(README.read_text("utf-8"), results), encoding="utf-8")


if __name__ == "__main__":
    main()
