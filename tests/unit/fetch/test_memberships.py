"""What fetching memberships costs, and what it does when the world changes under it."""

from __future__ import annotations

import warnings

import pytest

from tests.unit.fetch.fake_api import FakeApi, customer_id
from vfy_notebook.api.models import Segment
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    NotFoundError,
    ResponseError,
    ServerError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.memberships.fetching import MembershipRequest, check_via, fetch_memberships

RULE = {"junction": "and", "metadata.tier": {"conditions": {"$is": ["gold"]}}}
RULE_ON_IDS = {"junction": "or", "x": {"source_id": {"conditions": {"$is_unknown": [""]}}}}


def people(count, start=0):
    return [customer_id(i) for i in range(start, start + count)]


def segments_of(*ids, rule=None):
    return [Segment(i, i.upper(), "static" if rule is None else "auto-update", rule) for i in ids]


def fetch(api, segments, customers=None, via="auto", **arguments):
    request = MembershipRequest(segments, segments, customers, via=via, progress=False, **arguments)
    return fetch_memberships(api, request)


def pairs(frame):
    return set(zip(frame["customer_id"], frame["segment_id"].astype("str"), strict=True))


# -- costs: the table in the docstring of `fetch_memberships`, without the call for the segments ---


@pytest.mark.parametrize(
    ("existing", "sizes", "asked_for", "asks", "calls"),
    [
        (20_000, [4_000] * 10, 3, True, 4),
        (20_000, [20_000], 50, True, 52),
        (20_000, [20_000], 1_000, False, 203),
        (50_000, [50_000] * 10, 2_000, True, 2_005),
        (100_000, [5_000] * 20, None, False, 1_020),
    ],
)
def test_typical_costs(existing, sizes, asked_for, asks, calls):
    everybody = people(existing)
    members = {f"seg_{i}": frozenset(everybody[-size:]) for i, size in enumerate(sizes)}
    api = FakeApi(everybody, members)
    wanted = None if asked_for is None else everybody[-asked_for:]
    frame = fetch(api, segments_of(*members), wanted)
    assert api.calls.total == calls
    assert bool(api.asked("customer_segments")) == asks
    assert len(frame) == sum(min(size, asked_for or size) for size in sizes)


def test_for_nobody_and_for_nothing_no_call_is_made():
    api = FakeApi(people(5), {"seg_a": frozenset(people(5))})
    for via in ("auto", "segments", "customers"):
        assert fetch(api, segments_of("seg_a"), [], via).empty
        assert fetch(api, [], people(5), via).empty
    assert api.calls.total == 0


def test_a_huge_segment_and_three_customers_mix_the_routes():
    everybody = people(30_000)
    members = {f"seg_{i}": frozenset(everybody[i : i + 50]) for i in range(3)}
    members["seg_huge"] = frozenset(everybody)
    api = FakeApi(everybody, members)
    ids = list(members)
    frame = fetch(api, segments_of(*ids), everybody[40:100:10])
    # Six customers: four first pages at most cost less than six answers and the proof.
    assert api.asked("list_customers") == ids
    # All of them are among the first hundred of the huge one: there is nothing left to ask.
    assert api.asked("customer_segments") == []
    assert pairs(frame) == {
        (c, s) for s, m in members.items() for c in everybody[40:100:10] if c in m
    }

    api = FakeApi(everybody, members)
    wanted = [*everybody[40:80:10], *everybody[20_000:20_003]]
    frame = fetch(api, segments_of(*ids), wanted)
    assert api.asked("list_customers") == ids
    assert api.asked("customer_segments")[:3] == wanted[4:]
    assert api.calls.total == 4 + 3 + 1
    assert pairs(frame) == {(c, s) for s, m in members.items() for c in wanted if c in m}


def test_a_segment_of_untold_size_is_not_begun_for_a_few_customers():
    everybody = people(1_000)
    api = FakeApi(everybody, {"seg_a": frozenset(everybody)}, tells_total=False)
    fetch(api, segments_of("seg_a"), everybody[-5:])
    assert len(api.asked("list_customers")) == 1
    assert len(api.asked("customer_segments")) == 5 + 1


def test_with_more_than_a_hundred_segments_of_everybody_all_are_asked():
    everybody = people(300)
    members = {f"seg_{i:03d}": frozenset(everybody) for i in range(160)}
    api = FakeApi(everybody, members)
    frame = fetch(api, segments_of(*members))
    assert len(frame) == 300 * 160
    # 160 first pages, 4 pages of customers, and a call for each of whom the first pages do not
    # tell everything: listing costs 160 · 4.
    assert api.calls.total == 160 + 4 + 200
    with_list = FakeApi(everybody, members)
    assert fetch(with_list, segments_of(*members), via="segments").equals(frame)
    assert with_list.calls.total == 160 * 4


def test_the_number_of_customers_is_asked_for_only_if_it_can_matter():
    everybody = people(300)
    members = {f"seg_{i:03d}": frozenset(everybody) for i in range(90)}
    api = FakeApi(everybody, members)
    fetch(api, segments_of(*members))
    assert None not in api.asked("list_customers")
    assert api.calls.total == 90 * 4


# -- customers who do not exist ------------------------------------------------------------------


def test_who_vanished_is_left_out_with_a_warning():
    existing, vanished = people(9), people(2, start=100)
    members = {"seg_a": frozenset(existing), "seg_b": frozenset(existing[:3])}
    api = FakeApi(existing, members, qualifies={"seg_b"})
    with pytest.warns(VfyNotebookWarning, match="2 customers are no longer") as caught:
        frame = fetch(api, segments_of("seg_a", "seg_b"), [*existing, *vanished], "customers")
    assert vanished[0] in str(caught[0].message)
    assert "Fetch the customers again" in str(caught[0].message)
    assert pairs(frame) == {(c, s) for s, m in members.items() for c in m}


def test_one_call_tells_those_who_exist_apart():
    existing = people(50)
    members = {"seg_a": frozenset(existing), "seg_b": frozenset(existing[:20])}
    api = FakeApi(existing, members, qualifies={"seg_b"})
    fetch(api, segments_of("seg_a", "seg_b"), existing, "customers")
    assert api.calls.total == 50 + 1
    (nobody,) = set(api.asked("customer_segments")) - set(existing)
    assert nobody.startswith("cust_")


def test_who_is_only_where_nobody_would_be_costs_a_call_more():
    existing, vanished = people(6), people(1, start=100)
    members = {"seg_a": frozenset(existing[:4]), "seg_b": frozenset(existing)}
    api = FakeApi(existing, members, qualifies={"seg_b"})
    with pytest.warns(VfyNotebookWarning, match=f"1 customer is no .*: {vanished[0]}"):
        frame = fetch(api, segments_of("seg_a", "seg_b"), [*existing, *vanished], "customers")
    assert api.asked("get_customer") == [*existing[4:], *vanished]
    assert len(frame) == 4 + 6


def test_the_ends_of_the_proof():
    """For a single doubtful one the certain proof costs no more; for answers of nothing, none."""
    existing = people(5)
    segments = segments_of("seg_a")
    api = FakeApi(existing, {"seg_a": frozenset(existing[:1])})
    fetch(api, segments, existing, "customers")
    assert api.asked("get_customer") == existing[:1]
    api = FakeApi(existing, {"seg_a": frozenset()})
    fetch(api, segments, existing, "customers")
    assert api.calls.total == 5


@pytest.mark.parametrize(
    ("segment", "proves"),
    [
        (Segment("seg_a", "A", "static"), True),
        (Segment("seg_a", "A", "passive", RULE), True),
        (Segment("seg_a", "A", "passive", RULE_ON_IDS), False),
        (Segment("seg_a", "A", "auto-update", {"or": [RULE_ON_IDS]}), False),
        (Segment("seg_a", "A"), False),
        (Segment("seg_other", "A", "static"), False),
    ],
)
def test_a_segment_proves_only_if_all_who_do_not_exist_are_alike_in_it(segment, proves):
    existing = people(4)
    api = FakeApi(existing, {"seg_a": frozenset(existing)})
    wanted = Segment("seg_a")
    known = [segment] if segment.id == "seg_a" else [segment, wanted]
    request = MembershipRequest([wanted], known, existing, via="customers", progress=False)
    fetch_memberships(api, request)
    assert api.asked("get_customer") == ([] if proves else existing)


def test_many_doubtful_ones_are_looked_for_in_the_list_of_all_if_that_is_shorter():
    existing, vanished = people(500), people(3, start=1_000)
    members = {"seg_a": frozenset(existing)}
    api = FakeApi(existing, members, qualifies={"seg_a"})
    with pytest.warns(VfyNotebookWarning, match="3 customers are no longer"):
        frame = fetch(api, segments_of("seg_a"), [*existing, *vanished], "customers")
    assert len(frame) == 500
    assert len(api.asked("list_customers")) == 6
    assert api.asked("get_customer") == vanished  # a list may lag, so who is missing is asked for

    api = FakeApi(existing, members, qualifies={"seg_a"})
    fetch(api, segments_of("seg_a"), existing[-12:], "customers")
    assert len(api.asked("list_customers")) <= 6
    assert api.calls.total <= 12 + 1 + 12 + 1


def test_the_list_of_all_is_left_where_asking_is_shorter():
    existing = people(5_000)
    api = FakeApi(existing, {"seg_a": frozenset(existing)}, qualifies={"seg_a"})
    frame = fetch(api, segments_of("seg_a"), existing[-12:], "customers")
    assert len(frame) == 12
    # Answers, somebody who does not exist, a first page that shows none of them, and each.
    assert api.calls.total == 12 + 1 + 1 + 12


def test_an_api_that_answers_404_needs_no_proof():
    existing, vanished = people(4), people(1, start=100)
    api = FakeApi(existing, {"seg_a": frozenset(existing)})
    api.answers_404 = True
    with pytest.warns(VfyNotebookWarning, match="1 customer is no longer"):
        frame = fetch(api, segments_of("seg_a", rule=RULE), [*existing, *vanished], "customers")
    assert set(frame["customer_id"]) == set(existing)
    assert api.asked("get_customer") == []


def test_more_than_five_are_counted_not_named():
    vanished = people(8, start=100)
    api = FakeApi([], {"seg_a": frozenset()}, qualifies={"seg_a"})
    with pytest.warns(VfyNotebookWarning, match=r"8 customers .*104 and 3 more\. Fetch"):
        assert fetch(api, segments_of("seg_a"), vanished, "customers").empty


def test_who_goes_after_having_been_listed_is_left_out_of_all_segments():
    everybody = people(3_000)
    gone = everybody[10]
    members = {"seg_a": frozenset(everybody[:60]), "seg_b": frozenset(everybody[20:])}
    api = FakeApi(everybody, members)
    api.answers_404 = True
    wanted = [gone, *everybody[2_000:2_004]]

    def go(operation):
        if operation == "customer_segments":
            api.created_ms.pop(gone, None)

    api.before_call = go
    with pytest.warns(VfyNotebookWarning, match=gone):
        frame = fetch(api, segments_of("seg_a", "seg_b"), wanted)
    assert set(frame["customer_id"]) == set(wanted) - {gone}


# -- segments that go, answers that lag ----------------------------------------------------------


def test_a_segment_that_is_gone_has_no_members_and_is_named():
    existing = people(5)
    api = FakeApi(existing, {"seg_a": frozenset(existing), "seg_b": frozenset(existing)})
    api.gone_segments = {"seg_b"}
    with pytest.warns(VfyNotebookWarning, match="1 segment is no longer .*: SEG_B.*Fetch the seg"):
        frame = fetch(api, segments_of("seg_a", "seg_b"))
    assert set(frame["segment_id"]) == {"seg_a"}
    assert frame["segment"].cat.categories.tolist() == ["SEG_A", "SEG_B"]


def test_a_404_for_the_list_of_all_customers_is_no_missing_segment():
    api = FakeApi(people(3), {"seg_a": frozenset()})
    api.gone_segments = {None}
    with pytest.raises(NotFoundError):
        fetch(api, segments_of("seg_a"), via="customers")


def test_members_that_the_api_counts_and_does_not_list_are_reported():
    existing = people(150)
    api = FakeApi(existing, {"seg_a": frozenset(existing), "seg_b": frozenset(existing)})
    api.overcounts = 3
    with pytest.warns(IncompleteListingWarning) as caught:
        frame = fetch(api, segments_of("seg_a", "seg_b"))
    assert "Read 150 members of 'SEG_A', but the API now counts 153" in str(caught[0].message)
    assert "'SEG_B'" in str(caught[1].message)
    assert len(frame) == 300
    with pytest.warns(IncompleteListingWarning, match="Read 150 customers, but the API now counts"):
        assert fetch(api, segments_of("seg_a", "seg_b"), via="customers").equals(frame)


def test_an_answer_cut_short_is_refused():
    existing = people(3)
    api = FakeApi(existing, {"seg_a": frozenset(existing)})
    whole = api.customer_segments

    def cut(customer):
        told = whole(customer)
        told.data = []
        return told

    api.customer_segments = cut
    with pytest.raises(ResponseError, match=r"0 of the 1 segments .*via='segments'"):
        fetch(api, segments_of("seg_a"), existing, "customers")


# -- being cut off -------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(
    ("raised", "caught"),
    [(KeyboardInterrupt(), FetchInterrupted), (ServerError("x", status=500), ServerError)],
)
@pytest.mark.parametrize("via", ["segments", "customers"])
def test_what_had_arrived_is_in_the_error(via, raised, caught, workers):
    existing = people(450)
    api = FakeApi(existing, {"seg_a": frozenset(existing), "seg_b": frozenset(existing)})

    def fail(_operation):
        if api.calls.total >= 7:
            raise raised

    api.before_call = fail
    with pytest.raises(caught) as error:
        fetch(api, segments_of("seg_a", "seg_b"), existing, via, workers=workers)
    partial = error.value.partial
    assert 0 < len(partial) < 900
    assert list(partial.columns) == ["customer_id", "segment_id", "segment"]
    assert not partial.duplicated().any()
    assert api.calls.total < 7 + workers


# -- how it is told ------------------------------------------------------------------------------


def test_bars_for_what_is_read_and_what_is_asked(capsys):
    everybody = people(3_000)
    api = FakeApi(everybody, {"seg_a": frozenset(everybody)})
    segments = segments_of("seg_a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fetch_memberships(api, MembershipRequest(segments, segments, everybody[-5:], progress=True))
    assert capsys.readouterr().err.splitlines() == [
        "Reading segments: 100 members · 1 API call",
        "Asking customers: 5 customers · 6 API calls",
    ]


@pytest.mark.parametrize("via", ["segments", "customers", "auto"])
def test_routes_that_there_are(via):
    check_via(via)


def test_a_route_that_there_is_not():
    with pytest.raises(ArgumentError, match="'export' is not one of 'auto', 'segments', 'cust"):
        check_via("export")
