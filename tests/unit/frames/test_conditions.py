"""Rows picked by simple conditions."""

from __future__ import annotations

from datetime import date

import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.conditions import (
    TESTS,
    Condition,
    Test,
    columns_for_conditions,
    kind_of,
    matching,
)
from vfy_notebook.frames.identities.identities import customers_from_api
from vfy_notebook.frames.schema import Kind

FRAME = customers_from_api(
    [
        {
            "id": "a",
            "name": "Ann (vip)",
            "birthdate": "1990-05-01",
            "created_at": "2024-01-31T23:30:00.000Z",
            "metadata": {"score": 5, "ratio": 0.5, "ok": True, "mixed": 1},
        },
        {
            "id": "b",
            "name": "bob",
            "birthdate": "2001-01-01",
            "created_at": "2024-02-01T00:00:00.000Z",
            "metadata": {"score": 2**60, "ratio": 2.0, "ok": False, "mixed": "one"},
        },
        {"id": "c", "created_at": "2024-02-02T00:00:00.000Z"},
    ]
)


@pytest.mark.parametrize(
    ("column", "test", "value", "found"),
    [
        ("name", Test.IS, "bob", "b"),
        ("name", Test.IS_NOT, "bob", "ac"),
        ("name", Test.CONTAINS, "B", "b"),
        ("name", Test.CONTAINS, "(vip", "a"),
        ("name", Test.EMPTY, None, "c"),
        ("name", Test.FILLED, None, "ab"),
        ("metadata.score", Test.IS, "5", "a"),
        ("metadata.score", Test.IS, " 5.0 ", "a"),
        ("metadata.score", Test.IS, "1,152,921,504,606,846,976", "b"),
        ("metadata.score", Test.IS_NOT, "5", "bc"),
        ("metadata.score", Test.AT_LEAST, "5", "ab"),
        ("metadata.score", Test.AT_MOST, "5", "a"),
        ("metadata.ratio", Test.AT_LEAST, "0.6", "b"),
        ("metadata.ok", Test.YES, None, "a"),
        ("metadata.ok", Test.NO, None, "b"),
        ("metadata.ok", Test.EMPTY, None, "c"),
        ("metadata.mixed", Test.FILLED, None, "ab"),
        ("birthdate", Test.FROM, date(2001, 1, 1), "b"),
        ("birthdate", Test.BEFORE, date(2001, 1, 1), "a"),
        ("created_at", Test.FROM, date(2024, 2, 1), "bc"),
        ("created_at", Test.BEFORE, "2024-02-01", "a"),
        ("created_at", Test.BEFORE, "2024-02-01T01:00:00+02:00", "a"[:0]),
    ],
)
def test_each_test_on_each_kind(column, test, value, found):
    assert list(matching(FRAME, [Condition(column, test, value)]).index) == list(found)


def test_all_conditions_must_hold_and_none_is_all():
    both = [Condition("name", Test.FILLED), Condition("metadata.ok", Test.NO)]
    assert list(matching(FRAME, both).index) == ["b"]
    assert len(matching(FRAME, [])) == 3
    assert len(matching(FRAME.head(0), both)) == 0


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (Condition("metadata.score", Test.IS, "five"), "not a number"),
        (Condition("metadata.score", Test.IS, ""), "fill in a value"),
        (Condition("created_at", Test.FROM, None), "fill in a value"),
        (Condition("created_at", Test.FROM, "soon"), "not a date"),
        (Condition("name", Test.AT_LEAST, "a"), "name: choose another"),
        (Condition("nonsense", Test.IS, "a"), "no column nonsense"),
    ],
)
def test_what_cannot_be_checked_is_said(condition, says):
    with pytest.raises(ArgumentError, match=says):
        matching(FRAME, [condition])


def test_metadata_comes_first_and_objects_are_left_out():
    columns = columns_for_conditions(FRAME)
    assert columns[:4] == ["metadata.mixed", "metadata.ok", "metadata.ratio", "metadata.score"]
    assert "system_metadata" not in columns
    assert "source_id" in columns


def test_every_kind_has_tests_and_every_column_a_kind():
    assert set(TESTS) == set(Kind)
    kinds = {name: kind_of(FRAME[name]) for name in FRAME.columns}
    assert kinds["name"] is Kind.TEXT
    assert kinds["birthdate"] is Kind.DATE
    assert kinds["created_at"] is Kind.TIME
    assert kinds["metadata.ok"] is Kind.FLAG
    assert kinds["metadata.ratio"] is Kind.NUMBER
    assert kinds["metadata.mixed"] is Kind.OBJECT
    assert kinds["summary.orders.total_count"] is Kind.WHOLE
