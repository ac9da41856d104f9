"""Orders and redemptions by export: typed, complete or told, in a few calls."""

from __future__ import annotations

import contextlib
import warnings
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.contract.export_server import Script, plain, serving
from tests.contract.listing.test_listing import iso, made
from tests.fake_clock import FakeClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    ResponseError,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.project import Project

START = datetime(2025, 1, 1, tzinfo=UTC)
#: So far apart that nothing looks like an import.
APART = timedelta(hours=7)


def orders(count, *, apart=APART, **fields):
    return [
        {
            "id": f"ord_{i:05d}",
            "source_id": f"web-{i}" if i % 3 else None,
            "created_at": iso(START + i * apart),
            "updated_at": iso(START + i * apart + timedelta(days=1)) if i % 2 else None,
            "status": ("CREATED", "PAID", "CANCELED", "FULFILLED")[i % 4],
            "amount": 2**53 + 1 + i,
            "discount_amount": i,
            "customer_id": f"cust_c{i % 10:06d}",
            "metadata": {},
            **fields,
        }
        for i in range(count)
    ]


def fetch(project, **filters):
    return project.fetch_orders(progress=False, **filters)


# -- what comes ------------------------------------------------------------------------------------


def test_orders_are_typed_and_oldest_first(sandbox, project):
    sandbox.reset(made(10), orders=orders(50)[::-1])
    frame = fetch(project)
    assert list(frame.index) == [f"ord_{i:05d}" for i in range(50)]
    assert frame.index.name == "order_id"
    assert frame.dtypes.astype(str).to_dict() == {
        **dict.fromkeys(("source_id", "status", "customer_id", "referrer_id"), "str"),
        **dict.fromkeys(
            (
                "amount",
                "discount_amount",
                "items_discount_amount",
                "total_discount_amount",
                "total_amount",
            ),
            "Int64",
        ),
        **dict.fromkeys(("created_at", "updated_at"), "datetime64[us, UTC]"),
    }
    assert frame["amount"].tolist() == [2**53 + 1 + i for i in range(50)]
    assert frame["created_at"].iloc[7] == pd.Timestamp(START + 7 * APART)
    assert pd.isna(frame["source_id"].iloc[3])
    assert pd.isna(frame["updated_at"].iloc[0])
    assert frame["customer_id"].iloc[13] == "cust_c000003"


def test_the_metadata_of_orders_has_their_own_schema(sandbox, project):
    metadata = {"channel": "app", "zip": "00042", "n": 7, "gift": True, "tags": ["a", "b"]}
    schema = {
        "channel": {"type": "string"},
        "zip": {"type": "string"},
        "n": {"type": "number"},
        "gift": {"type": "boolean"},
        "tags": {"type": "string", "array": True},
        "status": {"type": "string"},
    }
    sandbox.reset(
        made(10),
        metadata_schema={"properties": {"zip": {"type": "number"}}},
        orders=orders(6, metadata={**metadata, "status": "called like a field"}),
        other_schemas={"order": {"properties": schema}},
    )
    frame = fetch(project)
    first = frame.iloc[0]
    assert {key: first[f"metadata.{key}"] for key in metadata} == metadata
    assert set(frame["metadata.status"]) == {"called like a field"}
    assert frame["status"].iloc[1] == "PAID"
    assert str(frame["metadata.n"].dtype) == "Int64"


@pytest.mark.parametrize("titles", ["display", "fields", "titles", "mixed"])
@pytest.mark.parametrize("dotted", ["plain", "dotted"])
def test_metadata_keys_that_are_named_like_fields_take_no_fields_place(
    sandbox, project, titles, dotted
):
    keys = ["Status", "amount", "Creation Date", "id", "Customer ID", "metadata", "total amount"]
    sandbox.reset(
        made(10),
        orders=orders(5, metadata={key: f"{key} of the shop" for key in keys}),
        other_schemas={"order": {"properties": {key: {"type": "string"} for key in keys}}},
    )
    sandbox.set(export_titles=titles, export_metadata=dotted)
    frame = fetch(project)
    assert list(frame.index) == [f"ord_{i:05d}" for i in range(5)]
    assert frame["status"].tolist() == ["CREATED", "PAID", "CANCELED", "FULFILLED", "CREATED"]
    assert frame["amount"].iloc[0] == 2**53 + 1
    assert frame["customer_id"].iloc[3] == "cust_c000003"
    assert {key: frame[f"metadata.{key}"].iloc[0] for key in keys} == {
        key: f"{key} of the shop" for key in keys
    }


@pytest.mark.parametrize("kind", ["orders", "redemptions"])
def test_no_rows_have_all_columns_and_their_dtypes(sandbox, project, kind):
    empty = getattr(project, f"fetch_{kind}")(progress=False)
    sandbox.reset(made(10), orders=orders(3), redemptions=[{"customer_id": "cust_c000001"}])
    filled = getattr(project, f"fetch_{kind}")(progress=False)
    assert len(empty) == 0 < len(filled)
    assert empty.index.name == filled.index.name
    assert empty.dtypes.equals(filled.dtypes)


@pytest.mark.parametrize("times", ["ms", "us", "offset"])
@pytest.mark.parametrize("titles", ["display", "fields", "titles", "mixed"])
@pytest.mark.parametrize("files", ["one", "untitled"])
def test_the_same_orders_however_the_file_is_written(sandbox, project, times, titles, files):
    sandbox.reset(made(10), orders=orders(30))
    usual = fetch(project)
    sandbox.set(history_times=times, export_titles=titles, export_files=files)
    pd.testing.assert_frame_equal(fetch(project), usual)


@pytest.mark.parametrize("numbers", ["plain", "decimals"])
@pytest.mark.parametrize("titles", ["display", "fields", "titles", "mixed"])
def test_the_same_redemptions_however_the_file_is_written(sandbox, project, numbers, titles):
    sandbox.reset(made(10), orders=orders(3), redemptions=redemptions(12))
    usual = project.fetch_redemptions(progress=False)
    assert usual["order_amount"].iloc[0] == 2**53 + 1
    sandbox.set(export_numbers=numbers, export_titles=titles)
    pd.testing.assert_frame_equal(project.fetch_redemptions(progress=False), usual)


def redemptions(count):
    return [
        {
            "id": f"r_{i:05d}",
            "object": "redemption_rollback" if i % 4 == 3 else "redemption",
            "date": iso(START + i * APART),
            "customer_id": f"cust_c{i % 10:06d}",
            "voucher_code": f"CODE-{i}",
            "campaign": ("Spring, and more", "Club")[i % 2],
            "result": ("SUCCESS", "FAILURE")[i % 3 == 1],
            "order": {"id": "ord_00000", "amount": 2**53 + 1},
        }
        for i in range(count)
    ]


def test_redemptions_and_their_rollbacks_are_rows(sandbox, project):
    sandbox.reset(made(10), orders=[], redemptions=redemptions(8))
    frame = project.fetch_redemptions(progress=False)
    assert list(frame.index) == [f"r_{i:05d}" for i in range(8)]
    assert frame.index.name == "redemption_id"
    assert frame["object"].value_counts().to_dict() == {"redemption": 6, "redemption_rollback": 2}
    assert frame["customer_source_id"].iloc[2] == "c-2"
    assert frame["date"].dtype == "datetime64[us, UTC]"
    assert frame["order_id"].iloc[0] == "ord_00000"


# -- filters ---------------------------------------------------------------------------------------


def test_filters_are_exact_to_the_millisecond(sandbox, project):
    made_orders = orders(9, apart=timedelta(milliseconds=1), status="PAID")
    sandbox.reset(made(10), orders=made_orders)
    after, before = made_orders[2]["created_at"], made_orders[6]["created_at"]
    found = fetch(project, created_after=after, created_before=before)
    assert list(found.index) == [f"ord_{i:05d}" for i in range(2, 6)]


def test_orders_by_status_and_by_update(sandbox, project):
    sandbox.reset(made(10), orders=orders(40))
    everything = fetch(project)
    both = fetch(project, status=["PAID", "FULFILLED"])
    assert set(both["status"]) == {"PAID", "FULFILLED"}
    assert len(both) == 20
    bound = pd.Timestamp(START + timedelta(days=5))
    later = fetch(project, updated_after=bound, status="PAID")
    wanted = everything[(everything["updated_at"] >= bound) & (everything["status"] == "PAID")]
    pd.testing.assert_frame_equal(later, wanted)


def test_a_server_that_hears_no_filter_gives_no_row_too_many_and_is_told():
    told = b"id,status,customer_id,created_at\n" + b"".join(
        b"ord_%d,%b,cust_1,2025-01-0%dT00:00:00.000Z\n" % (i, status, i)
        for i, status in enumerate((b"PAID", b"CREATED", b"PAID", b"PAID"), start=1)
    )
    span = {"created_after": "2025-01-02", "created_before": "2025-01-04"}
    with exporting(told) as project, pytest.warns(VfyNotebookWarning) as seen:
        frame = fetch(project, status="PAID", **span)
    assert list(frame.index) == ["ord_3"]
    # The one at the very end of the span may be part of it, for all that is documented.
    assert any("2 orders that are not what was asked for" in str(each.message) for each in seen)


def test_redemptions_by_result_and_campaign(sandbox, project):
    sandbox.reset(made(10), orders=[], redemptions=redemptions(24))
    everything = project.fetch_redemptions(progress=False)
    found = project.fetch_redemptions(
        result="FAILURE",
        campaign="Spring, and more",
        created_after=START + 4 * APART,
        progress=False,
    )
    wanted = everything[
        (everything["result"] == "FAILURE")
        & (everything["campaign"] == "Spring, and more")
        & (everything["date"] >= pd.Timestamp(START + 4 * APART))
    ]
    assert 0 < len(wanted) < 12
    pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_a_span_of_redemptions_is_counted_whatever_its_bounds_mean(sandbox, project, bounds):
    sandbox.reset(made(10), orders=[], redemptions=redemptions(24))
    sandbox.set(range_bounds=bounds)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = project.fetch_redemptions(
            created_after=START + 4 * APART, created_before=START + 9 * APART, progress=False
        )
    assert list(found.index) == [f"r_{i:05d}" for i in range(4, 9)]


@pytest.mark.parametrize(
    "filters",
    [
        {"status": "paid"},
        {"status": []},
        {"status": 7},
        {"status": ["PAID", None]},
        {"created_after": "yesterday"},
        {"created_after": "2025-02-01", "created_before": "2025-02-01"},
        {"updated_after": "2025-02-01", "updated_before": "2025-01-01"},
    ],
)
def test_a_bad_filter_is_refused_before_anything_is_sent(project, filters):
    with pytest.raises(ArgumentError):
        fetch(project, **filters)
    assert project.calls.total == 0


@pytest.mark.parametrize("filters", [{"result": "success"}, {"campaign": ""}, {"campaign": 3}])
def test_a_bad_filter_of_redemptions_is_refused_too(project, filters):
    with pytest.raises(ArgumentError):
        project.fetch_redemptions(progress=False, **filters)
    assert project.calls.total == 0


# -- complete, or told -----------------------------------------------------------------------------


@contextlib.contextmanager
def exporting(content, *, totals=(None,), keys=()):
    """A project on a server whose export has this content."""
    script = Script([plain(content)], totals=list(totals), keys=tuple(keys))
    with serving(script) as port:
        credentials = Credentials("id", "token", f"http://127.0.0.1:{port}")
        project = Project(Transport(credentials, clock=FakeClock()), workers=1, journal_path=None)
        try:
            yield project
        finally:
            project.close()


TITLES = (
    b"id,source_id,status,customer_id,referrer_id,amount,discount_amount,items_discount_amount,"
    b"total_discount_amount,total_amount,created_at,updated_at\n"
)


def rows(count, amount=b"100"):
    return b"".join(
        b"ord_%d,,PAID,cust_1,,%b,,,,%b,2025-01-%02dT00:00:00.000Z,\n" % (i, amount, amount, i)
        for i in range(1, count + 1)
    )


def test_any_number_takes_six_calls_at_most(sandbox, project):
    sandbox.reset(made(10), orders=orders(3_000))
    assert len(fetch(project)) == 3_000
    assert 4 <= project.calls.total <= 6
    assert project.calls.total == len(sandbox.requests())


@pytest.mark.parametrize(
    ("totals", "is_told"),
    [
        ([5], False),
        ([4, 5], False),  # one came in before the export
        ([4, 6], False),  # and another one after it
        ([6, 5], False),  # counted late, or deleted meanwhile
        ([None], False),
        (["many"], False),
        ([-1], False),
        ([7], True),
        ([3], True),
        ([7, 8], True),
    ],
)
def test_the_number_is_compared_before_and_after(totals, is_told):
    with exporting(TITLES + rows(5), totals=totals) as project, warnings.catch_warnings():
        warnings.simplefilter("error")
        if is_told:
            with pytest.warns(IncompleteListingWarning, match="5 rows"):
                frame = fetch(project)
        else:
            frame = fetch(project)
    assert len(frame) == 5


@pytest.mark.parametrize("status", [403, 404])
def test_a_key_that_may_export_but_not_list_gets_the_orders_and_is_told(sandbox, project, status):
    sandbox.reset(made(1), orders=orders(3))
    sandbox.script({"path": "/v1/orders", "nth": "every", "do": "status", "status": status})
    with pytest.warns(VfyNotebookWarning, match="could not be counted"):
        assert len(fetch(project)) == 3


def test_a_file_that_is_cut_short_is_no_frame():
    cut = (TITLES + rows(5))[:-30]
    refused = pytest.raises(ResponseError, match="ends in the middle")
    with exporting(cut, totals=[5]) as project, refused:
        fetch(project)


def test_an_order_named_twice_is_there_once():
    told = pytest.warns(VfyNotebookWarning, match="2 orders twice")
    with exporting(TITLES + rows(5) + rows(2), totals=[5]) as project, told:
        assert len(fetch(project)) == 5


def test_amounts_that_are_no_whole_numbers_are_na_and_told():
    content = TITLES + rows(2) + rows(1, b"12.5") + rows(1, b"many")
    with exporting(content) as project, pytest.warns(VfyNotebookWarning) as seen:
        frame = fetch(project)
    assert str(frame["amount"].dtype) == "Int64"
    assert any("amount" in str(w.message) and "'12.5'" in str(w.message) for w in seen)


def test_rows_without_an_id_are_refused():
    refused = pytest.raises(ResponseError, match="without a readable id")
    with exporting(TITLES + rows(1).replace(b"ord_1", b"")) as project, refused:
        fetch(project)


def test_a_file_of_something_else_is_refused():
    with exporting(b"code,balance\nA,1\n") as project, pytest.raises(ResponseError):
        fetch(project)


def test_an_export_that_fails_carries_what_to_do(sandbox, project):
    sandbox.reset(made(1), orders=orders(3))
    sandbox.set(export_fails=True)
    with pytest.raises(VfyNotebookError, match="ended as ERROR") as caught:
        fetch(project)
    assert len(caught.value.partial) == 0
    assert "created_at" in caught.value.partial


def test_an_interrupt_carries_the_columns(sandbox, project, clock, monkeypatch):
    sandbox.reset(made(1), orders=orders(3))

    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(clock, "sleep", interrupted)
    with pytest.raises(FetchInterrupted) as caught:
        fetch(project)
    assert caught.value.partial.index.name == "order_id"


# -- imported orders -------------------------------------------------------------------------------


def imported(count, *, requests=3, day="2026-05-04"):
    """Orders that came by imports within the hour; the true dates are in the metadata."""
    moments = [f"{day}T10:{15 * i:02d}:00.{i:03d}Z" for i in range(requests)]
    return [
        {
            **order,
            "created_at": moments[i * requests // count],
            "metadata": {"ordered_at": order["created_at"], "channel": "app"},
        }
        for i, order in enumerate(orders(count))
    ]


SCHEMAS = {
    "order": {"properties": {"ordered_at": {"type": "datetime"}, "channel": {"type": "string"}}}
}


def test_orders_that_share_a_few_moments_are_told_with_the_way_out(sandbox, project):
    sandbox.reset(made(10), orders=imported(300), other_schemas=SCHEMAS)
    with pytest.warns(VfyNotebookWarning, match="as after an import") as seen:
        fetch(project)
    (told,) = {str(w.message) for w in seen}
    assert "300 of 300 orders" in told
    assert "metadata.ordered_at" in told
    assert "metadata.channel" not in told
    assert seen[0].filename == __file__


def test_imported_orders_among_others_are_told_too(sandbox, project):
    others = [{**order, "id": f"ord_later{i}"} for i, order in enumerate(orders(200))]
    sandbox.reset(made(10), orders=[*imported(300), *others])
    with pytest.warns(VfyNotebookWarning, match="300 of 500 orders"):
        fetch(project)


def test_a_shop_with_many_orders_a_day_is_not_told(sandbox, project):
    busy = orders(3_000, apart=timedelta(minutes=7))
    sandbox.reset(made(10), orders=busy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fetch(project)
        fetch(
            project, created_after=busy[1000]["created_at"], created_before=busy[1100]["created_at"]
        )


def test_the_sample_is_what_its_customers_are_the_sums_of(sandbox, project):
    sandbox.reset()
    customers, found = project.fetch_customers(progress=False), fetch(project)
    counted = found[found["status"].isin(["PAID", "FULFILLED"])]
    assert len(counted) == 6_919
    sums = counted.groupby("customer_id")["total_amount"].agg(["sum", "size"])
    sums = sums.reindex(customers.index)
    assert (sums["sum"] == customers["summary.orders.total_amount"]).all()
    assert (sums["size"] == customers["summary.orders.total_count"]).all()
    last = counted.groupby("customer_id")["created_at"].max().reindex(customers.index)
    assert (last == customers["summary.orders.last_order_date"]).all()
    assert set(found["status"]) == {"CREATED", "PAID", "CANCELED", "FULFILLED"}
    made_use = project.fetch_redemptions(progress=False)
    succeeded = made_use[(made_use["object"] == "redemption") & (made_use["result"] == "SUCCESS")]
    assert len(succeeded) == customers["summary.redemptions.total_succeeded"].sum()
    assert set(made_use["order_id"].dropna()) <= set(found.index)
