"""``GET /v1/customers``: order, cursor, pages, filters and their limits."""

from __future__ import annotations

import pytest

from .support import customers

BASE = "2024-01-01T00:00:"


def at(second: int, ms: int = 0) -> str:
    return f"{BASE}{second:02d}.{ms:03d}Z"


def test_the_answer_has_the_apis_shape(box, api):
    box.reset(customers(12))
    body = api.get("/v1/customers").json
    shape = {key: value for key, value in body.items() if key != "customers"}
    assert shape == {"object": "list", "data_ref": "customers", "total": 12, "has_more": True}
    assert [each["id"] for each in body["customers"]] == [f"cust_{n:03d}" for n in range(11, 1, -1)]


def test_no_customers_are_an_empty_page(api):
    body = api.get("/v1/customers").json
    assert (body["customers"], body["total"], body["has_more"]) == ([], 0, False)


def test_pages_follow_each_other(box, api):
    box.reset(customers(7))
    pages = [api.get("/v1/customers", limit=3, page=page).json for page in (1, 2, 3, 4)]
    ids = [each["id"] for page in pages for each in page["customers"]]
    assert ids == [f"cust_{n:03d}" for n in range(6, -1, -1)]
    assert [page["has_more"] for page in pages] == [True, True, False, False]
    assert {page["total"] for page in pages} == {7}


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"limit": 0}, "Property .limit should be >= 1"),
        ({"limit": -1}, "Property .limit should be >= 1"),
        ({"limit": 101}, "Property .limit should be <= 100"),
        ({"limit": "ten"}, "Property .limit should be integer"),
        ({"limit": "1.5"}, "Property .limit should be integer"),
        ({"limit": ""}, "Property .limit should be integer"),
        ({"limit": "٣"}, "Property .limit should be integer"),
        ({"page": 0}, "Property .page should be >= 1"),
        ({"page": 100}, "Property .page should be <= 99"),
        (
            {"order": "name"},
            (
                "Property .order should be equal to one of the allowed values "
                "[ created_at, -created_at, updated_at, -updated_at, source_id, -source_id ]"
            ),
        ),
        *[
            ({name: value}, f"Property .{said} cannot be recognized as a ISO-8601 compliant date")
            for name, said in [
                ("starting_after", "starting_after"),
                ("created_at[after]", "created_at.after"),
                ("updated_at[before]", "updated_at.before"),
            ]
            for value in ("yesterday", "", "2024-13-01", "2024-01-01T00:00:00 00:00")
        ],
    ],
)
def test_bad_parameters_are_refused(api, query, details):
    reply = api.get("/v1/customers", **query)
    error = reply.json
    assert reply.status == 400
    assert (error["code"], error["key"], error["message"], error["details"]) == (
        400,
        "invalid_query_params",
        "Invalid query params",
        details,
    )
    assert error["request_id"].startswith("v-")


def test_the_highest_page_and_limit_are_allowed(box, api):
    box.reset(customers(1))
    assert api.ids(limit=100, page=99) == []
    assert api.ids(limit=100, page=1) == ["cust_000"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("created_at", "abcd"),
        ("-created_at", "dcba"),
        ("updated_at", "cbad"),
        ("-updated_at", "dabc"),
        ("source_id", "bdac"),
        ("-source_id", "cadb"),
    ],
)
def test_orders(box, api, order, expected):
    box.reset(
        [
            {"id": "a", "source_id": "3", "created_at": at(1), "updated_at": at(33)},
            {"id": "b", "source_id": "1", "created_at": at(2), "updated_at": at(22)},
            {"id": "c", "source_id": None, "created_at": at(3), "updated_at": at(11)},
            {"id": "d", "source_id": "2", "created_at": at(4)},
        ]
    )
    assert "".join(api.ids(order=order)) == expected


def test_rows_without_the_value_can_come_first(box, api):
    box.reset([{"id": "a", "updated_at": at(9)}, {"id": "b"}])
    box.set(nulls_order="first")
    assert api.ids(order="updated_at") == ["b", "a"]
    assert api.ids(order="-updated_at") == ["a", "b"]


def test_ties_have_a_stable_order(box, api):
    box.reset([{"id": name, "created_at": at(1)} for name in "cadb"])
    assert "".join(api.ids(order="created_at")) == "abcd"
    assert "".join(api.ids(order="-created_at")) == "dcba"
    assert [api.ids(order="created_at", limit=1, page=page)[0] for page in (1, 2, 3, 4)] == [
        *"abcd"
    ]


@pytest.mark.parametrize(
    ("order", "cursor", "exclusive", "inclusive"),
    [
        ("created_at", at(2), "d", "bcd"),
        ("-created_at", at(2), "a", "cba"),
        ("updated_at", at(22), "a", "ba"),
        ("-updated_at", at(22), "c", "bc"),
        ("created_at", at(1, 999), "bcd", "bcd"),
        ("-created_at", at(2, 1), "cba", "cba"),
    ],
)
def test_the_cursor_is_exclusive_or_inclusive(box, api, order, cursor, exclusive, inclusive):
    rows = [
        {"id": "a", "created_at": at(1), "updated_at": at(33)},
        {"id": "b", "created_at": at(2), "updated_at": at(22)},
        {"id": "c", "created_at": at(2), "updated_at": at(11)},
        {"id": "d", "created_at": at(3)},
    ]
    box.reset(rows)
    assert "".join(api.ids(order=order, starting_after=cursor)) == exclusive
    box.set(cursor="inclusive")
    assert "".join(api.ids(order=order, starting_after=cursor)) == inclusive


def test_a_cursor_in_order_of_updates_can_mean_the_creation(box, api):
    box.reset(
        [
            {"id": "a", "created_at": at(1), "updated_at": at(33)},
            {"id": "b", "created_at": at(2), "updated_at": at(22)},
        ]
    )
    assert api.ids(order="updated_at", starting_after=at(30)) == ["a"]
    box.set(cursor_of_updated="created_at")
    assert api.ids(order="updated_at", starting_after=at(1)) == ["b"]


def test_the_default_cursor_goes_back_in_time(box, api):
    box.reset(customers(4))
    assert api.ids(starting_after=at(2)) == ["cust_001", "cust_000"]


def test_total_counts_the_filters_and_not_the_cursor(box, api):
    box.reset(customers(5))
    body = api.get("/v1/customers", order="created_at", starting_after=at(2)).json
    assert (len(body["customers"]), body["total"]) == (2, 5)


@pytest.mark.parametrize(("bounds", "expected"), [("exclusive", "b"), ("inclusive", "abc")])
def test_ranges_of_time(box, api, bounds, expected):
    times = [{"id": n, "created_at": at(s), "updated_at": at(s)} for s, n in enumerate("abc")]
    box.reset(times)
    box.set(range_bounds=bounds)
    for field in ("created_at", "updated_at"):
        query = {f"{field}[after]": at(0), f"{field}[before]": at(2)}
        body = api.get("/v1/customers", order="created_at", **query).json
        assert "".join(each["id"] for each in body["customers"]) == expected
        assert body["total"] == len(expected)


@pytest.mark.parametrize(
    "moment", ["2024-01-02", "2024-01-02T00:00:00Z", "2024-01-02T01:00:00+01:00"]
)
def test_dates_are_understood_in_all_their_forms(box, api, moment):
    box.reset(
        [
            {"id": "a", "created_at": "2024-01-01T23:59:59.999Z"},
            {"id": "b", "created_at": "2024-01-02T00:00:00.001Z"},
        ]
    )
    assert api.ids(**{"created_at[after]": moment}) == ["b"]


def test_text_filters_are_exact(box, api):
    box.reset(
        [
            {"id": "a", "email": "a@x.example", "name": "Łucja", "address": {"city": "Łódź"}},
            {"id": "b", "email": "b@x.example", "name": "łucja", "address": {"city": "Kraków"}},
            {"id": "c"},
        ]
    )
    assert api.ids(email="b@x.example") == ["b"]
    assert api.ids(name="Łucja") == ["a"]
    assert api.ids(city="Łódź") == ["a"]
    assert api.ids(city="Łódź", name="łucja") == []
    assert api.ids(email="B@X.example") == []
    box.set(text_match="ignore_case")
    assert api.ids(email="B@X.example") == ["b"]


def test_has_more_and_total_can_be_missing(box, api):
    box.reset(customers(3))
    box.set(has_more=False, total_present=False)
    assert api.get("/v1/customers", limit=2).json.keys() == {"object", "data_ref", "customers"}


def test_unknown_fields_can_be_in_every_object(box, api):
    box.reset(customers(1))
    plain = api.get("/v1/customers").json["customers"][0]
    box.set(extra_fields=True)
    added = api.get("/v1/customers").json["customers"][0]
    assert added.keys() > plain.keys()
    assert {key: added[key] for key in plain} == plain
    assert api.get("/v1/customers/cust_000").json.keys() == added.keys()


def test_counts_follow_writes(box, api):
    box.reset(customers(2, name="x"))
    assert api.get("/v1/customers", name="x").json["total"] == 2
    box.insert([{"id": "more", "name": "x"}])
    assert api.get("/v1/customers", name="x").json["total"] == 3
    box.remove(["cust_000", "c001"])
    assert api.get("/v1/customers", name="x").json["total"] == 1


def test_a_naive_loop_over_ties_loses_rows_and_an_inclusive_one_never_ends(box, api):
    """What clients must not do: the sandbox has to punish it as the API does."""
    box.reset([{"id": f"{n:03d}", "created_at": at(n // 25)} for n in range(100)])
    seen, cursor = set(), None
    for _ in range(100):
        query = {} if cursor is None else {"starting_after": cursor}
        page = api.get("/v1/customers", limit=10, order="created_at", **query).json["customers"]
        if not page:
            break
        seen |= {each["id"] for each in page}
        cursor = page[-1]["created_at"]
    assert len(seen) == 40
    box.set(cursor="inclusive")
    pages = [tuple(api.ids(limit=10, order="created_at", starting_after=at(0))) for _ in range(2)]
    assert pages[0] == pages[1]


# -- times and values as they should not be --------------------------------------------------------


def customers_of_one_second(count):
    return [
        {"id": f"cust_{i:03d}", "created_at": f"2024-01-01T00:00:00.{i:03d}Z"} for i in range(count)
    ]


def test_times_can_be_shown_more_coarsely_than_they_are_compared(api):
    api.box.reset(customers_of_one_second(9))
    api.box.set(times_shown="s")
    after = {"created_at[after]": "2024-01-01T00:00:00.004Z", "order": "created_at"}
    found = api.call("GET", "/v1/customers", **after).json["customers"]
    assert [each["id"] for each in found] == [f"cust_{i:03d}" for i in range(5, 9)]
    assert {each["created_at"] for each in found} == {"2024-01-01T00:00:00Z"}


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_times_can_be_compared_in_parts_that_are_never_shown(api, bounds):
    same = "2024-01-01T00:00:00.001Z"
    api.box.reset([{"id": f"cust_{i}", "created_at": same} for i in range(5)])
    api.box.set(times_compared="us", range_bounds=bounds)
    after = {"created_at[after]": same, "order": "created_at"}
    reply = api.call("GET", "/v1/customers", **after).json
    assert reply["total"] == len(reply["customers"]) == (5 if bounds == "inclusive" else 4)


def test_values_can_be_shown_that_are_none_of_their_kind(api):
    api.box.reset([{"id": "cust_1"}, {"id": "cust_2"}])
    odd = {"phone": "1e400", "address.city": "[7]", "metadata.a.b": "NaN", "name": '"\udce9"'}
    api.box.set(odd_values={"cust_1": odd})
    for path in ("/v1/customers", "/v1/customers/cust_1"):
        body = api.call("GET", path).body
        assert b'"phone":1e400' in body
        assert b'"city":[7]' in body
        assert b'"a.b":NaN' in body
        assert b'"name":"\xe9"' in body
    assert "phone" not in api.call("GET", "/v1/customers/cust_2").text.replace('"phone":null', "")
