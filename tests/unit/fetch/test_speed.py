"""What several workers gain where each call takes a tenth of a second: counted, not measured."""

from __future__ import annotations

import random

import pyarrow.parquet as pq
import pytest

from tests.properties.test_parallel_listing import PATTERNS
from tests.unit.fetch.timed_api import TimedApi
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.fetch.customers import fetch_customers
from vfy_notebook.fetch.saving.customers import save_customers

COUNT = 20_000


@pytest.fixture
def serve(monkeypatch):
    def made(pattern):
        return TimedApi(PATTERNS[pattern](random.Random(1), COUNT), monkeypatch)

    return made


def fetch(api, *, workers):
    return fetch_customers(
        api, CustomerQuery(), order="created_at", limit=None, workers=workers, progress=False
    )


def save(api, path, *, workers):
    return save_customers(
        api, CustomerQuery(), path, via="list", replace=False, workers=workers, progress=False
    )


@pytest.mark.parametrize(
    ("pattern", "times"),
    [
        ("anywhere", 7.2),
        ("growing", 7.2),
        ("large imports", 7.2),
        # A round is lost before it is known where nearly all of them lie.
        ("moved in last", 6.9),
        ("moved in within a second", 6.9),
    ],
)
def test_fetched_by_eight_workers_seven_times_as_fast(serve, pattern, times):
    alone, shared = serve(pattern), serve(pattern)
    frame = fetch(alone, workers=1)
    assert fetch(shared, workers=8).equals(frame)
    assert len(frame) == COUNT
    assert alone.passed_s >= 20
    assert shared.passed_s <= alone.passed_s / times
    assert shared.most_at_once == 8
    assert shared.calls.total <= COUNT // 100 + 8


@pytest.mark.parametrize("pattern", ["anywhere", "large imports"])
def test_saved_by_eight_workers_seven_times_as_fast(serve, tmp_path, pattern):
    alone, shared = serve(pattern), serve(pattern)
    save(alone, tmp_path / "alone", workers=1)
    save(shared, tmp_path / "shared", workers=8)
    first, second = (pq.read_table(tmp_path / name) for name in ("alone", "shared"))
    assert first.num_rows == COUNT
    by = [("created_at", "ascending"), ("customer_id", "ascending")]
    assert second.sort_by(by).equals(first.sort_by(by))
    assert shared.passed_s <= alone.passed_s / 6.9
    assert shared.most_at_once == 8
    assert shared.calls.total <= 1 + COUNT // 100 + 8
