"""One customer's timeline: complete, in order, a call for each hundred events."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.history.test_history import APART, START, orders, redemptions
from tests.contract.listing.test_listing import iso, made
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    NotFoundError,
)
from vfy_notebook.frames.history.activity import activity_frame


def of_one(count):
    """Orders of one customer, each of which leaves two events: created, and paid."""
    return [
        {
            "id": f"ord_{i:05d}",
            "created_at": iso(START + i // 7 * APART),
            "customer_id": "cust_c000000",
            "status": "PAID",
            "amount": 100 + i,
        }
        for i in range(count)
    ]


def fetch(project, ref="cust_c000000"):
    return project.fetch_activity(ref, progress=False)


@pytest.mark.parametrize("cursor", [True, False])
@pytest.mark.parametrize(("count", "calls"), [(0, 1), (49, 1), (50, 2), (260, 6)])
def test_every_event_once_in_a_call_for_each_hundred(sandbox, project, cursor, count, calls):
    sandbox.reset(made(2), orders=of_one(count))
    sandbox.set(activity_cursor=cursor)
    frame = fetch(project)
    assert frame.index.is_unique
    assert frame["type"].value_counts().to_dict() == {
        "customer.created": 1,
        **({"customer.order.created": count, "customer.order.paid": count} if count else {}),
    }
    assert frame["created_at"].is_monotonic_increasing
    assert project.calls.total == calls


@pytest.mark.parametrize("data", ["nested", "flat"])
@pytest.mark.parametrize("times", ["ms", "us"])
def test_an_event_tells_what_it_is_about(sandbox, project, data, times):
    sandbox.reset(made(10), orders=orders(1), redemptions=redemptions(2)[:1])
    sandbox.set(activity_data=data, history_times=times)
    frame = fetch(project, "c-0").set_index("type")
    assert frame.loc["customer.order.created", "order_id"] == "ord_00000"
    redeemed = frame.loc["customer.redemption.succeeded"]
    assert redeemed["redemption_id"] == "r_00000"
    assert redeemed["voucher_code"] == "CODE-0"
    assert redeemed["campaign"] == "Spring, and more"
    assert redeemed["created_at"] == pd.Timestamp(START)
    assert redeemed["data"]["voucher"]["code"] == "CODE-0"
    assert frame.loc["customer.order.created", "data"]["order"]["items"]
    assert pd.isna(frame.loc["customer.created", "order_id"])


def test_events_of_one_moment_stay_in_their_order(sandbox, project):
    sandbox.reset(made(2), orders=of_one(30))
    frame = fetch(project)
    kinds = frame.groupby("order_id", sort=False)["type"].agg(list)
    assert len(kinds) == 30
    assert all(each == ["customer.order.created", "customer.order.paid"] for each in kinds)


def test_a_customer_whom_nobody_knows(project):
    with pytest.raises(NotFoundError):
        fetch(project, "nobody")
    with pytest.raises(ArgumentError):
        fetch(project, "")


def test_a_server_that_hears_no_cursor_is_told_and_left(sandbox, project, monkeypatch):
    sandbox.reset(made(2), orders=of_one(80))
    whole = type(project._api).list_activity

    def deaf(api, customer, filters):
        return whole(api, customer, {k: v for k, v in filters.items() if k != "starting_after_id"})

    monkeypatch.setattr(type(project._api), "list_activity", deaf)
    with pytest.warns(IncompleteListingWarning, match="more events than these 100"):
        assert len(fetch(project)) == 100
    assert project.calls.total == 2


def test_an_interrupt_carries_what_had_arrived(sandbox, project, monkeypatch):
    sandbox.reset(made(2), orders=of_one(80))
    whole = type(project._api).list_activity

    def interrupted(api, customer, filters):
        if "starting_after_id" in filters:
            raise KeyboardInterrupt
        return whole(api, customer, filters)

    monkeypatch.setattr(type(project._api), "list_activity", interrupted)
    with pytest.raises(FetchInterrupted) as caught:
        fetch(project)
    assert len(caught.value.partial) == 100


def test_no_events_have_all_columns(sandbox, project):
    sandbox.reset(made(2), orders=of_one(2))
    empty, filled = activity_frame([]), fetch(project)
    assert empty.dtypes.equals(filled.dtypes)
    assert empty.index.name == filled.index.name == "event_id"
