from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vfy_notebook.analysis import compare
from vfy_notebook.errors import ArgumentError


@pytest.fixture
def customers():
    rng = np.random.default_rng(7)
    count = 400
    churned = rng.random(count) < 0.25
    index = pd.Index([f"cust_{number:03}" for number in range(count)], dtype="str")
    spent = rng.lognormal(8, 1, count) * np.where(churned, 0.4, 1)
    return pd.DataFrame(
        {
            "id": index,
            "email": [f"{number}@example.com" for number in range(count)],
            "name": pd.array([f"Name {number}" for number in range(count)], dtype="str"),
            "address.city": rng.choice(["Berlin", "Kraków", "Oslo"], count),
            "metadata.newsletter": pd.array(
                np.where(churned, rng.random(count) < 0.2, rng.random(count) < 0.7), "boolean"
            ),
            "metadata.channel": rng.choice(["store", "web"], count),
            "summary.orders.total_amount": pd.array(spent.astype(int), dtype="Int64"),
            "created_at": pd.Timestamp("2025-01-01", tz="UTC")
            + pd.to_timedelta(rng.integers(0, 300, count) + churned * 200, unit="D"),
            "churned": churned,
            "object": "customer",
        },
        index=index.rename("customer_id"),
    )


def test_the_most_telling_comes_first_and_chance_last(customers):
    table = compare(customers, "churned")
    assert table["column"][:3].tolist() == [
        "created_at",
        "metadata.newsletter",
        "summary.orders.total_amount",
    ]
    assert table["effect"][1] < 0 < table["effect"][0]
    apart = np.maximum(table["low"], -table["high"])
    assert (apart[:3] > 0.1).all()
    # one in twenty misses 0 by chance, but not by much
    assert (apart[3:] < 0.05).all()
    telling = np.maximum(apart, 0)
    assert telling.is_monotonic_decreasing


def test_ids_names_and_what_is_the_same_for_all_are_left_out(customers):
    named = set(compare(customers, "churned")["column"])
    assert named.isdisjoint({"id", "email", "name", "object", "churned"})
    assert set(compare(customers, "churned", columns=["name", "object"])["column"]) == {
        "name",
        "object",
    }
    assert set(compare(customers, "churned", columns="name")["column"]) == {"name"}


def test_shares_are_of_all_and_medians_of_those_who_have_a_value(customers):
    customers.loc[customers.index[:40], "summary.orders.total_amount"] = pd.NA
    inside = customers["churned"]
    table = compare(customers, inside).set_index(["column", "value"])
    newsletter = table.loc[("metadata.newsletter", "true")]
    share = customers["metadata.newsletter"].astype("int64").groupby(inside).mean()
    assert (newsletter["group"], newsletter["rest"]) == pytest.approx((share[True], share[False]))
    assert newsletter["group_size"] == inside.sum()
    spent = table.loc["summary.orders.total_amount"]
    medians = customers["summary.orders.total_amount"].groupby(inside).median()
    median = spent[spent["measure"] == "median"].iloc[0]
    assert (median["group"], median["rest"]) == (medians[True], medians[False])
    assert median["group_size"] + median["rest_size"] == 360
    missing = spent.loc["no value"]
    assert missing["measure"] == "share"
    assert missing["group"] * inside.sum() == pytest.approx(
        customers.loc[inside, "summary.orders.total_amount"].isna().sum()
    )


def test_of_two_values_the_one_that_the_group_has_more_of_is_told(customers):
    for group in ("churned", ~customers["churned"]):
        (row,) = compare(customers, group, columns="metadata.channel").itertuples()
        assert row.effect > 0


def test_the_shares_are_those_of_sql(customers):
    table = compare(customers, "churned", columns="address.city").set_index("value")
    flat = pa.Table.from_pandas(customers[["address.city", "churned"]], preserve_index=False)
    with duckdb.connect() as db:  # by Arrow: DuckDB 1.3 knows no text columns of pandas 3
        db.register("flat", flat)
        found = db.sql("""
            select "address.city" as value,
                count(*) filter (churned) / (select count(*) from flat where churned) as inside,
                count(*) filter (not churned) / (select count(*) from flat where not churned) as out
            from flat group by all
        """).df()
    found = found.set_index("value").reindex(table.index)
    assert table["group"].astype(float).tolist() == pytest.approx(found["inside"].tolist())
    assert table["rest"].astype(float).tolist() == pytest.approx(found["out"].tolist())


def test_a_group_of_one_tells_nothing_for_sure(customers):
    table = compare(customers, customers.index[:1], columns=["address.city", "created_at"])
    assert (table["low"] < 0).any()
    assert table["effect"].notna().all()
    assert (table["high"] - table["low"] > 0.3).all()


# -- how a group can be said --------------------------------------------------------------------

GROUPS = {
    "a Series": lambda c: c["churned"],
    "a Series in another order": lambda c: c["churned"].sample(frac=1, random_state=1),
    "a Series with gaps": lambda c: c["churned"].astype("boolean").where(c["churned"]),
    "objects with gaps": lambda c: c["churned"].astype(object).where(c["churned"], None),
    "a category": lambda c: c["churned"].astype("category"),
    "arrow flags": lambda c: c["churned"].astype("bool[pyarrow]"),
    "an array": lambda c: c["churned"].to_numpy(),
    "a list of flags": lambda c: c["churned"].tolist(),
    "a tuple of flags": lambda c: tuple(c["churned"]),
    "a masked array": lambda c: c["churned"].astype("boolean").array,
    "a column": lambda _: "churned",
    "an index": lambda c: c.index[c["churned"]],
    "ids": lambda c: c.index[c["churned"]].tolist(),
    "a set of ids": lambda c: set(c.index[c["churned"]]),
    "a Series of ids": lambda c: c.loc[c["churned"], "id"],
    "an array of ids": lambda c: c.index[c["churned"]].to_numpy(),
    "ids twice": lambda c: [*c.index[c["churned"]], *c.index[c["churned"]]],
    "a frame": lambda c: c[c["churned"]],
    "a frame of one column": lambda c: c.loc[c["churned"], ["name"]],
    "a frame with ids as a column": lambda c: c[c["churned"]].reset_index()[["customer_id"]],
    "memberships": lambda c: pd.DataFrame(
        {"customer_id": list(c.index[c["churned"]]) * 2, "segment_id": "seg_1"}
    ),
}


@pytest.mark.parametrize("way", GROUPS)
def test_a_group_may_be_said_in_many_ways(customers, way):
    expected = compare(customers, customers["churned"], columns=["address.city", "created_at"])
    found = compare(customers, GROUPS[way](customers), columns=["address.city", "created_at"])
    pd.testing.assert_frame_equal(found, expected)


def test_flags_that_are_indexed_by_id_fit_customers_whose_ids_are_a_column(customers):
    expected = compare(customers, "churned", columns="created_at")
    flat = customers.reset_index()
    pd.testing.assert_frame_equal(
        compare(flat, customers["churned"], columns="created_at"), expected
    )
    pd.testing.assert_frame_equal(compare(flat, flat["churned"], columns="created_at"), expected)
    part = flat[flat["churned"]]
    pd.testing.assert_frame_equal(compare(flat, part, columns="created_at"), expected)


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (lambda _: "chruned", "Near: 'churned'"),
        (lambda _: "address.city", r"customers\['address.city'\] == '"),
        (lambda _: ["cust_000", "cust_x"], "cust_x"),
        (lambda c: c["churned"][:10], "another index"),
        (lambda c: c["churned"].tolist()[:10], "10 flags for 400"),
        (lambda c: c["churned"].reset_index(drop=True), "another index"),
        (lambda _: [], "nobody of the 400"),
        (lambda c: c.index, "everybody of the 400"),
        (lambda _: None, "group must be flags"),
        (lambda _: 7, "group must be flags"),
        (lambda _: np.zeros((400, 2), dtype=bool), "group must be flags"),
        (lambda _: pd.DataFrame({"a": [1]}), "who are not among"),
    ],
)
def test_a_group_that_cannot_be_is_refused(customers, group, told):
    with pytest.raises(ArgumentError, match=told):
        compare(customers, group(customers))


def test_the_way_out_of_unknown_ids_works(customers):
    ids = pd.Index(["cust_000", "cust_x"])
    with pytest.raises(ArgumentError, match=re.escape("ids[ids.isin(customers.index)]")):
        compare(customers, ids)
    assert len(compare(customers, ids[ids.isin(customers.index)], columns="created_at")) == 1


def test_the_way_out_of_a_column_without_flags_works(customers):
    with pytest.raises(ArgumentError) as caught:
        compare(customers, "address.city")
    offered = re.search(r"group=(.*)\.$", str(caught.value))[1]
    group = eval(offered, {"customers": customers})  # noqa: S307 - our own message
    assert len(compare(customers, group, columns="created_at")) == 1


def test_without_customers_there_is_no_row(customers):
    table = compare(customers[:0], "churned")
    assert table.empty
    assert table.dtypes.equals(compare(customers, "churned").dtypes)
    assert compare(customers[:0], []).empty


@pytest.mark.parametrize("confidence", [0, 1, 95, "95%", None])
def test_a_confidence_that_is_none_is_refused(customers, confidence):
    with pytest.raises(ArgumentError, match="confidence"):
        compare(customers, "churned", confidence=confidence)


def test_more_confidence_makes_wider_intervals(customers):
    usual, sure = (compare(customers, "churned", confidence=c)[:3] for c in (0.95, 0.999))
    assert (usual["low"] > sure["low"]).all()


def test_a_missing_column_is_named(customers):
    with pytest.raises(ArgumentError, match=r"'tier'"):
        compare(customers, "churned", columns=["tier"])
    with pytest.raises(ArgumentError, match="columns"):
        compare(customers, "churned", columns=7)


# -- columns of every kind ----------------------------------------------------------------------


def column(values, **options):
    """Ten customers, of whom the first five are the group."""
    index = pd.Index([f"c{number}" for number in range(10)], name="customer_id")
    frame = pd.DataFrame({"x": pd.Series(values, index=index, **options)})
    return compare(frame, [True] * 5 + [False] * 5, columns="x")


def test_lists_are_compared_by_their_elements():
    table = column([["jazz", "rock", "jazz"]] * 5 + [["rock"], [], None, ["rock"], ["rock"]])
    jazz = table.set_index("value").loc["jazz"]
    assert (jazz["group"], jazz["rest"]) == (1.0, 0.0)
    assert table.set_index("value").loc["rock", "rest"] == 0.6
    arrays = column([np.array(["jazz", "rock"])] * 5 + [np.array(["rock"])] * 5)
    assert set(arrays["value"]) == {"jazz", "rock"}


def test_lists_and_objects_that_were_saved_as_json_are_what_they_were():
    values = [["jazz", "rock"]] * 4 + [{"b": 1, "a": [2]}] + [["rock"], [], None, ["rock"], ["é"]]
    saved = [None if value is None else json.dumps(value) for value in values]
    pd.testing.assert_frame_equal(column(saved), column(values))
    broken = column(["[jazz", "[rock"] * 5)
    assert set(broken["value"]) <= {"[jazz", "[rock"}


def test_text_flags_and_numbers_that_read_alike_are_kept_apart():
    table = column(["1", "1", 1, 1, True, True, "true", "no value", None, {"a": 1}], dtype=object)
    assert set(table["value"]) == {
        '"1"',
        "1",
        "true",
        '"true"',
        '"no value"',
        "no value",
        '{"a": 1}',
    }


def test_values_that_are_no_values_end_nothing():
    endless = []
    endless.append(endless)
    for odd in (endless, {(1, 2): 3}, "a\ud800", b"x", {1, 2}, [[["x"]]], "[" * 100_000, slice(1)):
        table = column([odd] * 5 + ["[]"] * 5, dtype=object)
        assert table["effect"].abs().max() == 1


def test_labels_of_the_index_do_not_matter_where_ids_are_a_column():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "x": ['["jazz"]', "[]"], "y": [1, 2]})
    table = compare(frame.set_axis([0, 0]), [True, False])
    pd.testing.assert_frame_equal(table, compare(frame, [True, False]))
    assert "jazz" in set(table["value"])


def test_numbers_of_any_dress_are_numbers():
    for values, options in (
        (range(10), {}),
        (map(str, range(10)), {"dtype": "Int64"}),
        ([Decimal(number) / 2 for number in range(10)], {"dtype": object}),
        ([*range(9), None], {"dtype": object}),
        (range(10), {"dtype": "category"}),
        (range(10), {"dtype": "int64[pyarrow]"}),
        (pd.to_timedelta(range(10), unit="D"), {}),
    ):
        table = column(list(values), **options)
        (row,) = table[table["measure"] == "median"].itertuples()
        assert row.effect == -1


def test_dates_of_any_dress_are_dates():
    days = pd.date_range("2026-01-01", periods=10)
    for values, options in (
        (days, {}),
        (days.tz_localize("Asia/Tokyo"), {}),
        ([day.date() for day in days], {"dtype": object}),
        ([f"{day:%Y-%m-%d}" for day in days], {}),
        ([f"{day:%Y-%m-%dT%H:%M:%SZ}" for day in days], {"dtype": object}),
        ([dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in range(1, 11)], {"dtype": object}),
        (days, {"dtype": "category"}),
    ):
        (row,) = column(list(values), **options).itertuples()
        assert row.measure == "median"
        assert isinstance(row.group, pd.Timestamp)
        assert row.effect == -1


def test_large_integers_are_told_apart():
    table = column([2**53] * 5 + [2**53 + 1] * 5, dtype="Int64")
    assert table["effect"].tolist() == [-1.0]


def test_nothing_but_gaps_is_no_comparison():
    for options in ({"dtype": "Int64"}, {"dtype": "str"}, {"dtype": object}):
        table = column([None] * 10, **options)
        assert not table["effect"].notna().any()
    whole = pd.DataFrame({"x": pd.Series([None] * 4, dtype=object), "y": [1, 2, 3, 4]})
    assert set(compare(whole, [True, True, False, False])["column"]) == {"y"}


def test_of_many_values_the_most_frequent_are_told():
    count = 600
    cities = [f"Village {number % 40}" if number % 3 else "Town" for number in range(count)]
    frame = pd.DataFrame({"city": cities}, index=[f"c{number}" for number in range(count)])
    table = compare(frame, np.arange(count) % 2 == 0)
    assert len(table) == 10
    assert "Town" in set(table["value"])


def test_the_frame_is_not_changed(customers):
    before = customers.copy(deep=True)
    compare(customers, "churned")
    pd.testing.assert_frame_equal(customers, before)
