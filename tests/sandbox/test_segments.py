"""Segments: who belongs to them, how they are listed, made and removed."""

from __future__ import annotations

from datetime import datetime

import pytest

from .support import customers, path_of

GOLD = {"junction": "and", "metadata.tier": {"conditions": {"$is": ["gold"]}}}
SEGMENTS = [
    {
        "id": "seg_gold",
        "name": "Gold",
        "type": "auto-update",
        "filter": GOLD,
        "created_at": "2024-01-01T00:00:00.000Z",
    },
    {
        "id": "seg_not_gold",
        "name": "Others",
        "type": "passive",
        "filter": {"junction": "and", "metadata.tier": {"conditions": {"$is_not": ["gold"]}}},
        "created_at": "2024-01-02T00:00:00.000Z",
    },
    {
        "id": "seg_fixed",
        "name": "Fixed",
        "type": "static",
        "members": ["cust_001", "cust_002", "cust_gone"],
        "created_at": "2024-01-03T00:00:00.000Z",
    },
]


@pytest.fixture
def some(box):
    people = customers(4)
    people[0]["metadata"] = {"tier": "gold"}
    people[1]["metadata"] = {"tier": "gold"}
    box.reset(people, segments=SEGMENTS)
    return box


def segments_of(api, ref):
    reply = api.get(path_of(ref, "segments"))
    assert reply.status == 200
    assert reply.json["total"] == len(reply.json["data"])
    return [each["id"] for each in reply.json["data"]]


def members(api, segment, **query):
    return api.ids(segment_id=segment, order="created_at", **query)


def test_both_routes_to_a_membership_agree(some, api):
    assert members(api, "seg_gold") == ["cust_000", "cust_001"]
    assert members(api, "seg_not_gold") == ["cust_002", "cust_003"]
    assert members(api, "seg_fixed") == ["cust_001", "cust_002"]
    assert segments_of(api, "c000") == ["seg_gold"]
    assert segments_of(api, "cust_001") == ["seg_gold", "seg_fixed"]
    assert segments_of(api, "c002") == ["seg_not_gold", "seg_fixed"]


def test_a_customers_segments_have_the_apis_shape(some, api):
    assert api.get(path_of("c000", "segments")).json == {
        "object": "list",
        "data_ref": "data",
        "data": [{"id": "seg_gold", "name": "Gold", "object": "segment"}],
        "total": 1,
    }


def test_an_unknown_customer_is_no_404_but_what_it_would_qualify_for(some, api):
    assert segments_of(api, "nobody at all") == ["seg_not_gold"]


def test_members_can_be_paged_ordered_and_filtered(some, api):
    some.insert(customers(9, metadata={"tier": "gold"})[4:])
    some.touch("c005", name="Ada", updated_at="2024-02-02T00:00:00.000Z")
    gold = [0, 1, 4, 5, 6, 7, 8]
    page = {"limit": 3, "order": "source_id"}
    assert members(api, "seg_gold", limit=3, page=2)[0] == "cust_005"
    assert api.ids(segment_id="seg_gold", **page) == [f"cust_{n:03d}" for n in gold[:3]]
    assert api.ids(segment_id="seg_gold", name="Ada") == ["cust_005"]
    assert api.ids(segment_id="seg_gold", order="updated_at", limit=1) == ["cust_005"]
    body = api.get("/v1/customers", segment_id="seg_gold", limit=2).json
    assert (body["total"], body["has_more"]) == (7, True)
    cursor = "2024-01-01T00:00:00.000Z"
    assert members(api, "seg_gold", starting_after=cursor)[0] == "cust_001"


def test_writes_move_customers_between_segments(some, api):
    assert members(api, "seg_gold") == ["cust_000", "cust_001"]
    api.put(path_of("c003"), {"metadata": {"tier": "gold"}})
    api.put(path_of("c000"), {"metadata": {"tier": None}})
    assert members(api, "seg_gold") == ["cust_001", "cust_003"]
    assert segments_of(api, "c000") == ["seg_not_gold"]
    api.delete(path_of("c001"))
    assert members(api, "seg_gold") == ["cust_003"]
    assert members(api, "seg_fixed") == ["cust_002"]


def test_memberships_can_lag_behind_a_write(some, api):
    some.set(segments_lag_polls=2)
    api.put(path_of("c003"), {"metadata": {"tier": "gold"}})
    assert members(api, "seg_gold") == ["cust_000", "cust_001"]
    assert segments_of(api, "c003") == ["seg_not_gold"]
    assert segments_of(api, "c003") == ["seg_gold"]
    assert members(api, "seg_gold") == ["cust_000", "cust_001", "cust_003"]


def test_an_unknown_segment_is_a_404_or_empty(some, api):
    reply = api.get("/v1/customers", segment_id="seg_none")
    assert (reply.status, reply.json["resource_type"]) == (404, "segment")
    some.set(unknown_segment="empty")
    assert api.get("/v1/customers", segment_id="seg_none").json["total"] == 0


def test_the_list_has_the_apis_shape_and_keeps_members_to_itself(some, api):
    body = api.get("/v1/segments").json
    assert {k: v for k, v in body.items() if k != "data"} == {
        "object": "list",
        "data_ref": "data",
        "total": 3,
    }
    assert [each["id"] for each in body["data"]] == ["seg_fixed", "seg_not_gold", "seg_gold"]
    assert body["data"][2] == {
        "id": "seg_gold",
        "name": "Gold",
        "created_at": "2024-01-01T00:00:00.000Z",
        "updated_at": None,
        "type": "auto-update",
        "filter": GOLD,
        "object": "segment",
    }
    assert body["data"][0]["filter"] is None


def listed(api, **query):
    body = api.get("/v1/segments", **query).json
    return [each["id"].removeprefix("seg_") for each in body["data"]]


def test_the_list_is_paged_by_filters_on_the_creation(some, api):
    bound = "filters[created_at][conditions]"
    middle = "2024-01-02T00:00:00.000Z"
    assert listed(api, limit=1) == ["fixed"]
    assert listed(api, limit=1, order="created_at") == ["gold"]
    assert listed(api, **{f"{bound}[$before]": middle}) == ["gold"]
    assert listed(api, **{f"{bound}[$after]": middle}) == ["fixed"]
    assert api.get("/v1/segments", limit=1, **{f"{bound}[$after]": "2024"}).status == 400
    some.set(range_bounds="inclusive")
    assert listed(api, **{f"{bound}[$before]": middle}) == ["not_gold", "gold"]


@pytest.mark.parametrize("spelling", ["starting_after", "start_date"])
def test_the_list_can_be_paged_by_other_spellings(some, api, spelling):
    some.set(segments_paging=spelling)
    times = [
        api.get("/v1/segments", order="created_at").json["data"][n]["created_at"] for n in (0, 1)
    ]
    bound = {spelling: times[0]}
    body = api.get("/v1/segments", order="created_at", limit=2, **bound).json
    inclusive = spelling == "start_date"
    expected = ["seg_gold", "seg_not_gold"] if inclusive else ["seg_not_gold", "seg_fixed"]
    assert [each["id"] for each in body["data"]] == expected
    assert body["total"] == 3
    if spelling == "starting_after":
        assert listed(api, starting_after=times[1]) == ["gold"]


def test_spellings_that_are_not_heeded_are_ignored_or_refused(some, api):
    bounds = {
        "filters[created_at][conditions][$after]": "2999-01-01T00:00:00.000Z",
        "starting_after": "1999-01-01T00:00:00.000Z",
        "start_date": "2999-01-01T00:00:00.000Z",
    }
    some.set(segments_paging="none", segments_by_name=False)
    name = {"filters[name][conditions][$is]": "Gold"}
    assert listed(api, **bounds, **name) == ["fixed", "not_gold", "gold"]
    some.set(segments_unknown="refuse")
    for each, value in {**bounds, **name}.items():
        assert api.get("/v1/segments", **{each: value}).status == 400
    some.set(segments_paging="start_date")
    assert api.get("/v1/segments", start_date="2000-01-01").status == 200


def test_members_of_a_passive_segment_may_be_hidden(some, api):
    shown = members(api, "seg_not_gold")
    assert shown
    some.set(passive_members="nobody")
    assert members(api, "seg_not_gold") == []
    assert "seg_not_gold" in segments_of(api, shown[0])
    assert members(api, "seg_gold") == ["cust_000", "cust_001"]


def test_unknown_ids_in_a_static_segment_can_be_refused(some, api):
    some.set(static_unknown_ids="refuse")
    body = {"name": "F", "type": "static", "customers": ["cust_003", "cust_none"]}
    reply = api.post("/v1/segments", body)
    assert reply.status == 400
    assert "cust_none" in reply.json["details"]
    assert api.get("/v1/segments").json["total"] == 3
    assert api.post("/v1/segments", {**body, "customers": ["cust_003"]}).status == 200


# -- the examples of the vendor's API reference ----------------------------------------------------


def test_the_vendors_static_segment(box, api):
    two = ["cust_iajsExT2QB4sGWzABY85WRqV", "cust_sehkNIi8Uq2qQuRqSr7xn4Zi"]
    box.reset([{"id": each} for each in [*two, "cust_other"]])
    body = {"name": "Customers in a new Segment", "type": "static", "customers": two}
    made = api.post("/v1/segments", body)
    assert made.status == 200
    shown = made.json
    assert (shown["name"], shown["type"], shown["filter"], shown["object"]) == (
        "Customers in a new Segment",
        "static",
        None,
        "segment",
    )
    assert sorted(members(api, shown["id"])) == sorted(two)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {
                "junction": "and",
                "created_at": {"conditions": {"$after": ["2021-12-01T00:00:00.000Z"]}},
            },
            ["cust_new"],
        ),
        (
            {
                "junction": "and",
                "birthdate": {"conditions": {"$next_month": [True]}},
                "address.country": {"conditions": {"$is": "Poland"}},
                "metadata.club_level": {"conditions": {"$in": ["Gold", "Silver"]}},
            },
            ["cust_old"],
        ),
    ],
)
def test_the_vendors_dynamic_segments(box, api, rule, expected):
    next_month = datetime.fromisoformat(box.advance(0)).month % 12 + 1
    old = {
        "id": "cust_old",
        "created_at": "2021-11-30T00:00:00.000Z",
        "birthdate": f"1990-{next_month:02d}-10",
        "address": {"country": "Poland"},
        "metadata": {"club_level": "Silver"},
    }
    box.reset([old, {"id": "cust_new", "created_at": "2021-12-02T00:00:00.000Z"}])
    name = "Customers in a new Dynamic Segment"
    made = api.post("/v1/segments", {"name": name, "type": "auto-update", "filter": rule}).json
    assert (made["name"], made["type"], made["filter"]) == (name, "auto-update", rule)
    assert members(api, made["id"]) == expected


# -- what is documented nowhere --------------------------------------------------------------------


def test_members_of_a_new_passive_segment_may_come_late(some, api):
    some.set(new_members_polls=2)
    passive = api.post("/v1/segments", {"name": "P", "type": "passive", "filter": GOLD}).json
    static = {"name": "S", "type": "static", "customers": ["cust_003"]}
    assert members(api, api.post("/v1/segments", static).json["id"]) == ["cust_003"]
    assert members(api, passive["id"]) == []
    assert passive["id"] not in segments_of(api, "cust_000")
    assert passive["id"] in segments_of(api, "cust_000")
    assert members(api, passive["id"]) == ["cust_000", "cust_001"]


@pytest.mark.parametrize("operator", ["$is", "$in"])
def test_a_flag_is_found_only_where_its_key_is_defined(box, api, operator):
    people = [{"id": "cust_a", "metadata": {"vip": True}}, {"id": "cust_b", "metadata": {}}]
    rule = {"junction": "and", "metadata.vip": {"conditions": {operator: [True]}}}

    def found():
        body = {"name": "VIP", "type": "passive", "filter": rule}
        return members(api, api.post("/v1/segments", body).json["id"])

    box.reset(people, metadata_schema={"properties": {"vip": {"type": "boolean"}}})
    assert found() == ["cust_a"]
    removed = {"properties": {"vip": {"type": "boolean", "deleted": True}}}
    for schema in ({"properties": {}}, removed):
        box.reset(people, metadata_schema=schema)
        assert found() == []
        box.set(untyped_flags="found")
        assert found() == ["cust_a"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"filters[name][conditions][$is]": "Gold"}, ["gold"]),
        ({"filters[name][conditions][$is_not]": "Gold"}, ["fixed", "not_gold"]),
        ({"filters[name][conditions][$contains]": "th"}, ["not_gold"]),
        ({"filters[name][conditions][$starts_with]": "Fi"}, ["fixed"]),
        ({"filters[type][conditions][$in][0]": "static"}, ["fixed"]),
        (
            {
                "filters[type][conditions][$in][0]": "static",
                "filters[type][conditions][$in][1]": "passive",
            },
            ["fixed", "not_gold"],
        ),
        (
            {
                "filters[junction]": "or",
                "filters[id][conditions][$is]": "seg_gold",
                "filters[name][conditions][$is]": "Fixed",
            },
            ["fixed", "gold"],
        ),
    ],
)
def test_the_list_can_be_filtered(some, api, condition, expected):
    assert listed(api, **condition) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 101},
        {"limit": 0},
        {"order": "name"},
        {"filters[name][conditions][$more_than]": "1"},
        {"filters[size][conditions][$is]": "1"},
        {"filters[created_at][conditions][$is]": "2024-01-01"},
    ],
)
def test_bad_list_parameters_are_refused(some, api, query):
    reply = api.get("/v1/segments", **query)
    assert (reply.status, reply.json["key"]) == (400, "invalid_query_params")


def test_ten_are_listed_where_no_limit_is_given(box, api):
    many = [{"id": f"seg_{n:02d}", "type": "static"} for n in range(12)]
    box.reset([], segments=many)
    body = api.get("/v1/segments").json
    assert (len(body["data"]), body["total"]) == (10, 12)


def test_segments_can_be_made_read_and_removed(some, api):
    made = api.post("/v1/segments", {"name": "New", "type": "auto-update", "filter": GOLD}).json
    assert made["filter"] == GOLD
    assert "initial_sync_status" not in made  # gone since November 2025
    assert members(api, made["id"]) == ["cust_000", "cust_001"]
    assert api.get(f"/v1/segments/{made['id']}").json == made
    fixed = {"name": "F", "type": "static", "customers": ["cust_003", "cust_none"]}
    static = api.post("/v1/segments", fixed).json
    assert static["filter"] is None
    assert members(api, static["id"]) == ["cust_003"]
    assert api.delete(f"/v1/segments/{made['id']}").status == 204
    assert api.delete(f"/v1/segments/{made['id']}").status == 404
    assert api.get(f"/v1/segments/{made['id']}").json["resource_type"] == "segment"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"type": "static"},
        {"name": "", "type": "static"},
        {"name": "x", "type": "dynamic"},
        {"name": "x", "type": "static", "customers": "cust_1"},
        {"name": "x", "type": "static", "customers": [1]},
        {"name": "x", "type": "static", "customers": ["c"] * 20_001},
        {"name": "x", "type": "passive"},
        {"name": "x", "type": "passive", "filter": []},
        {"name": "x", "type": "passive", "filter": {"junction": "xor"}},
        {"name": "x", "type": "passive", "filter": {"name": "Ada"}},
        {"name": "x", "type": "passive", "filter": {"name": {"conditions": {}}}},
        {"name": "x", "type": "passive", "filter": {"name": {"conditions": {"$like": ["A"]}}}},
        {"name": "x", "type": "passive", "filter": {'a"b': {"conditions": {"$is": ["A"]}}}},
        {"name": "x", "type": "passive", "filter": {"a": {"conditions": {"$more_than": ["z"]}}}},
        {"name": "x", "type": "passive", "filter": {"a": {"conditions": {"$more_than": []}}}},
        {"name": "x", "type": "passive", "filter": {"a": {"conditions": {"$after": ["soon"]}}}},
        {
            "name": "x",
            "type": "passive",
            "filter": {f"metadata.k{n}": {"conditions": {"$is": [n]}} for n in range(3000)},
        },
    ],
)
def test_segments_that_make_no_sense_are_refused(some, api, body):
    reply = api.post("/v1/segments", body)
    assert (reply.status, reply.json["key"]) == (400, "invalid_payload")
    assert api.get("/v1/segments").json["total"] == 3


def test_a_project_has_at_most_100_dynamic_segments(box, api):
    box.reset([], segments=[{"type": "passive", "filter": GOLD} for _ in range(100)])
    body = {"name": "x", "type": "passive", "filter": GOLD}
    assert "at most 100" in api.post("/v1/segments", body).json["details"]
    assert api.post("/v1/segments", {"name": "x", "type": "static"}).status == 200


def test_a_test_sees_who_is_in_a_static_segment(some, api):
    assert [(each["id"], each["members"]) for each in some.segments()] == [
        ("seg_gold", []),
        ("seg_not_gold", []),
        ("seg_fixed", ["cust_001", "cust_002", "cust_gone"]),
    ]


def test_two_segments_may_have_the_same_name(box, api):
    box.reset([], segments=[{"id": "a", "name": "Same"}, {"id": "b", "name": "Same"}])
    assert [each["name"] for each in api.get("/v1/segments").json["data"]] == ["Same", "Same"]
