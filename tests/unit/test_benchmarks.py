"""`make bench` measures what it says: the ways are complete, and their figures become a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import beyond
from benchmarks.__main__ import in_readme
from benchmarks.process import ROOT, Figures, median_of, run, serving, worst_of
from benchmarks.results import (
    BARE,
    LOOP,
    OURS,
    PLANNING,
    REMEMBERING,
    SDK,
    Results,
    Scaled,
    text_of,
    with_sections,
)
from benchmarks.simulated import Simulated, latency_bound
from benchmarks.values import KNOWN, digest, fetched
from vfy_notebook import sandbox


def figures(seconds, peak_mb, **notes):
    notes = {"calls": 10, "megabytes": 1.0, **notes}
    return Figures(seconds, seconds / 2, 0.5, peak_mb, 1_000, notes)


@pytest.mark.parametrize("way", ["bare_download", "vfy_notebook", "requests_and_json_normalize"])
def test_each_way_fetches_all(way):
    with serving("benchmarks.page_server", "--customers", 300) as url:
        measured = run("benchmarks.fetching", way, url)
    assert measured.rows == 300
    assert measured.seconds > 0
    assert measured.peak_mb > 10


@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_each_value_is_what_it_was(kind):
    """`python -m benchmarks.values` compares 100,000; who means a change writes it down there."""
    with serving("benchmarks.page_server", "--customers", 3_000, "--kind", kind) as url:
        assert digest(fetched(url)) == KNOWN[3_000, kind]


def test_latency_is_counted_in_calls_that_follow_one_another():
    alone, shared = latency_bound(6_000, 1), latency_bound(6_000, 4)
    assert alone.rows == shared.rows == 6_000
    assert alone.seconds == pytest.approx(0.1 * alone.calls)
    assert shared.seconds < alone.seconds / 3


def test_medians_are_of_each_figure():
    runs = [figures(1.0, 300), figures(3.0, 100), figures(2.0, 200)]
    assert median_of(runs) == figures(2.0, 200)


def test_the_page_tells_ratios():
    plan = figures(
        4.0,
        900,
        plan_cpu_seconds=1.5,
        batch_cpu_seconds=0.5,
        requests=187,
        customers=70,
        changed=50,
        frames_mb=400.0,
        planned_mb=500.0,
    )
    fetch = figures(
        2.0,
        300,
        own_mb=3.0,
        frame_mb=100.0,
        fetch_mb=300.0,
        imported_mb=150.0,
        snapshot_cpu_seconds=0.1,
    )
    results = Results(
        rounds={
            BARE: [figures(1.0, 30), figures(1.0, 30), figures(2.0, 30)],
            OURS: [figures(2.0, 250), figures(2.2, 240), figures(3.8, 260)],
            LOOP: [figures(8.0, 1_000), figures(8.0, 1_000), figures(16.0, 1_000)],
            SDK: [figures(20.0, 1_250), figures(20.0, 1_250), figures(40.0, 1_250)],
        },
        latency=[
            Simulated("1 worker", 100, 10, 0, 8.0),
            Simulated("8 workers", 100, 12, 0, 1.0),
        ],
        quotas=[("100 calls an hour", Simulated("a loop", 90, 12, 2, 7_200.0))],
        scaled=[Scaled(1_000, "save_customers()", figures(0.1, 160))],
        planned=[plan],
        remembered=[("flat metadata", fetch)],
        start=figures(0.3, 150, import_cpu_seconds=0.2),
    )
    text = text_of(results)
    ratio = "2.00 (1.90 to 2.20)"
    assert f"| vfy-notebook | 10 | 2.20 | 1.10 | {ratio} | {ratio} | 250 | 0.50 |" in text
    # The README says what the worst round says, for us.
    assert "takes 2.2 times as long" in text
    assert "in the worst of 3 rounds" in text
    assert "3.6 times as fast in 26 % of the memory" in text
    assert "9.1 times as fast in 21 % of the memory" in text
    readme = (ROOT / "README.md").read_text()
    written = in_readme(readme, results)
    assert written != readme
    assert "takes 2.2 times as long" in written
    assert in_readme(written, results) == written
    assert "| 8 workers | 12 | 1.0 | 8.0 |" in text
    assert "| 100 calls an hour | a loop | 90 | 12 | 2 | 2.00 |" in text
    assert "| `save_customers()` | 1,000 | 10 | 0.1 | 100 | 160 |" in text
    assert "| 1,000 | 50 × 20 of 70 | 1.50 | 0.50 | 187 | 400 | 500 | 900 |" in text
    assert "| 1,000, flat metadata | 100 | 300 | 3.0 | 1.0 % | 2.0 % | 3.0 % | 0.10 |" in text
    # Measured again on their own, these sections replace what is there, and nothing else.
    again = with_sections(text, [f"{PLANNING}\n\nnew", f"{REMEMBERING}\n\nnew too"])
    assert "50 × 20" not in again
    assert "flat metadata" not in again
    assert again.index("## Scale") < again.index("new\n\n") < again.index("## Start")
    assert again.count("## ") == text.count("## ")


def test_the_worst_of_runs_is_of_each_figure():
    runs = [figures(1.0, 300, cpu=2.0), figures(3.0, 100, cpu=1.0)]
    assert worst_of(runs) == replace(figures(3.0, 300, cpu=2.0), cpu_seconds=1.5)


def test_the_page_on_copies_has_the_figures_of_the_results():
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text()
    page = beyond.PAGE.read_text()
    assert beyond.in_page(page, results) == page
    notes = {"join_seconds": 2.5, "rfm_seconds": 5, "worker_mb": 5, "worker_cpu_seconds": 0}
    worst = Figures(1.0, 1.2, 0.5, 700.0, 10, notes)
    measured = {way: [worst] for way, *_ in beyond.WAYS}
    again = beyond.in_results(results, beyond.section(1_000, measured))
    written = beyond.in_page(page, again)
    assert "| DuckDB | 2.5 | 5.0 | 1.2 | – | 700 | – |" in written
    assert written != page
    assert beyond.in_page(written, results) == page


def test_what_planning_and_remembering_take_is_measured():
    with serving("benchmarks.page_server", "--customers", 300, "--kind", "nested") as url:
        fetch = run("benchmarks.remembering", "remembered", url)
    assert fetch.rows == 300
    assert 0 < fetch.notes["own_mb"] < fetch.notes["frame_mb"]
    assert fetch.notes["imported_mb"] < fetch.notes["fetch_mb"]
    with sandbox.start(200) as box:
        plan = run("benchmarks.planning", "planned", box.url, box.app_id, box.app_token, 50)
    assert plan.rows == 50 * 20
    assert plan.notes["frames_mb"] <= plan.notes["planned_mb"] <= plan.peak_mb
