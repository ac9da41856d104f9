"""Every route to the memberships gives the same frame, and the one chosen is the cheapest."""

from __future__ import annotations

import warnings
from itertools import chain, combinations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fetch.fake_api import FakeApi, customer_id
from vfy_notebook.api.models import Segment
from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.fetch.memberships.fetching import MembershipRequest, fetch_memberships
from vfy_notebook.fetch.memberships.vertex_cover import cheapest_plan

# -- the cheapest plan ---------------------------------------------------------------------------


def subsets(things):
    things = list(things)
    return chain.from_iterable(combinations(things, n) for n in range(len(things) + 1))


def resolves_all_pairs(listed, asked, pages, seen, customers):
    return all(
        segment in listed or customer in asked or customer in seen[segment]
        for segment in pages
        for customer in customers
    )


def cost(listed, asked, pages, existence_calls):
    return sum(pages[s] for s in listed) + len(asked) + (existence_calls if asked else 0)


@st.composite
def situations(draw):
    customers = [f"cust_{i}" for i in range(draw(st.integers(0, 6)))]
    segments = [f"seg_{i}" for i in range(draw(st.integers(0, 5)))]
    pages = {s: draw(st.integers(1, 5)) for s in segments}
    anyone = st.sampled_from([*customers, "cust_other"])
    seen = {s: frozenset(draw(st.sets(anyone, max_size=6))) for s in segments}
    return pages, seen, customers, draw(st.integers(0, 2))


@given(situation=situations())
def test_no_choice_of_lists_and_questions_is_cheaper(situation):
    pages, seen, customers, existence_calls = situation
    plan = cheapest_plan(pages, seen, customers, existence_calls=existence_calls)
    assert resolves_all_pairs(plan.list_segments, plan.ask_customers, pages, seen, customers)
    assert plan.calls == cost(plan.list_segments, plan.ask_customers, pages, existence_calls)
    assert plan.calls == min(
        cost(listed, asked, pages, existence_calls)
        for listed in subsets(pages)
        for asked in subsets(customers)
        if resolves_all_pairs(listed, asked, pages, seen, customers)
    )


# -- routes agree --------------------------------------------------------------------------------

SEGMENTS = [Segment(f"seg_{i}", f"Segment {i % 3}", "static") for i in range(6)]


@st.composite
def memberships(draw):
    """Up to 450 customers in up to six segments, each with members of its own kind of size."""
    number = draw(st.integers(0, 450))
    customers = [customer_id(i) for i in range(number)]
    segments = SEGMENTS[: draw(st.integers(0, 6))]
    shuffler = draw(st.randoms(use_true_random=False))
    members = {}
    for segment in segments:
        share = draw(st.sampled_from([0, 0.01, 0.2, 0.5, 1]))
        members[segment.id] = frozenset(shuffler.sample(customers, int(share * number)))
    vanished = [customer_id(1_000 + i) for i in range(draw(st.integers(0, 2)))]
    return customers, segments, members, vanished, shuffler


def fetch(api, segments, customers, via, workers=1):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VfyNotebookWarning)
        return fetch_memberships(
            api,
            MembershipRequest(
                segments, segments, customers, via=via, workers=workers, progress=False
            ),
        )


def expected_pairs(members, customers):
    return sorted((c, s) for s, all_of_it in members.items() for c in all_of_it if c in customers)


@given(situation=memberships(), how_many=st.integers(0, 450), tells=st.booleans(), data=st.data())
def test_routes_give_the_same_frame(situation, how_many, tells, data):
    customers, segments, members, vanished, shuffler = situation
    qualifies = frozenset(s.id for s in segments if data.draw(st.booleans()))
    wanted = shuffler.sample(customers, min(how_many, len(customers))) + vanished
    frames = []
    for via in ("segments", "customers", "auto"):
        api = FakeApi(customers, members, qualifies=qualifies, tells_has_more=tells)
        frames.append(fetch(api, segments, wanted, via))
    for frame in frames:
        pd.testing.assert_frame_equal(frame, frames[0])
        found = list(zip(frame["customer_id"], frame["segment_id"].astype("str"), strict=True))
        assert found == expected_pairs(members, set(wanted))
        assert list(frame["segment_id"].cat.categories) == [s.id for s in segments]
        assert frame["segment"].cat.categories.is_unique


@given(situation=memberships(), tells=st.booleans())
def test_routes_give_the_same_frame_for_all_customers(situation, tells):
    customers, segments, members, _, _ = situation
    frames = [
        fetch(FakeApi(customers, members, tells_total=tells), segments, None, via)
        for via in ("segments", "customers", "auto")
    ]
    for frame in frames:
        pd.testing.assert_frame_equal(frame, frames[0])
        found = list(zip(frame["customer_id"], frame["segment_id"].astype("str"), strict=True))
        assert found == expected_pairs(members, set(customers))


# -- and cost as little as can be ----------------------------------------------------------------


@given(situation=memberships(), how_many=st.integers(0, 60))
def test_auto_costs_no_more_than_the_better_route_and_the_first_pages(situation, how_many):
    customers, segments, members, _, shuffler = situation
    wanted = shuffler.sample(customers, min(how_many, len(customers)))
    calls = {}
    for via in ("segments", "customers", "auto"):
        api = FakeApi(customers, members)
        fetch(api, segments, wanted, via)
        calls[via] = api.calls.total
    proof = 1
    cheapest = min(calls["segments"], calls["customers"] + proof)
    assert calls["auto"] <= cheapest + len(segments)
    assert calls["auto"] <= 2 * cheapest


@given(situation=memberships(), workers=st.sampled_from([1, 4]))
def test_for_all_customers_auto_lists_the_segments(situation, workers):
    customers, segments, members, _, _ = situation
    api = FakeApi(customers, members)
    fetch(api, segments, None, "auto", workers=workers)
    pages = sum(1 + max(-(-(len(m) - 100) // 99), 0) for m in members.values())
    assert len(api.asked("list_customers")) == api.calls.total == pages
