"""Counting by the time of creation: found by search, it is what SQLite counts row by row."""

from __future__ import annotations

import itertools
import random

import pytest

from vfy_notebook.sandbox.data.customers.store import CustomerStore, Where


def row(number, created_ms):
    return (f"cust_{number}", None, None, None, None, created_ms, None, "{}")


@pytest.fixture
def store():
    chance = random.Random(0)
    store = CustomerStore()
    store.load(row(i, chance.randint(0, 60)) for i in range(200))
    return store


def spans():
    yield Where()
    for lower, upper in itertools.product((">", ">="), ("<", "<=")):
        for first, end in ((-5, 70), (10, 40), (10, 10), (40, 10), (61, 80)):
            where = Where().and_(f"c.created_ms {lower} ?", first, column="created_ms")
            yield where
            yield where.and_(f"c.created_ms {upper} ?", end, column="created_ms")


def by_sqlite(store, where):
    found = store._db.execute(f"SELECT count(*) {where.sql()}", where.args())
    return found.fetchone()[0]


def test_a_span_counts_what_sqlite_counts(store):
    assert [store.count(where) for where in spans()] == [by_sqlite(store, w) for w in spans()]
    assert store._times is not None


def test_a_write_is_counted_at_once(store):
    early = Where().and_("c.created_ms < ?", 5, column="created_ms")
    later = Where().and_("c.created_ms < ?", 6, column="created_ms")
    before = store.count(early), store.count(later)
    store._db.execute("DELETE FROM customers WHERE created_ms < 5")
    store._changed()
    assert (store.count(early), store.count(later)) == (0, before[1] - before[0])


def test_other_conditions_are_left_to_sqlite(store):
    named = Where().and_("c.name = ?", "Ada", column="name")
    assert store.count(named.and_("c.created_ms < ?", 50, column="created_ms")) == 0
    assert store._times is None
