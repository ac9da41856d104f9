"""Batches carry every change once, keep both budgets, and are as few as can be."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.edits.changes import Change
from vfy_notebook.push.batches import BULK, METADATA, PUT, body_of, make_batches

values = st.one_of(st.sampled_from(["a", "ü😀", 1, True, None, [1.5]]), st.integers(0, 2))


@st.composite
def changes(draw, max_size=14):
    made = []
    for i in range(draw(st.integers(0, max_size))):
        source_id = draw(st.sampled_from([f"s{i}", f"s{i}", f'"ü"\n{i}', None]))
        change = Change(f"cust_{i}", f"cust_{i}", source_id)
        change.after["metadata.tier"] = draw(values)
        if draw(st.integers(0, 3)) == 0:
            change.after["name"] = draw(st.text(max_size=5))
        change.rest_of_metadata = draw(st.sampled_from([{}, {"kept": "x" * 20}]))
        change.before = dict.fromkeys(change.after)
        made.append(change)
    return made


@given(changes(), st.integers(1, 5), st.sampled_from([90, 150, 10_000]))
def test_every_change_is_in_one_batch_within_both_budgets(made, most, max_bytes):
    batches = make_batches(made, max_records=most, max_bytes=max_bytes)
    carried = [p for batch in batches.batches for p in batch.positions]
    assert sorted(carried + batches.too_large) == list(range(len(made)))
    for batch in batches.batches:
        some = [made[p] for p in batch.positions]
        body = body_of(batch.route, some)
        assert len(body) <= max_bytes
        assert len(some) <= (1 if batch.route == PUT else most)
        assert says(batch.route, json.loads(body), some)
    for position in batches.too_large:
        change = made[position]
        route = PUT if change.source_id is None else METADATA if change.only_metadata else BULK
        assert len(body_of(route, [change])) >= max_bytes


def says(route, body, some):
    """Whether a request says what its changes are."""
    if route == METADATA:
        return body == {
            "source_ids": [change.source_id for change in some],
            "metadata": some[0].metadata_change(),
        } and all(repr(c.after) == repr(some[0].after) for c in some)
    if route == BULK:
        return body == [{"source_id": c.source_id, **c.whole_fields()} for c in some]
    return some[0].source_id is None and body == some[0].whole_fields()


@given(st.lists(st.integers(1, 7), max_size=5), st.integers(0, 7), st.integers(1, 4))
def test_no_other_division_takes_fewer_requests(sizes, others, most):
    made = []
    for group, size in enumerate(sizes):
        made += [grouped(f"{group}-{i}", group) for i in range(size)]
    for i in range(others):
        change = grouped(f"other-{i}", 0)
        change.after["name"] = "x"
        made.append(change)
    calls = make_batches(made, max_records=most).calls
    assert sum(calls.values()) == fewest(sizes, others, most)


def grouped(name, group):
    change = Change(name, name, name)
    change.after["metadata.tier"] = group
    change.before["metadata.tier"] = None
    return change


def fewest(sizes, others, most):
    """By trying every number of each group's customers in the bulk route."""
    best = None
    for pooled in itertools.product(*(range(size + 1) for size in sizes)):
        kept = sum(-(-(size - p) // most) for size, p in zip(sizes, pooled, strict=True))
        calls = kept + -(-(others + sum(pooled)) // most)
        best = calls if best is None else min(best, calls)
    return best


def test_10_000_equal_changes_take_100_requests_and_one_if_the_api_takes_more():
    made = [grouped(f"c{i}", "gold") for i in range(10_000)]
    assert make_batches(made, max_records=100).calls == {"metadata": 100}
    assert make_batches(made, max_records=10_000).calls == {"metadata": 1}
