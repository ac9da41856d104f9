"""Listings of an API whose clock is finer than what it shows, over real HTTP."""

from __future__ import annotations

import warnings
from datetime import timedelta

import pytest

from tests.contract.test_listing import START, iso
from vfy_notebook.errors import VfyNotebookWarning


def created(count, *, every_ms, ties=1):
    return [
        {
            "id": f"cust_{i:06d}",
            "created_at": iso(START + timedelta(milliseconds=every_ms * (i // ties))),
        }
        for i in range(count)
    ]


def fetched(project):
    with warnings.catch_warnings():
        warnings.simplefilter("error", VfyNotebookWarning)  # no untrue accusation
        return list(project.fetch_customers(progress=False).index)


@pytest.mark.parametrize(
    ("shown", "compared"), [("ms", "us"), ("ms", "ms"), ("s", "us"), ("s", "ms"), ("s", "s")]
)
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("total", [True, False])
def test_ties_lose_nobody(sandbox, make_project, shown, compared, bounds, total):
    customers = created(700, every_ms=400, ties=130)
    sandbox.reset(customers)
    sandbox.set(
        times_shown=shown,
        times_compared=compared,
        cursor=bounds,
        range_bounds=bounds,
        total_present=total,
    )
    assert sorted(fetched(make_project(workers=1))) == [c["id"] for c in customers]


@pytest.mark.parametrize(("shown", "compared"), [("ms", "us"), ("s", "ms"), ("s", "us")])
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_large_listings_lose_nobody_at_a_cut(
    sandbox, make_project, shown, compared, workers, bounds
):
    customers = created(6_000, every_ms=16)
    sandbox.reset(customers)
    sandbox.set(times_shown=shown, times_compared=compared, cursor=bounds, range_bounds=bounds)
    project = make_project(workers=workers)
    assert sorted(fetched(project)) == [c["id"] for c in customers]
    assert project.calls.total <= 6_000 // 100 * 2 + 40
