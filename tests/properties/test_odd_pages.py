"""Any JSON in any place of a page: rows for all who can be told apart, exact cells elsewhere."""

from __future__ import annotations

import copy
import json

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.api.decoding import decode_page
from vfy_notebook.api.listing.reading import OddRecords, as_page
from vfy_notebook.api.pages import readable_ms
from vfy_notebook.frames.customers import CustomerFrame
from vfy_notebook.frames.odd_values import odd_values

COUNT = 4


def usual(i):
    return {
        "id": f"cust_{i}",
        "source_id": f"s-{i}",
        "name": f"N{i}",
        "phone": "+48",
        "birthdate": "1990-01-02",
        "address": {"city": "Łódź", "state": "LD", "line_1": "a", "country": "PL"},
        "summary": {
            "redemptions": {"total_redeemed": i, "gift": {"redeemed_amount": 1}},
            "orders": {"total_amount": 100 * i, "last_order_date": "2024-05-01T00:00:00.000Z"},
        },
        "loyalty": {"points": i, "campaigns": {"A": {"points": 1}}},
        "referrals": {"total": 0},
        "metadata": {"tier": "gold", "n": i, "list": [1, "a"]},
        "created_at": f"2024-01-01T00:00:0{i}.123Z",
        "updated_at": "2024-06-01T00:00:00.000Z",
    }


PLACES = [
    *[(name,) for name in usual(0)],
    ("address", "city"),
    ("address", "state"),
    ("summary", "orders"),
    ("summary", "orders", "total_amount"),
    ("summary", "orders", "last_order_date"),
    ("summary", "redemptions", "gift"),
    ("loyalty", "points"),
    ("loyalty", "campaigns"),
    ("metadata", "tier"),
    ("metadata", "list"),
]

#: JSON as it is written, some of it such as no program should write.
tokens = st.sampled_from(
    [
        "1e400",
        "-1e999",
        "NaN",
        "Infinity",
        r'"\ud83d"',
        '"\udce9"',
        "9" * 30,
        "1.5",
        '""',
        "[]",
        "{}",
        "[" * 2_000 + "]" * 2_000,
        '{"a":[' * 300 + r'"é\"["' + "]}" * 300,
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=4,
)
raws = tokens | values.map(lambda value: json.dumps(value, ensure_ascii=False))
odd_places = st.lists(
    st.tuples(st.integers(0, COUNT - 1), st.sampled_from(PLACES), raws), min_size=1, max_size=5
)
envelopes = st.fixed_dictionaries({"total": raws, "has_more": raws})


def page_with(places, envelope):
    """The bytes of a page, and its customers as they stand in it, raw texts in place of values."""
    customers, found = [usual(i) for i in range(COUNT)], {}
    for number, (i, path, raw) in enumerate(places):
        *parents, last = path
        record = customers[i]
        for parent in parents:
            record = record[parent] if isinstance(record, dict) else None
        if isinstance(record, dict):
            record[last] = mark = f"<<{number}>>"
            found[mark] = raw
    text = json.dumps({"customers": customers}, ensure_ascii=False)[:-1]
    text += f', "total": {envelope["total"]}, "has_more": {envelope["has_more"]}' + "}"
    for mark, raw in found.items():
        text = text.replace(json.dumps(mark), raw)
    return text.encode("utf-8", "surrogateescape"), customers


def frame_of(body):
    found = decode_page(body, operation="list_customers")
    page = as_page(found, near_ms=0)
    odd = OddRecords()
    kept = odd.take(found, list(range(len(found.customers))), page.placed)
    frame = CustomerFrame()
    frame.add([found.customers[i] for i in kept])
    return frame.build(), odd


def is_readable(customer):
    """Whether a customer's id and time still stand in a page as they were, or as good ones."""
    return customer["id"].startswith("cust_") and readable_ms(customer["created_at"]) is not None


@given(places=odd_places, envelope=envelopes)
def test_everybody_who_can_be_told_apart_has_a_row_and_exact_cells_elsewhere(places, envelope):
    body, customers = page_with(copy.deepcopy(places), envelope)
    frame, odd = frame_of(body)
    plain = json.dumps({"customers": [usual(i) for i in range(COUNT)]}).encode()
    expected, _ = frame_of(plain)
    assert set(expected.columns) <= set(frame.columns) | {
        "metadata.tier",
        "metadata.n",
        "metadata.list",
    }
    touched = {}
    for i, path, _ in places:
        touched.setdefault(f"cust_{i}", set()).add(".".join(path))
    for i, shown in enumerate(customers):
        name = f"cust_{i}"
        if not is_readable(shown):
            continue
        assert name in frame.index
        for column in expected.columns:
            changed = touched.get(name, set())
            if any(column == path or column.startswith(path + ".") for path in changed):
                continue
            have, want = frame.loc[name, column], expected.loc[name, column]
            assert (pd.isna(have) and pd.isna(want)) if _is_na(want) else have == want, column
    assert set(odd_values(frame)) <= set(frame.index)
    assert len(frame) + len(odd.unnamed) >= COUNT - _doubles(customers, places)


def _is_na(value):
    return not isinstance(value, list | dict) and pd.isna(value)


def _doubles(customers, places):
    """Customers whose id was replaced by one that another has."""
    return sum(path == ("id",) for _, path, _ in places)
