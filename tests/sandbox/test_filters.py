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
    box.reset(PEOPLE, metadata_schema={"properties": {"flag": {"type": "boolean"}}})

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
        ("metadata.tags", "$count", [2], "a"),
        ("metadata.tags", "$count_less", [1], "bc"),
        ("metadata.tags", "$count_more", ["1"], "a"),
        ("updated_at", "$count", [1], "ac"),
        ("metadata.tier", "$in_location", ["loc_1"], ""),
        ("metadata.tier", "$not_in_location", ["loc_1"], "abc"),
        ("metadata.tier", "$active", [True], ""),
        ("birthdate", "$is_day_of_month", [1, 31], "ab"),
        ("birthdate", "$is_month", ["7"], "a"),
        ("birthdate", "$is_year", [1980, 1991], "b"),
        ("created_at", "$is_month", [6], "c"),
        ("created_at", "$is_day", [3], "a"),  # a Wednesday
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


def words(text):
    return text.split()


OPERATORS = words("""
    $in $not_in $in_location $not_in_location $is $is_days_ago $is_days_in_future $is_not $has_value
    $is_unknown $contains $not_contain $starts_with $ends_with $more_than $less_than $more_than_ago
    $less_than_ago $more_than_future $less_than_future $more_than_equal $less_than_equal $after
    $before $count $count_less $count_more $today $tomorrow $yesterday $this_week $last_week
    $next_week $this_month $last_month $next_month $this_year $next_year $last_year
    $is_day_of_month $is_day $is_month $is_year $today_md $tomorrow_md $yesterday_md $this_week_md
    $last_week_md $next_week_md $this_month_md $last_month_md $next_month_md $is_days_ago_md
    $is_more_days_ago_md $is_less_days_ago_md $is_days_in_future_md $is_more_days_in_future_md
    $is_less_days_in_future_md $is_years_ago $active $failed $in_progress $expired $before_start
    $enabled $disabled $redeemed $redeemable
""")


@pytest.mark.parametrize("field", ["created_at", "birthdate", "metadata.tier"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_of_the_vendor_is_taken(find, field, operator):
    operand = ["2024-01-01T00:00:00.000Z"] if field == "created_at" else [1]
    if operator in ("$after", "$before"):
        operand = ["2024-01-01"]
    elif operator not in ("$is", "$is_not", "$in", "$not_in"):
        operand = [1]
    assert set(find({field: {"conditions": {operator: operand}}})) <= set("abc")


@pytest.mark.parametrize("operator", ["$true", "$false", "$equals", "is", "$next_year_md", ""])
def test_others_are_refused_with_the_list(api, operator):
    filters = {"metadata.flag": {"conditions": {operator: [True]}}}
    reply = api.post("/v1/segments", {"name": "x", "type": "passive", "filter": filters})
    assert reply.status == 400
    for known in OPERATORS:
        assert f"{known}," in reply.json["details"] or f"{known};" in reply.json["details"]


@pytest.mark.parametrize("operand", [-1, 367, 10**30, "nan", "inf", "-inf", "x", None, [], True])
@pytest.mark.parametrize(
    "operator", ["$is_days_ago_md", "$is_more_days_ago_md", "$is_less_days_ago_md"]
)
def test_days_that_no_year_has_are_refused(api, operator, operand):
    filters = {"birthdate": {"conditions": {operator: [operand]}}}
    reply = api.post("/v1/segments", {"name": "x", "type": "passive", "filter": filters})
    assert (reply.status, reply.json["key"]) == (400, "invalid_payload")


#: Far from midnight, from the turn of a month, and from the day on which these tests are run.
NOON = datetime.fromisoformat("2083-06-16T12:00:00+00:00")


def make_it_noon(box):
    box.advance((NOON - datetime.fromisoformat(box.advance(0))).total_seconds())


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("$today", "0"),
        ("$tomorrow", "1"),
        ("$yesterday", "-1"),
        ("$this_week", "-1 0 1 4"),
        ("$last_week", "-3"),
        ("$next_week", "5 6"),
        ("$this_month", "-3 -1 0 1 4 5 6"),
        ("$last_month", "-16"),
        ("$next_month", "15 20"),
        ("$this_year", "-16 -3 -1 0 1 4 5 6 15 20"),
        ("$last_year", "-366"),
        ("$next_year", "366"),
        ("$today_md", "0 366"),
        ("$tomorrow_md", "1"),
        ("$yesterday_md", "-1 -366"),
        ("$this_week_md", "-1 0 1 4 366 -366"),
        ("$last_month_md", "-16"),
        ("$next_month_md", "15 20"),
        ("$is_days_ago_md", "-3"),
        ("$is_less_days_ago_md", "-1 0 366 -366"),
        ("$is_more_days_ago_md", "-16 1 4 5 6 15 20"),
        ("$is_days_in_future_md", "5"),
        ("$is_less_days_in_future_md", "0 1 366"),
        ("$is_more_days_in_future_md", "-16 -3 -1 4 5 6 15 20 -366"),
    ],
)
def test_days_of_the_calendar(box, api, operator, expected):
    """As seen from Wednesday, 2083-06-16."""
    days = (0, 1, -1, 4, 5, 6, -3, -16, 15, 20, 366, -366)
    filters = {"created_at": {"conditions": {operator: [OPERANDS.get(operator, True)]}}}
    box.reset(
        [{"id": str(n), "created_at": (NOON + timedelta(days=n)).isoformat()} for n in days],
        segments=[{"id": "s", "filter": filters}],
    )
    make_it_noon(box)
    assert set(api.ids(segment_id="s", limit=100)) == set(expected.split())


OPERANDS = {
    "$is_days_ago_md": 3,
    "$is_less_days_ago_md": 3,
    "$is_more_days_ago_md": 3,
    "$is_days_in_future_md": 5,
    "$is_less_days_in_future_md": 3,
    "$is_more_days_in_future_md": 3,
}


def test_an_age_in_years(box, api):
    born = [NOON.replace(year=NOON.year - 30) + timedelta(days=n) for n in (-1, 1)]
    box.reset(
        [{"id": f"b{i}", "birthdate": f"{day:%Y-%m-%d}"} for i, day in enumerate(born)],
        segments=[{"id": "s", "filter": {"birthdate": {"conditions": {"$is_years_ago": [30]}}}}],
    )
    make_it_noon(box)
    assert api.ids(segment_id="s") == ["b0"]


@pytest.mark.parametrize("operator", ["$next_month", "$next_month_md"])
def test_of_a_birthday_the_year_never_counts(box, api, operator):
    people = [{"id": f"m{m}", "birthdate": f"1990-{m:02d}-15"} for m in range(1, 13)]
    filters = {"birthdate": {"conditions": {operator: [True]}}}
    box.reset(people, segments=[{"id": "s", "filter": filters}])
    make_it_noon(box)
    assert api.ids(segment_id="s") == [f"m{NOON.month + 1}"]
