from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.edits.cells.values import Unsendable, as_json, date_text, same_json, same_moment


class Tier(StrEnum):
    GOLD = "gold"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (5.0, 5),
        (np.float64(7.0), 7),
        (2.5, 2.5),
        (2.0**53, 2**53),
        (1e300, 1e300),
        (np.int64(3), 3),
        (10**30, 10**30),
        (np.bool_(True), True),
        (True, True),
        (None, None),
        ("", ""),
        (Tier.GOLD, "gold"),
        (np.str_("x"), "x"),
        (Decimal("12.00"), 12),
        (Decimal("0.5"), 0.5),
        (pd.Timestamp("2024-01-31 12:00"), "2024-01-31T12:00:00.000Z"),
        (pd.Timestamp("2024-01-31 12:00", tz="Europe/Warsaw"), "2024-01-31T11:00:00.000Z"),
        (pd.Timestamp("2024-01-31 00:00:00.123456"), "2024-01-31T00:00:00.123456Z"),
        (pd.Timestamp("2024-01-31 00:00:00.123456789"), "2024-01-31T00:00:00.123456789Z"),
        (np.datetime64("2024-01-31"), "2024-01-31T00:00:00.000Z"),
        (dt.datetime(24, 1, 31, tzinfo=dt.UTC), "0024-01-31T00:00:00.000Z"),
        (dt.date(2024, 1, 31), "2024-01-31"),
        ([1, 2.0, None], [1, 2.0, None]),
        ((1, [True]), [1, [True]]),
        (np.array([1, 2]), [1, 2]),
        ({"a": {"b": [np.int64(1)]}}, {"a": {"b": [1]}}),
    ],
)
def test_values_become_json(value, sent):
    shown = as_json(value)
    assert (shown, type(shown)) == (sent, type(sent))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("inf"), "JSON does not have"),
        (float("nan"), "JSON does not have"),
        (Decimal("Infinity"), "JSON does not have"),
        (Decimal("0.1000000000000000000000001"), "no float equals"),
        ([float("nan")], "JSON does not have"),
        ([float("-inf")], "JSON does not have"),
        ({"a": pd.NA}, "use None"),
        ([pd.NaT], "use None"),
        ({1: "a"}, "keys are text"),
        ({"a", "b"}, "is of type set"),
        (b"bytes", "is of type bytes"),
        (pd.Timedelta(1, "D"), "is of type Timedelta"),
        (pd.Period("2024-01"), "is of type Period"),
        (1j, "is of type complex"),
        ("\ud83d", "surrogate"),
        ({"\ud83d": 1}, "surrogate"),
    ],
)
def test_what_is_no_json_is_refused_with_a_way_out(value, told):
    with pytest.raises(Unsendable, match=told):
        as_json(value)


def test_a_value_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(Unsendable, match="deeply"):
        as_json(endless)


@pytest.mark.parametrize(
    "value",
    [
        "1990-05-01",
        "1990-05-01T00:00:00Z",
        dt.date(1990, 5, 1),
        dt.datetime(1990, 5, 1),  # noqa: DTZ001 - days have no zone
        pd.Timestamp("1990-05-01", tz="Asia/Tokyo"),
        np.datetime64("1990-05-01"),
    ],
)
def test_days_are_written_as_days(value):
    assert date_text(value) == "1990-05-01"


@pytest.mark.parametrize("value", ["1.5.1990", "1990-02-30", 19900501, ["1990-05-01"]])
def test_what_is_no_day_is_refused(value):
    with pytest.raises(Unsendable, match="is no date"):
        date_text(value)


@pytest.mark.parametrize("value", [pd.Timestamp("1990-05-01 12:00"), pd.Timestamp(1)])
def test_a_time_of_day_is_no_day(value):
    with pytest.raises(Unsendable, match="time of day"):
        date_text(value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, "1", False),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (2**53 + 1, float(2**53), False),
        ([1, [2]], [1.0, [2.0]], True),
        ([1], [True], False),
        ([1, 2], [1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": None}, {}, False),
        (None, None, True),
        (None, "", False),
        ([], {}, False),
    ],
)
def test_json_is_compared_by_value(one, other, same):
    assert same_json(one, other) is same
    assert same_json(other, one) is same


def test_texts_can_name_the_same_moment():
    assert same_moment("2024-01-31", "2024-01-31T00:00:00.000Z")
    assert same_moment("2024-01-31T01:00:00+01:00", "2024-01-31T00:00:00Z")
    assert not same_moment("2024-01-31", "2024-02-01")
    assert not same_moment("today", "today")
    assert not same_moment(None, "2024-01-31")
