"""Customers by export against the sandbox: the same DataFrame as by listing, in a few calls."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import pandas as pd
import pytest

from tests.contract.listing.test_listing import fetch, iso, made
from vfy_notebook import demo
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    ResponseError,
    ServerError,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.exports import customers as exported
from vfy_notebook.fetch.exports import order
from vfy_notebook.frames.exports.customers import NOT_EXPORTED
from vfy_notebook.project import Project

START = datetime(2025, 1, 1, tzinfo=UTC)

SCHEMA = {
    "properties": {
        "tier": {"type": "string", "array": False},
        "store_code": {"type": "string", "array": False},
        "score": {"type": "number", "array": False},
        "visits": {"type": "number", "array": False},
        "mixed": {"type": "number", "array": False},
        "large": {"type": "number", "array": False},
        "vip": {"type": "boolean", "array": False},
        "genres": {"type": "string", "array": True},
        "likes": {"type": "object", "array": False},
        "joined": {"type": "date", "array": False},
        "never": {"type": "string", "array": False},
        "name": {"type": "string", "array": False},
    }
}


def of_all_kinds(count=250):
    """Customers in whom every column has something to lose."""
    customers = made(count, ties=3)
    for i, customer in enumerate(customers):
        customer |= {
            "name": 'Ada "the\nfirst", Łucja' if i % 2 else None,
            "email": f"ada+{i}@example.com",
            "birthdate": f"19{i % 90 + 10}-02-03",
            "address": {"city": "Łódź", "postal_code": f"{i:05d}", "line_1": "7, Sample; Lane"},
            "updated_at": iso(START + timedelta(days=i)) if i % 3 else None,
            "summary": {
                "orders": {
                    "total_amount": 2**53 + 1 + i,
                    "last_order_date": "2025-02-03T04:05:06.789Z",
                }
            },
            "loyalty": {"points": i, "referred_customers": None},
            "metadata": {
                "tier": "gold",
                "store_code": f"{i:05d}",
                "score": i / 7 + 0.5,
                "visits": i,
                "mixed": i if i % 2 else i + 0.25,
                "large": 2**64 + i,
                "vip": i % 2 == 0,
                "genres": ["soul", "R&B"],
                "likes": {"a": [1, 2.5, None], "b": {"c": "d"}},
                "joined": "2024-05-06",
                "name": "a key that is also a field",
            },
        }
    return customers


def by_export(project, **arguments):
    return fetch(project, via="export", **arguments)


def assert_same(exported, listed):
    """The same, but for what exports do not have."""
    left, right = exported.drop(columns=[*NOT_EXPORTED]), listed.drop(columns=[*NOT_EXPORTED])
    pd.testing.assert_frame_equal(left, right)
    assert exported.dtypes.to_dict() == listed.dtypes.to_dict()
    assert list(exported.columns) == list(listed.columns)
    assert exported[[*NOT_EXPORTED]].isna().all(axis=None)


@pytest.mark.parametrize(
    "switches",
    [
        {},
        *({"export_titles": titles} for titles in ("fields", "titles", "mixed")),
        {"export_titles": "fields", "export_metadata": "dotted"},
        {"export_titles": "mixed", "export_metadata": "dotted"},
        {"export_lists": "commas"},
        {"export_numbers": "decimals"},
        {"export_last_line": "open"},
        *({"export_files": files} for files in ("urls", "list", "untitled")),
        {"export_files": "urls", "export_last_line": "open", "download_keys": "ignored"},
    ],
    ids=str,
)
def test_it_gives_what_a_listing_gives_however_the_file_looks(sandbox, project, switches):
    sandbox.reset(of_all_kinds(), metadata_schema=SCHEMA)
    sandbox.set(**switches)
    assert_same(by_export(project), fetch(project))


def test_the_demo_is_the_same_by_both_routes():
    with demo() as project:
        listed = fetch(project)
        before = project.calls.total
        assert_same(by_export(project), listed)
        assert project.calls.total - before <= exported.USUAL_CALLS


@pytest.mark.parametrize("count", [0, 1, 3_000])
@pytest.mark.parametrize("polls", [0, 1])
def test_it_takes_five_or_six_calls_for_any_number(sandbox, project, count, polls):
    sandbox.reset(made(count))
    sandbox.set(export_polls=polls)
    assert len(by_export(project)) == count
    assert project.calls.total == 5 + polls <= exported.USUAL_CALLS
    assert [r["path"].split("/")[2] for r in sandbox.requests()][:2] == [
        "metadata-schemas",
        "exports",
    ]


def test_nobody_gives_the_same_columns_as_somebody(sandbox, project):
    empty = by_export(project)
    assert empty.dtypes.to_dict() == fetch(project).dtypes.to_dict()
    assert empty.index.name == "customer_id"
    assert empty.index.dtype == "str"


def test_without_a_metadata_schema_there_is_no_metadata(sandbox, project):
    customers = made(3)
    customers[0]["metadata"] = {"tier": "gold"}
    sandbox.reset(customers)
    sandbox.script(
        {"path": "/v1/metadata-schemas/*", "nth": "every", "do": "status", "status": 404}
    )
    frame = by_export(project)
    assert len(frame) == 3
    assert not [c for c in frame if c.startswith("metadata.")]


def test_without_a_metadata_schema_a_title_that_nobody_knows_is_a_key(sandbox, project):
    sandbox.reset(made(1))
    body = "id,created_at,notes\ncust_1,2025-01-01T00:00:00.000Z," + "z" * 140_000
    sandbox.script(
        {"path": "/v1/metadata-schemas/*", "nth": "every", "do": "status", "status": 404},
        {"query": "token=*", "do": "status", "status": 200, "body": f"{body}\n"},
    )
    with pytest.warns(VfyNotebookWarning, match="no column for source_id, name, .* 20 more"):
        frame = by_export(project)
    assert frame["metadata.notes"].tolist() == ["z" * 140_000]


def test_the_columns_that_exports_lack_are_named_where_one_chooses_the_route():
    told = re.findall(r"`([\w.*]+)`", Project.fetch_customers.__doc__.partition('`"export"`')[2])
    unnamed = [c for c in NOT_EXPORTED if not any(fnmatchcase(c, pattern) for pattern in told)]
    assert NOT_EXPORTED
    assert unnamed == []


# -- filters, order, limit ---------------------------------------------------------------------


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize(
    "filters",
    [
        {"city": "Łódź"},
        {"name": 'Ada "the\nfirst", Łucja'},
        {"email": "ada+17@example.com"},
        {"created_after": START + timedelta(milliseconds=20)},
        {"created_before": START + timedelta(milliseconds=20)},
        {"updated_after": START + timedelta(days=7), "updated_before": START + timedelta(days=40)},
        {
            "created_after": START + timedelta(milliseconds=7),
            "created_before": START + timedelta(milliseconds=50),
            "city": "Łódź",
            "updated_after": "2025-01-05",
        },
    ],
)
def test_filters_are_passed_on_and_mean_the_same(sandbox, project, filters, bounds):
    sandbox.reset([*of_all_kinds(), *made(5, prefix="other")], metadata_schema=SCHEMA)
    sandbox.set(range_bounds=bounds)
    exported = by_export(project, **filters)
    assert_same(exported, fetch(project, **filters))
    assert 0 < len(exported) < 255


def test_bounds_that_the_export_counts_in_do_not_show(sandbox, project, monkeypatch):
    sandbox.reset(made(300))
    span = {
        "created_after": START + timedelta(milliseconds=100),
        "created_before": START + timedelta(milliseconds=200),
    }
    asked = exported.filters_of

    def counted_in(query):
        """What a server would do that counts its bounds in."""
        filters = asked(query)
        conditions = filters["created_at"]["conditions"]
        conditions["$after"] = [iso(START + timedelta(milliseconds=98))]
        conditions["$before"] = [iso(START + timedelta(milliseconds=201))]
        return filters

    monkeypatch.setattr(exported, "filters_of", counted_in)
    frame = by_export(project, **span)
    assert [int(s.split("-")[1]) for s in frame["source_id"]] == list(range(100, 200))


@pytest.mark.parametrize(
    "order",
    ["created_at", "-created_at", "updated_at", "-updated_at", "source_id", "-source_id"],
)
def test_order_and_limit_are_those_of_a_listing(sandbox, project, order):
    sandbox.reset(of_all_kinds(120), metadata_schema=SCHEMA)
    assert list(by_export(project, order=order).index) == list(fetch(project, order=order).index)
    whole = by_export(project, order=order)
    assert list(by_export(project, order=order, limit=7).index) == list(whole.index[:7])


def test_a_segment_is_refused_with_a_way_out_before_any_call(sandbox, project):
    with pytest.raises(ArgumentError, match=r"segment='VIPs'.*via=\"list\".*fetch_memberships"):
        by_export(project, segment="VIPs")
    with pytest.raises(ArgumentError, match="via='csv' is neither 'list' nor 'export'"):
        fetch(project, via="csv")
    assert sandbox.requests() == []


# -- when things go wrong ----------------------------------------------------------------------


def test_it_waits_longer_and_longer_and_gives_up_in_the_end(sandbox, project, clock):
    sandbox.reset(made(3))
    sandbox.set(export_polls="never")
    with pytest.raises(VfyNotebookError, match=r"exp_\w+ is still IN_PROGRESS after 3,\d+ s.*list"):
        by_export(project)
    assert sum(clock.slept) <= order.PATIENCE_S
    assert max(clock.slept) <= 1.0
    assert project.calls.total <= 45


def test_a_night_with_the_lid_closed_does_not_count(sandbox, project, clock, monkeypatch):
    sandbox.reset(made(3))
    sandbox.set(export_polls=3)
    sleep = clock.sleep
    monkeypatch.setattr(
        clock, "sleep", lambda s: sleep(s + 8 * 3600 if len(clock.slept) == 2 else s)
    )
    assert len(by_export(project)) == 3


def test_an_export_that_fails_is_an_error_that_names_it(sandbox, project):
    sandbox.reset(made(3))
    sandbox.set(export_fails=True)
    with pytest.raises(VfyNotebookError, match=r"could not make export exp_\w+.*via=\"list\""):
        by_export(project)


@pytest.mark.parametrize(
    "told",
    [
        {"id": 7, "customers": "none"},
        {"id": "exp_other", "status": "DONE", "result": {"url": "http://127.0.0.1:9/file"}},
        {"id": "exp_other", "status": "ERROR"},
    ],
)
def test_an_answer_about_another_export_is_not_believed(sandbox, project, told):
    sandbox.reset(made(3))
    sandbox.script({"path": "/v1/exports/*", "do": "status", "status": 200, "body": told})
    assert len(by_export(project)) == 3


def test_a_download_cut_off_in_the_middle_is_begun_anew(sandbox, project):
    sandbox.reset(made(3_000))
    sandbox.script({"query": "token=*", "nth": [1, 2], "do": "cut"})
    frame = by_export(project)
    assert len(frame) == 3_000
    assert frame.index.is_unique
    assert len([r for r in sandbox.requests() if "token" in r["query"]]) == 3


def test_a_file_that_is_no_table_of_customers_is_refused(sandbox, project):
    sandbox.reset(made(3))
    page = {"do": "status", "status": 200, "body": "<html><body>Maintenance</body></html>"}
    sandbox.script({"query": "token=*", "nth": "every", **page})
    with pytest.raises(ResponseError, match=r"no column for id, created_at.*<html>"):
        by_export(project)


def test_customers_named_twice_are_in_the_frame_once_and_told(sandbox, project):
    sandbox.reset(made(3))
    body = "id,created_at\n" + "cust_1,2025-01-01T00:00:00.000Z\n" * 2
    sandbox.script({"query": "token=*", "do": "status", "status": 200, "body": body})
    with (
        pytest.warns(IncompleteListingWarning, match="2 rows, but the API now counts 3"),
        pytest.warns(VfyNotebookWarning, match="1 customers twice, such as cust_1"),
        pytest.warns(VfyNotebookWarning, match="no column for source_id, name, .* 20 more"),
    ):
        frame = by_export(project)
    assert list(frame.index) == ["cust_1"]


def test_a_refused_download_is_an_error(sandbox, project):
    sandbox.reset(made(3))
    sandbox.script({"query": "token=*", "nth": "every", "do": "status", "status": 503})
    with pytest.raises(ServerError):
        by_export(project)


def test_an_interrupt_while_it_is_made_ends_the_wait(sandbox, project, clock, monkeypatch):
    sandbox.reset(made(3))
    sandbox.set(export_polls="never")

    def sleep(_seconds):
        if len(clock.slept) == 5:
            raise KeyboardInterrupt
        clock.slept.append(_seconds)

    monkeypatch.setattr(clock, "sleep", sleep)
    with pytest.raises(FetchInterrupted) as info:
        by_export(project)
    assert len(info.value.partial) == 0


@pytest.mark.parametrize("keys", ["wanted", "ignored"])
def test_the_keys_go_to_the_apis_own_address_and_to_no_other(sandbox, project, keys):
    sandbox.reset(made(3))
    sandbox.set(download_keys=keys)
    assert len(by_export(project)) == 3
    (download,) = [r for r in sandbox.requests() if "token" in r["query"]]
    others = [r for r in sandbox.requests() if "token" not in r["query"]]
    assert ("x-app-token" in download["headers"]) is (keys == "wanted")
    assert all(request["headers"]["x-app-token"] == "right" for request in others)


# -- the quota ---------------------------------------------------------------------------------


def test_a_listing_beyond_the_quota_says_so_and_names_the_export(sandbox, project):
    sandbox.reset(made(3_000))
    sandbox.set(rate_limit={"limit": 10, "window_s": 60})
    with pytest.warns(
        VfyNotebookWarning, match=r"about 29 more calls, .*9 of 10 calls left.*via=\"export\""
    ) as told:
        fetch(project)
    assert told[0].filename == fetch.__code__.co_filename


def test_a_listing_within_the_quota_or_its_limit_says_nothing(sandbox, project):
    sandbox.reset(made(3_000))
    sandbox.set(rate_limit={"limit": 10, "window_s": 60})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fetch(project, limit=500)


def test_members_of_a_segment_are_not_sent_to_an_export_that_cannot_know_them(sandbox, project):
    customers = made(1_500)
    segment = {"id": "seg_all", "name": "All", "type": "static"}
    segment["members"] = [c["id"] for c in customers]
    sandbox.reset(customers, segments=[segment])
    sandbox.set(rate_limit={"limit": 5, "window_s": 60})
    with pytest.warns(VfyNotebookWarning, match="Exports, .*cannot be filtered by segment") as told:
        fetch(project, segment="seg_all")
    assert "via=" not in str(told[0].message)


def test_where_the_quota_is_not_told_nothing_is_said(sandbox, project):
    sandbox.reset(made(3_000))
    sandbox.set(quota_headers=False, rate_limit={"limit": 10, "window_s": 60})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(fetch(project)) == 3_000
