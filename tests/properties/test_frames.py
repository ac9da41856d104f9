"""Records become a DataFrame and lose nothing: every cell is the value that the API gave."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.api.decoding import decode
from vfy_notebook.api.models import Customer, CustomerPage, Loyalty
from vfy_notebook.frames import batches as batches_module
from vfy_notebook.frames.customers import CustomerFrame, customers_frame
from vfy_notebook.frames.odd_values import odd_values
from vfy_notebook.frames.schema import FIXED, Kind

# -- customers as JSON -------------------------------------------------------------------------

texts = st.one_of(
    st.sampled_from(["", "0", "00042", "1e5", "nan", "NA", "None", "null", "true", "Łódź", "東京"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
int64s = st.one_of(
    st.sampled_from([0, 1, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]),
    st.integers(-(2**63), 2**63 - 1),
)
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        int64s,
        st.sampled_from([2**63, 2**64 - 1]),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=4,
)
milliseconds = st.integers(0, 4_000_000_000_000)


def iso(at_ms):
    return pd.Timestamp(at_ms, unit="ms", tz="UTC").isoformat(timespec="milliseconds")[:-6] + "Z"


def maybe(strategy):
    return st.none() | strategy


times = milliseconds.map(iso)
dates = st.dates().map(str)
objects = st.dictionaries(texts, anything, max_size=3)


def records(**fields):
    """Objects in which each key may be missing, and each value null."""
    return st.fixed_dictionaries({}, optional={name: maybe(s) for name, s in fields.items()})


def numbers(*names):
    return records(**dict.fromkeys(names, int64s))


redemptions = records(
    total_redeemed=int64s,
    total_failed=int64s,
    gift=numbers("redeemed_amount", "amount_to_go"),
    loyalty_card=numbers("redeemed_points", "points_to_go"),
)
customers = st.fixed_dictionaries(
    {"id": st.uuids().map(lambda u: f"cust_{u.hex}"), "created_at": times},
    optional={
        **{name: maybe(texts) for name in ("source_id", "name", "email", "phone")},
        "birthdate": maybe(dates),
        "address": maybe(records(city=texts, postal_code=texts, line_1=texts)),
        "summary": maybe(
            records(
                redemptions=redemptions,
                orders=records(total_amount=int64s, last_order_date=times),
            )
        ),
        "loyalty": maybe(records(points=int64s, campaigns=objects)),
        "referrals": maybe(records(total=int64s, campaigns=st.lists(anything, max_size=2))),
        "metadata": maybe(objects),
        "system_metadata": maybe(objects),
        "updated_at": maybe(times),
        "a_field_that_nobody_knows_yet": anything,
    },
)
projects = st.lists(customers, max_size=12, unique_by=lambda customer: customer["id"])


def decoded(project):
    body = json.dumps({"customers": project}, ensure_ascii=False).encode()
    return decode(body, CustomerPage, operation="list_customers").customers


# -- cells as JSON -----------------------------------------------------------------------------


def shown(value, kind):
    """A cell as the API would write it; None for NA."""
    if kind is Kind.OBJECT or isinstance(value, list | dict):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if kind is Kind.TIME:
        return iso((value - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(milliseconds=1))
    if kind is Kind.DATE:
        return str(value.date())
    return value.item() if isinstance(value, np.generic) else value


def found_in(customer, path):
    for name in path:
        customer = customer.get(name) if isinstance(customer, dict) else None
    return customer


def same(left, right):
    """Equal in value and in type: 1, 1.0 and True are three things."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def is_exact_in(column, cell, value):
    """Whether a metadata cell is the value; in a column of floats, whole ones are floats."""
    if value is None or cell is None:
        return value is None and cell is None
    if column.dtype == "Float64":
        return isinstance(value, int | float) and float(cell) == value
    return same(cell, value)


def build(project, *, order_of_arrival, rows_unpacked):
    before = batches_module._ROWS_UNPACKED
    batches_module._ROWS_UNPACKED = rows_unpacked
    try:
        frame = CustomerFrame()
        pages = list(decoded(project))
        order_of_arrival.shuffle(pages)
        while pages:
            if order_of_arrival.random() < 0.2:
                frame.add([])
            size = order_of_arrival.randint(1, 4)
            frame.add(pages[:size])
            pages = pages[size:]
        return frame.build()
    finally:
        batches_module._ROWS_UNPACKED = before


@given(project=projects, chance=st.randoms(use_true_random=False), rows=st.integers(1, 5))
def test_every_cell_is_the_value_that_the_api_gave(project, chance, rows):
    frame = build(project, order_of_arrival=chance, rows_unpacked=rows)
    by_id = {customer["id"]: customer for customer in project}
    assert sorted(frame.index) == sorted(by_id)
    for column in FIXED:
        path = column.name.split(".")
        for customer_id, cell in frame[column.name].items():
            value = found_in(by_id[customer_id], path)
            if column.kind is Kind.OBJECT:
                value = value or None  # nobody's campaigns are no campaigns
            assert same(shown(cell, column.kind), value), column.name


@given(project=projects, chance=st.randoms(use_true_random=False), rows=st.integers(1, 5))
def test_every_metadata_cell_is_the_value_that_the_api_gave(project, chance, rows):
    frame = build(project, order_of_arrival=chance, rows_unpacked=rows)
    by_id = {customer["id"]: customer for customer in project}
    keys = {key for customer in project for key in customer.get("metadata") or {}}
    assert {c for c in frame if c.startswith("metadata.")} == {"metadata." + key for key in keys}
    for key in keys:
        column = frame["metadata." + key]
        for customer_id, cell in column.items():
            value = (by_id[customer_id].get("metadata") or {}).get(key)
            kind = Kind.OBJECT if column.dtype == object else Kind.TEXT
            assert is_exact_in(column, shown(cell, kind), value)


@given(project=projects, seeds=st.tuples(st.integers(), st.integers()))
def test_neither_the_order_of_arrival_nor_the_pages_show(project, seeds):
    one, other = (
        build(project, order_of_arrival=random.Random(seed), rows_unpacked=seed % 7 + 1)
        for seed in seeds
    )
    assert list(one.index) == list(other.index)
    assert one.dtypes.to_dict() == other.dtypes.to_dict()
    for name in one:
        kind = Kind.OBJECT if one[name].dtype == object else Kind.TEXT
        assert all(
            same(shown(a, kind), shown(b, kind))
            for a, b in zip(one[name], other[name], strict=True)
        )


@given(project=projects)
def test_rows_come_oldest_first_and_equal_ones_by_id(project):
    frame = customers_frame(decoded(project))
    expected = sorted(project, key=lambda customer: (customer["created_at"], customer["id"]))
    assert list(frame.index) == [customer["id"] for customer in expected]


@given(values=st.lists(st.none() | st.integers() | st.floats(allow_nan=False), max_size=6))
def test_numbers_where_whole_ones_are_expected_are_exact_or_remembered(values):
    project = [Customer(id=f"cust_{i}", loyalty=Loyalty(points=v)) for i, v in enumerate(values)]
    frame = customers_frame(project)
    assert frame["loyalty.points"].dtype == "Int64"
    odd = odd_values(frame)
    for customer, value in zip(project, values, strict=True):
        cell = shown(frame.loc[customer.id, "loyalty.points"], Kind.TEXT)
        fits = value is None or (
            math.isfinite(value) and value == int(value) and -(2**63) <= value < 2**63
        )
        if fits:
            assert cell == value
        else:
            assert cell is None
        kept = odd.get(customer.id)
        assert kept == (None if fits else {"loyalty.points": json.dumps(value)})
