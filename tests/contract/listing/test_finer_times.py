"""Listings of an API whose clock is finer than what it shows, over real HTTP."""

from __future__ import annotations

import warnings
from datetime import timedelta

import pytest

from tests.contract.listing.test_listing import START, iso
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
    ("shown", "compared"),
    [("ms", "us"), ("ms", "ms"), ("ms", "s"), ("s", "us"), ("s", "ms"), ("s", "s")],
)
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("ids_in_order", [True, False])
def test_ties_lose_nobody(sandbox, make_project, shown, compared, bounds, total, ids_in_order):
    customers = created(700, every_ms=400, ties=130)
    if not ids_in_order:  # those of a second come in the order of their ids
        for i, customer in enumerate(customers):
            customer["id"] = f"cust_{i * 389 % 700:06d}"
    sandbox.reset(customers)
    sandbox.set(
        times_shown=shown,
        times_compared=compared,
        cursor=bounds,
        range_bounds=bounds,
        total_present=total,
    )
    assert sorted(fetched(make_project(workers=1))) == sorted(c["id"] for c in customers)


@pytest.mark.parametrize(
    ("shown", "compared"), [("ms", "us"), ("ms", "s"), ("s", "ms"), ("s", "us")]
)
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


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_a_span_inside_seconds_loses_nobody(sandbox, make_project, bounds):
    customers = created(700, every_ms=400, ties=90)
    sandbox.reset(customers)
    sandbox.set(times_compared="s", total_present=False, cursor=bounds, range_bounds=bounds)
    found = make_project(workers=1).fetch_customers(
        created_after=START + timedelta(milliseconds=400),
        created_before=START + timedelta(milliseconds=1_601),
        progress=False,
    )
    assert sorted(found.index) == [c["id"] for c in customers[90:450]]


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_a_window_of_the_past_counts_what_it_has_asked_for(sandbox, make_project, bounds):
    """The API counts whole seconds, the user asks for parts of them: no accusation follows."""
    customers = created(900, every_ms=7)
    sandbox.reset(customers)
    sandbox.set(cursor=bounds, range_bounds=bounds)
    with warnings.catch_warnings():
        warnings.simplefilter("error", VfyNotebookWarning)
        found = make_project(workers=1).fetch_customers(
            created_after=START + timedelta(milliseconds=703),
            created_before=START + timedelta(milliseconds=5_300),
            progress=False,
        )
    ids = [c["id"] for i, c in enumerate(customers) if 703 <= 7 * i < 5_300]
    assert sorted(found.index) == ids
