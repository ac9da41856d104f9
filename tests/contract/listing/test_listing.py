"""`fetch_customers` against the sandbox: complete, in order, in few calls."""

from __future__ import annotations

import logging
import warnings
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import vfy_notebook as vfy
from vfy_notebook.api.listing.walking import ties
from vfy_notebook.api.models import Customer, CustomerPage
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    ServerError,
    TieGroupError,
)
from vfy_notebook.frames.customers import customers_frame

START = datetime(2025, 1, 1, tzinfo=UTC)


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def made(count, *, ties=1, prefix="c", start=START):
    """Customers in groups of `ties` that share a millisecond."""
    return [
        {
            "id": f"cust_{prefix}{i:06d}",
            "source_id": f"{prefix}-{i}",
            "created_at": iso(start + timedelta(milliseconds=i // ties)),
        }
        for i in range(count)
    ]


def fetch(project, **arguments):
    return project.fetch_customers(progress=False, **arguments)


@pytest.mark.parametrize("cursor", ["exclusive", "inclusive"])
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("has_more", [True, False])
@pytest.mark.parametrize("tied", [1, 7, 250])
def test_every_customer_once_whatever_the_vendor_meant(
    sandbox, project, cursor, bounds, has_more, tied
):
    customers = made(600, ties=tied)
    sandbox.reset(customers)
    sandbox.set(cursor=cursor, range_bounds=bounds, has_more=has_more, extra_fields=True)
    frame = fetch(project)
    assert list(frame.index) == [c["id"] for c in customers]


def test_without_ties_calls_are_pages_and_at_most_two(sandbox, project):
    sandbox.reset(made(1_000))
    assert len(fetch(project)) == 1_000
    assert project.calls.total <= 10 + 2


def test_a_tie_group_longer_than_page_numbers_reach(sandbox, project):
    sandbox.reset([*made(10_500, ties=10_500), *made(3, prefix="z", start=START + timedelta(1))])
    frame = fetch(project)
    assert frame.index.is_unique
    assert len(frame) == 10_503


def test_a_tie_group_beyond_all_means_is_named_and_the_rest_is_not_lost(
    sandbox, project, monkeypatch
):
    monkeypatch.setattr(ties, "MAX_PAGE", 1)  # else it takes 50,000 customers to get there
    sandbox.reset(made(700, ties=700))
    with pytest.raises(TieGroupError, match=r"700 customers .*2025-01-01T00:00:00.000Z") as info:
        fetch(project)
    assert "export" in str(info.value)
    assert len(info.value.partial) >= 100


def test_the_demo_needs_at_most_32_calls():
    with vfy.demo() as project:
        frame = fetch(project)
        assert len(frame) == 2_357
        assert frame.index.is_unique
        assert project.calls.total <= 32


def test_customers_created_meanwhile_neither_disturb_nor_warn(sandbox, project):
    sandbox.reset(made(300, ties=30))
    late = made(40, prefix="new", start=datetime.now(UTC) - timedelta(hours=1))
    sandbox.script({"path": "/v1/customers", "nth": 2, "do": "run", "insert": late})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = fetch(project)
    assert len(frame) == 340
    assert frame.index.is_unique


def test_a_difference_to_the_apis_count_is_told(sandbox, project):
    sandbox.reset(made(300))
    # Older than what has been read already: no listing could have met them.
    behind = made(5, prefix="old", start=START - timedelta(days=1))
    meanwhile = {"do": "run", "insert": behind, "remove": ["c-299"]}
    sandbox.script({"path": "/v1/customers", "nth": 3, **meanwhile})
    with pytest.warns(IncompleteListingWarning, match=r"Read 299 .*counts 304.*Fetch again"):
        frame = fetch(project)
    assert len(frame) == 299


# -- orders and limits -------------------------------------------------------------------------


@pytest.mark.parametrize("nulls_order", ["first", "last"])
@pytest.mark.parametrize(
    "order",
    ["created_at", "-created_at", "updated_at", "-updated_at", "source_id", "-source_id"],
)
def test_order_is_the_order_of_the_rows(sandbox, project, order, nulls_order):
    customers = made(250, ties=20)
    for i, customer in enumerate(customers):
        if i % 3:
            customer["updated_at"] = iso(START + timedelta(days=(i * 37) % 100))
        if i % 10 == 0:
            customer["source_id"] = None
    sandbox.reset(customers)
    sandbox.set(nulls_order=nulls_order)
    frame = fetch(project, order=order)
    assert len(frame) == 250
    values = frame[order.removeprefix("-")].dropna()
    assert values.is_monotonic_decreasing if order[0] == "-" else values.is_monotonic_increasing
    assert frame[order.removeprefix("-")].isna().tolist() == sorted(
        frame[order.removeprefix("-")].isna()
    )


@pytest.mark.parametrize("order", ["created_at", "-created_at", "updated_at", "-source_id"])
@pytest.mark.parametrize("limit", [1, 100, 101, 230, 1_000])
def test_a_limit_gives_the_first_rows_of_the_order(sandbox, project, order, limit):
    customers = made(300, ties=1)
    for i, customer in enumerate(customers):
        customer["updated_at"] = iso(START + timedelta(days=(i * 37) % 300))
    sandbox.reset(customers)
    whole = fetch(project, order=order)
    first = fetch(project, order=order, limit=limit)
    assert list(first.index) == list(whole.index[:limit])


@pytest.mark.parametrize("nulls_order", ["first", "last"])
@pytest.mark.parametrize("order", ["updated_at", "-updated_at", "source_id", "-source_id"])
@pytest.mark.parametrize("limit", [5, 60])
def test_a_limit_passes_over_customers_without_a_value(sandbox, project, order, nulls_order, limit):
    customers = made(150)
    for i, customer in enumerate(customers):
        if i % 3 == 0:
            customer["updated_at"] = iso(START + timedelta(days=(i * 37) % 150))
        else:
            customer["source_id"] = None
    sandbox.reset(customers)
    sandbox.set(nulls_order=nulls_order)
    whole = fetch(project, order=order)
    assert list(fetch(project, order=order, limit=limit).index) == list(whole.index[:limit])


def test_the_last_updated_cost_two_calls_where_others_come_before_them(sandbox, project):
    customers = made(300)
    for i, customer in enumerate(customers[:40]):
        customer["updated_at"] = iso(START + timedelta(days=i))
    sandbox.reset(customers)
    sandbox.set(nulls_order="last")  # of the ascending order: first in this one
    assert list(fetch(project, order="-updated_at", limit=5).index) == [
        f"cust_c{i:06d}" for i in (39, 38, 37, 36, 35)
    ]
    assert project.calls.total == 2


def test_an_order_that_the_api_does_not_keep_is_no_reason_to_believe_a_page(project, monkeypatch):
    pages = [
        CustomerPage(
            [
                Customer(
                    f"cust_{day}", created_at=iso(START), updated_at=iso(START + timedelta(day))
                )
                for day in (2, 3, 1)
            ],
            total=total,
            has_more=has_more,
        )
        for total, has_more in ((9, True), (3, False))
    ]
    monkeypatch.setattr(project._api, "list_customers", lambda *_: pages.pop(0))
    frame = fetch(project, order="updated_at", limit=2)
    assert list(frame.index) == ["cust_1", "cust_2"]


def test_numpys_whole_numbers_are_whole_numbers(sandbox, project):
    sandbox.reset(made(3))
    assert len(fetch(project, limit=np.int64(2))) == 2


@pytest.mark.parametrize("order", ["created_at", "-created_at", "updated_at", "-source_id"])
def test_a_limit_of_a_page_costs_one_call(sandbox, project, order):
    sandbox.reset([customer | {"updated_at": customer["created_at"]} for customer in made(300)])
    fetch(project, order=order, limit=100)
    assert project.calls.total == 1


def test_the_first_few_by_update_are_told_like_all_others(sandbox, project, capsys, monkeypatch):
    sandbox.reset([customer | {"updated_at": customer["created_at"]} for customer in made(300)])
    sandbox.set(rate_limit={"limit": 1, "window_s": 60})
    waited = []
    monkeypatch.setattr(
        "vfy_notebook.progress.Progress.waits", lambda _, seconds, _why: waited.append(seconds)
    )
    for _ in range(2):
        project.fetch_customers(order="updated_at", limit=5, progress=True)
    assert max(waited) > 50
    assert capsys.readouterr().err.count("Fetching customers: 5 customers · 1 API call\n") == 2


def test_the_newest_few_need_few_calls(sandbox, project):
    sandbox.reset(made(3_000))
    assert len(fetch(project, order="-created_at", limit=250)) == 250
    assert project.calls.total <= 4


# -- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_spans_of_time_hold_their_beginning_and_not_their_end(sandbox, project, bounds):
    sandbox.reset(made(300))
    sandbox.set(range_bounds=bounds)
    frame = fetch(
        project,
        created_after=START + timedelta(milliseconds=100),
        created_before=START + timedelta(milliseconds=250),
    )
    assert [int(s.split("-")[1]) for s in frame["source_id"]] == list(range(100, 250))


@pytest.mark.parametrize("order", ["source_id", "updated_at"])
def test_so_do_spans_of_which_one_page_has_all(sandbox, project, order):
    sandbox.reset([customer | {"updated_at": customer["created_at"]} for customer in made(20)])
    span = [START + timedelta(milliseconds=ms) for ms in (5, 15)]
    frame = fetch(project, order=order, limit=50, created_after=span[0], created_before=span[1])
    assert sorted(int(s.split("-")[1]) for s in frame["source_id"]) == list(range(5, 15))


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_updates_are_filtered_alike(sandbox, project, bounds):
    customers = made(300)
    for i, customer in enumerate(customers[:290]):
        customer["updated_at"] = iso(START + timedelta(days=i))
    sandbox.reset(customers)
    sandbox.set(range_bounds=bounds)
    frame = fetch(
        project, updated_after=START + timedelta(10), updated_before=START + timedelta(20)
    )
    assert [int(s.split("-")[1]) for s in frame["source_id"]] == list(range(10, 20))


@pytest.mark.parametrize(
    "moment",
    [
        "2025-01-01T00:00:00.100",
        "2025-01-01T01:00:00.100+01:00",
        START + timedelta(milliseconds=100),
        (START + timedelta(milliseconds=100)).replace(tzinfo=None),
        pd.Timestamp("2025-01-01T00:00:00.1"),
        pd.Timestamp("2025-01-01T09:00:00.1", tz="Asia/Tokyo"),
    ],
)
def test_dates_in_any_form_and_naive_ones_in_utc(sandbox, project, moment):
    sandbox.reset(made(300))
    assert len(fetch(project, created_after=moment)) == 200
    assert len(fetch(project, created_before=date(2025, 1, 1))) == 0


def test_text_filters_reach_the_api_unharmed(sandbox, project):
    customers = made(5)
    customers[1] |= {"email": "a+b@example.com", "name": "Ł & ö = ?", "address": {"city": "Łódź"}}
    sandbox.reset(customers)
    for filters in ({"email": "a+b@example.com"}, {"name": "Ł & ö = ?"}, {"city": "Łódź"}):
        assert list(fetch(project, **filters).index) == ["cust_c000001"]


def test_no_customers_give_the_same_columns(sandbox, project):
    empty = fetch(project)
    sandbox.reset(made(1))
    one = fetch(project)
    assert len(empty) == 0
    assert empty.index.name == one.index.name == "customer_id"
    assert empty.dtypes.to_dict() == one.dtypes.to_dict()
    assert empty.index.dtype == one.index.dtype


# -- manners -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"limit": 0}, "limit=0.*1"),
        ({"limit": -1}, "limit"),
        ({"limit": 2.5}, "whole number"),
        ({"limit": True}, "whole number"),
        ({"limit": np.bool_(True)}, "whole number"),
        ({"order": "name"}, r"'created_at', '-created_at'"),
        ({"created_after": "next tuesday"}, "created_after='next tuesday' is not a date"),
        ({"created_after": 20240101}, "created_after"),
        ({"created_after": "03/02/2024"}, "created_after='03/02/2024' is not a date"),
        ({"created_after": "now"}, "created_after='now' is not a date"),
        ({"created_after": "2024-31-01"}, "created_after='2024-31-01' is not a date"),
        ({"updated_before": pd.NaT}, "updated_before"),
        ({"created_after": "2025-02-01", "created_before": "2025-01-01"}, "not before"),
        ({"email": ""}, "email"),
        ({"city": 7}, "city"),
        ({"name": "half a \ud83d"}, "half a character"),
        ({"segment": "seg_\ud83d"}, "half a character"),
    ],
)
def test_bad_arguments_are_refused_before_any_call(sandbox, project, arguments, told):
    with pytest.raises(ArgumentError, match=told):
        fetch(project, **arguments)
    assert isinstance(ArgumentError(), ValueError)
    assert sandbox.requests() == []


def test_an_interrupted_fetch_gives_what_had_arrived(sandbox, project, monkeypatch, caplog):
    sandbox.reset(made(1_000))
    answers = []

    def interrupted(record):
        """Whoever listens to the log hears of each answer as it has come in."""
        answers.append(record)
        if len(answers) == 4:
            raise KeyboardInterrupt
        return True

    monkeypatch.setattr(caplog.handler, "filters", [interrupted])
    with (
        caplog.at_level(logging.DEBUG, logger="vfy_notebook"),
        pytest.raises(KeyboardInterrupt) as info,
    ):
        fetch(project)
    assert isinstance(info.value, FetchInterrupted)
    assert 199 <= len(info.value.partial) <= 300  # a row of each page comes again on the next
    whole = customers_frame([Customer(id="cust_1")])
    assert info.value.partial.dtypes.to_dict() == whole.dtypes.to_dict()


def test_a_fetch_that_fails_on_the_way_keeps_what_had_arrived(sandbox, project):
    sandbox.reset(made(500))
    sandbox.script(
        {"path": "/v1/customers", "nth": list(range(3, 20)), "do": "status", "status": 500}
    )
    with pytest.raises(ServerError) as info:
        fetch(project)
    assert len(info.value.partial) >= 100
