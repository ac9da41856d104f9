"""Filters in Voucherify's format: each operator, on each kind of value."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

PEOPLE = [
    {
        "id": "a",
        "name": "Ada Acorn",
        "email": "ada@example.com",
        "birthdate": "1990-07-01",
        "address": {"city": "Łódź", "country": "PL"},
        "summary": {
            "orders": {
                "total_amount": 50_000,
                "total_count": 5,
                "last_order_date": "2024-05-01T10:00:00.000Z",
            }
        },
        "metadata": {"tier": "gold", "score": 9.5, "flag": True, "tags": ["x", "y"], "n": 1},
        "loyalty": {"points": 7, "campaigns": {"Tiers 2.0": {"points": 41}}},
        "created_at": "2024-01-10T00:00:00.000Z",
        "updated_at": "2024-06-14T12:00:00.000Z",
    },
    {
        "id": "b",
        "name": "Bruno",
        "birthdate": "1980-01-31",
        "address": {"city": "Köln", "country": "DE"},
        "summary": {
            "orders": {
                "total_amount": 100,
                "total_count": 1,
                "last_order_date": "2023-01-01T00:00:00.000Z",
            }
        },
        "metadata": {
            "tier": "silver",
            "score": 3,
            "flag": False,
            "tags": [],
            "n": "1",
            "dotted": {"key": "deep"},
        },
        "created_at": "2024-01-20T00:00:00.000Z",
    },
    {
        "id": "c",
        "metadata": {"tier": None, "flag": "true"},
        "created_at": "2024-06-10T12:00:00.000Z",
        "updated_at": "2024-07-01T00:00:00.000Z",
    },
]


@pytest.fixture
def find(box, api):
    box.reset(PEOPLE)

    def find(filters):
        body = {"name": "x", "type": "passive", "filter": filters}
        made = api.post("/v1/segments", body)
        assert made.status == 200, made.body
        by_list = api.ids(segment_id=made.json["id"], order="created_at")
        by_customer = [
            ref
            for ref in "abc"
            if made.json["id"]
            in [each["id"] for each in api.get(f"/v1/customers/{ref}/segments").json["data"]]
        ]
        assert by_list == by_customer
        return "".join(by_list)

    return find


@pytest.mark.parametrize(
    ("field", "operator", "operand", "expected"),
    [
        ("metadata.tier", "$is", ["gold"], "a"),
        ("metadata.tier", "$is", "gold", "a"),
        ("metadata.tier", "$is_not", ["gold"], "bc"),
        ("metadata.tier", "$in", ["gold", "silver", "none"], "ab"),
        ("metadata.tier", "$in", [], ""),
        ("metadata.tier", "$not_in", ["silver", "x"], "ac"),
        ("metadata.tier", "$in", [f"tier {n}" for n in range(5000)] + ["gold"], "a"),
        ("metadata.tier", "$has_value", [""], "ab"),
        ("metadata.tier", "$is_unknown", [""], "c"),
        ("metadata.nothing", "$is_unknown", [True], "abc"),
        ("metadata.nothing", "$has_value", [True], ""),
        ("metadata.flag", "$true", [True], "a"),
        ("metadata.flag", "$false", [True], "b"),
        ("metadata.flag", "$is", [True], "ac"),
        ("metadata.flag", "$is", [False], "b"),
        ("metadata.flag", "$is", [1], ""),
        ("metadata.n", "$is", [1], "a"),
        ("metadata.n", "$is", ["1"], "ab"),
        ("metadata.score", "$is", [3], "b"),
        ("metadata.tags", "$is", ["y"], "a"),
        ("metadata.tags", "$in", ["q", "x"], "a"),
        ("metadata.tags", "$contains", ["x"], "a"),
        ("metadata.tags", "$has_value", [""], "a"),
        ("metadata.dotted.key", "$is", ["deep"], "b"),
        ("metadata.score", "$more_than", [3], "a"),
        ("metadata.score", "$more_than_equal", [3], "ab"),
        ("metadata.score", "$less_than", ["9.5"], "b"),
        ("metadata.score", "$less_than_equal", ["9.5"], "ab"),
        ("metadata.n", "$more_than", [0], "a"),
        ("summary.orders.total_amount", "$more_than", [49_999], "a"),
        ("summary.orders.total_count", "$is", [1], "b"),
        ("summary.orders.total_count", "$less_than", [1], "c"),
        ("summary.orders.last_order_date", "$after", ["2024-05-01T09:59:59.999Z"], "a"),
        ("summary.orders.last_order_date", "$after", ["2024-05-01T10:00:00.000Z"], ""),
        ("summary.orders.last_order_date", "$before", ["2024-05-01"], "b"),
        ("loyalty.points", "$more_than", [6], "a"),
        ("loyalty.campaigns.Tiers 2.0.points", "$more_than_equal", [41], "a"),
        ("loyalty_points.campaigns.Tiers 2.0.points", "$more_than_equal", [42], ""),
        ("events.sign_up.count", "$more_than", ["0"], ""),
        ("name", "$starts_with", ["Ada", "Zoe"], "a"),
        ("name", "$ends_with", ["corn"], "a"),
        ("name", "$contains", ["run"], "b"),
        ("name", "$contains", ["RUN"], ""),
        ("name", "$not_contain", ["run"], "ac"),
        ("name", "$is_unknown", [""], "c"),
        ("email", "$ends_with", ["@example.com"], "a"),
        ("address.city", "$is", ["Łódź"], "a"),
        ("city", "$is", ["Köln"], "b"),
        ("address.country", "$is_not", ["PL"], "bc"),
        ("birthdate", "$before", ["1985-01-01"], "b"),
        ("created_at", "$after", ["2024-01-10T00:00:00.000Z"], "bc"),
        ("created_at", "$before", ["2024-01-20T00:00:00.000Z"], "a"),
        ("created_at", "$is", ["2024-01-20"], "b"),
        ("updated_at", "$after", ["2024-01-01"], "ac"),
        ("updated_at", "$has_value", [""], "ac"),
        ("updated_at", "$is_unknown", [""], "b"),
    ],
)
def test_an_operator(find, field, operator, operand, expected):
    assert find({"junction": "and", field: {"conditions": {operator: operand}}}) == expected


def test_conditions_of_a_field_all_hold(find):
    conditions = {"$more_than": [2], "$less_than": [5]}
    assert find({"junction": "and", "metadata.score": {"conditions": conditions}}) == "b"
    assert find({"junction": "or", "metadata.score": {"conditions": conditions}}) == "b"


def test_fields_are_joined_by_the_junction(find):
    fields = {
        "metadata.tier": {"conditions": {"$is": ["gold"]}},
        "address.city": {"conditions": {"$is": ["Köln"]}},
    }
    assert find({"junction": "and", **fields}) == ""
    assert find({"junction": "or", **fields}) == "ab"
    assert find(fields) == ""
    assert find({"junction": "AND"}) == "abc"


def moment(box, days):
    """So many days from the sandbox's now."""
    now = datetime.fromisoformat(box.advance(0))
    return (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize("field", ["updated_at", "summary.orders.last_order_date"])
@pytest.mark.parametrize(
    ("operator", "days", "expected"),
    [
        ("$more_than_ago", 5, "a"),
        ("$less_than_ago", 5, "b"),
        ("$more_than", 5, "a"),
        ("$less_than", 5, "bcd"),
        ("$is_days_ago", 3, "b"),
        ("$more_than_future", 5, "d"),
        ("$less_than_future", 5, "c"),
        ("$is_days_in_future", 2, "c"),
    ],
)
def test_days_count_from_now(box, api, field, operator, days, expected):
    times = {"a": -10, "b": -3.5, "c": 2.5, "d": 10}
    box.reset(
        [
            {
                "id": ref,
                "updated_at": moment(box, ahead),
                "summary": {"orders": {"last_order_date": moment(box, ahead)}},
            }
            for ref, ahead in times.items()
        ]
        + [{"id": "never"}],
        segments=[{"id": "s", "filter": {field: {"conditions": {operator: [days]}}}}],
    )
    assert "".join(sorted(api.ids(segment_id="s"))) == expected


def test_ages_follow_the_clock(box, api):
    filters = {"updated_at": {"conditions": {"$more_than_ago": [1]}}}
    box.reset(
        [{"id": "c", "updated_at": moment(box, 0)}], segments=[{"id": "s", "filter": filters}]
    )
    assert api.ids(segment_id="s") == []
    box.advance(2 * 86_400)
    assert api.ids(segment_id="s") == ["c"]


@pytest.mark.parametrize("field", ["birthdate", "created_at"])
def test_the_next_month(box, api, field):
    now = datetime.fromisoformat(box.advance(0))
    people = [
        {"id": f"m{month}", field: f"1990-{month:02d}-15" + ("T00:00:00Z" * (field != "birthdate"))}
        for month in range(1, 13)
    ]
    filters = {field: {"conditions": {"$next_month": [True]}}}
    box.reset(people, segments=[{"id": "s", "filter": filters}])
    assert api.ids(segment_id="s") == [f"m{now.month % 12 + 1}"]
