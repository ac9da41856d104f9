"""Orders, redemptions and activity of the sandbox itself."""

from __future__ import annotations

import csv
import io

import pytest

from .support import customers, path_of

ORDERS = [
    {
        "id": f"ord_{i}",
        "customer_id": f"cust_00{i % 2}",
        "created_at": f"2024-01-0{i + 1}T00:00:00.000Z",
        "updated_at": f"2024-02-0{9 - i}T00:00:00.000Z" if i % 2 else None,
        "status": ("CREATED", "PAID", "CANCELED", "FULFILLED")[i % 4],
        "amount": 100 * i,
        "discount_amount": i,
        "metadata": {"channel": "app" if i % 3 else "shop"},
    }
    for i in range(8)
]
REDEMPTIONS = [
    {
        "id": f"r_{i}",
        "customer_id": f"cust_00{i % 2}",
        "date": f"2024-01-0{i + 1}T00:00:00.000Z",
        "voucher_code": f"CODE{9 - i}",
        "campaign": ("Spring", "Club")[i % 2],
        "result": ("SUCCESS", "FAILURE")[i == 3],
        "order": {"id": f"ord_{i}", "amount": 100 * i},
    }
    for i in range(5)
]


@pytest.fixture
def box(box):
    box.reset(customers(3), orders=ORDERS, redemptions=REDEMPTIONS)
    return box


def ids(reply, name):
    assert reply.status == 200, reply.text
    assert reply.json["data_ref"] == name
    return [each["id"].rpartition("_")[2] for each in reply.json[name]]


# -- lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, "01234567"),
        ("-created_at", "76543210"),
        ("updated_at", "02467531"),
        ("-updated_at", "13576420"),
    ],
)
def test_orders_of_orders(api, box, order, expected):
    query = {} if order is None else {"order": order}
    reply = api.call("GET", "/v1/orders", limit=100, **query)
    assert "".join(ids(reply, "orders")) == expected
    assert reply.json["total"] == 8
    assert "has_more" not in reply.json


def test_orders_have_pages_and_nothing_to_filter_by(api, box):
    assert ids(api.call("GET", "/v1/orders", limit=3, page=3), "orders") == ["6", "7"]
    assert ids(api.call("GET", "/v1/orders", limit=3, page=4), "orders") == []
    unheard = {"status": "PAID", "customer": "cust_000", "created_at[after]": "2024-01-05"}
    assert len(ids(api.call("GET", "/v1/orders", **unheard), "orders")) == 8


def test_an_order_is_completed(api, box):
    order = api.call("GET", "/v1/orders", limit=1, page=5).json["orders"][0]
    assert (order["amount"], order["total_discount_amount"], order["total_amount"]) == (400, 4, 396)
    assert order["customer"] == {"id": "cust_000", "object": "customer"}


@pytest.mark.parametrize("path", ["orders", "redemptions"])
@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"page": 0}, {"page": 101}, {"order": "amount"}],
)
def test_a_list_refuses_what_the_vendor_refuses(api, box, path, query):
    assert api.call("GET", f"/v1/{path}", **query).status == 400


def test_a_page_too_far_is_refused_earlier_for_redemptions(api, box):
    assert api.call("GET", "/v1/orders", page=100).status == 200
    assert api.call("GET", "/v1/redemptions", page=100).status == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "43210"),
        ("?order=voucher_code", "43210"),
        ("?order=-voucher_code", "01234"),
        ("?result=FAILURE", "3"),
        ("?result=FAILURE&result=SUCCESS", "43210"),
        ("?campaign=Club", "31"),
        ("?customer=cust_000&order=id", "024"),
        ("?customer=c000&order=id", "024"),
        ("?customer=nobody", ""),
        ("?created_at%5Bafter%5D=2024-01-02&created_at%5Bbefore%5D=2024-01-04", "2"),
    ],
)
def test_redemptions_filter(api, box, query, expected):
    reply = api.call("GET", f"/v1/redemptions{query}")
    assert "".join(ids(reply, "redemptions")) == expected
    assert reply.json["total"] == len(expected)


def test_bounds_of_redemptions_may_be_part_of_their_span(api, box):
    box.set(range_bounds="inclusive")
    span = {"created_at[after]": "2024-01-02", "created_at[before]": "2024-01-04"}
    reply = api.call("GET", "/v1/redemptions", **span)
    assert "".join(ids(reply, "redemptions")) == "321"


@pytest.mark.parametrize("query", ["?created_at%5Bafter%5D=yesterday", "?filters%5Bid%5D=1"])
def test_what_redemptions_cannot_filter_by(api, box, query):
    assert api.call("GET", f"/v1/redemptions{query}").status == 400


# -- exports ---------------------------------------------------------------------------------------


def exported(api, kind, **parameters):
    body = {"exported_object": kind, "parameters": parameters}
    export = api.call("POST", "/v1/exports", body)
    assert export.status == 200, export.text
    for _ in range(3):
        shown = api.call("GET", f"/v1/exports/{export.json['id']}").json
    return list(csv.reader(io.StringIO(api.send("GET", shown["result"]["url"]).text)))


def test_an_export_of_orders_has_the_metadata_of_their_schema(api, box):
    schema = {"order": {"properties": {"channel": {"type": "string"}}}}
    box.reset(customers(3), orders=ORDERS, other_schemas=schema)
    rows = exported(api, "order", fields=["id", "total_amount", "metadata"], order="created_at")
    assert rows[0] == ["ID", "Total Amount", "channel"]
    assert rows[3] == ["ord_2", "198", "app"]
    assert len(rows) == 9


def test_an_export_of_orders_has_three_fields_unless_asked(api, box):
    assert exported(api, "order")[0] == ["ID", "Source ID", "Status"]


def test_an_export_of_redemptions_keeps_the_names_of_fields(api, box):
    rows = exported(api, "redemption", order="voucher_code")
    assert rows[0] == ["id", "object", "voucher_code", "customer_id", "date", "result"]
    assert [row[0] for row in rows[1:]] == ["r_4", "r_3", "r_2", "r_1", "r_0"]


@pytest.mark.parametrize(
    ("kind", "filters", "expected"),
    [
        ("order", {"status": {"conditions": {"$in": ["PAID", "FULFILLED"]}}}, "1357"),
        ("order", {"created_at": {"conditions": {"$after": ["2024-01-06T00:00:00.000Z"]}}}, "67"),
        ("order", {"updated_at": {"conditions": {"$before": ["2024-02-04T00:00:00.000Z"]}}}, "7"),
        ("order", {"amount": {"conditions": {"$more_than": [500]}}}, "67"),
        ("order", {"metadata.channel": {"conditions": {"$is": "shop"}}}, "036"),
        ("redemption", {"campaign": {"conditions": {"$is": ["Club"]}}}, "13"),
        ("redemption", {"voucher_code": {"conditions": {"$is": ["CODE9"]}}}, "0"),
        ("redemption", {"customer": {"conditions": {"$is": ["cust_001"]}}}, "13"),
        ("redemption", {"result": {"conditions": {"$is": ["FAILURE"]}}}, "3"),
    ],
)
def test_filters_of_exports(api, box, kind, filters, expected):
    rows = exported(api, kind, fields=["id"], order="created_at", filters=filters)
    assert "".join(row[0].rpartition("_")[2] for row in rows[1:]) == expected


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("order", {"fields": ["items"]}),
        ("order", {"fields": ["voucher_code"]}),
        ("order", {"order": "amount"}),
        ("order", {"filters": {"customer_id": {"conditions": {"$is": ["cust_000"]}}}}),
        ("redemption", {"fields": ["status"]}),
        ("redemption", {"order": "date"}),
        ("redemption", {"filters": {"date": {"conditions": {"$after": ["2024-01-01"]}}}}),
        ("voucher", {}),
    ],
)
def test_what_an_export_cannot_do_is_a_400(api, box, kind, parameters):
    body = {"exported_object": kind, "parameters": parameters}
    assert api.call("POST", "/v1/exports", body).status == 400


# -- activity --------------------------------------------------------------------------------------


def test_activity_tells_orders_and_redemptions_newest_first(api, box):
    shown = api.call("GET", path_of("cust_001", "activity"), limit=100).json
    types = [each["type"] for each in shown["data"]]
    assert types.count("customer.order.created") == 4
    assert types.count("customer.order.paid") == 4
    assert types.count("customer.order.fulfilled") == 2
    assert types.count("customer.redemption.succeeded") == 1
    assert types.count("customer.redemption.failed") == 1
    times = [each["created_at"] for each in shown["data"]]
    assert times == sorted(times, reverse=True)
    assert not shown["has_more"]
    assert "more_starting_after" not in shown


@pytest.mark.parametrize("order", ["created_at", "-created_at"])
def test_pages_of_activity_hold_every_event_once(api, box, order):
    path = path_of("cust_001", "activity")
    whole = [each["id"] for each in api.call("GET", path, limit=100, order=order).json["data"]]
    found, after = [], {}
    while True:
        page = api.call("GET", path, limit=4, order=order, **after).json
        found += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        after = {"starting_after_id": page["more_starting_after"]}
    assert found == whole


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "customer.redemption.failed"}, 1),
        ({"category": "EFFECT"}, 6),
        ({"start_date": "2024-02-01"}, 4),
        ({"end_date": "2023-01-01"}, 0),
    ],
)
def test_activity_filters(api, box, query, expected):
    reply = api.call("GET", path_of("cust_001", "activity"), limit=100, **query)
    assert len(reply.json["data"]) == expected


def test_the_old_spelling_has_a_total_and_a_cursor_by_time(api, box):
    path = path_of("cust_001", "activities")
    first = api.call("GET", path, limit=3).json
    assert first["total"] == 13
    assert "has_more" not in first
    bound = first["data"][-1]["created_at"]
    rest = api.call("GET", path, limit=100, starting_after=bound).json["data"]
    assert all(each["created_at"] < bound for each in rest)
    assert len(rest) >= 9


@pytest.mark.parametrize("name", ["activity", "activities"])
@pytest.mark.parametrize(
    ("ref", "query", "status"),
    [
        ("nobody", {}, 404),
        ("cust_001", {"order": "type"}, 400),
        ("cust_001", {"starting_after_id": "evcus_none"}, 400),
        ("cust_001", {"start_date": "soon"}, 400),
        ("cust_001", {"limit": 101}, 400),
    ],
)
def test_what_activity_refuses(api, box, name, ref, query, status):
    assert api.call("GET", path_of(ref, name), **query).status == status


# -- switches and content --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "ending"), [("ms", ".000Z"), ("us", ".000000Z"), ("offset", ".000+00:00")]
)
def test_times_are_written_as_switched(api, box, times, ending):
    box.set(history_times=times)
    order = api.call("GET", "/v1/orders", limit=1).json["orders"][0]
    assert order["created_at"] == "2024-01-01T00:00:00" + ending
    rows = exported(api, "order", fields=["created_at"], order="created_at")
    assert rows[1] == ["2024-01-01T00:00:00" + ending]


def test_a_permanent_deletion_takes_the_history_along_and_no_other_does(api, box):
    assert api.call("DELETE", path_of("cust_000")).status == 204
    assert api.call("GET", "/v1/orders").json["total"] == 8
    gone = api.call("POST", path_of("cust_001", "permanent-deletion"))
    assert gone.status == 200
    assert api.call("GET", "/v1/orders").json["total"] == 4
    assert api.call("GET", "/v1/redemptions").json["total"] == 3


def test_customers_with_a_summary_have_the_orders_that_it_tells_of(api, box):
    told = {
        "total_count": 3,
        "total_amount": 1000,
        "last_order_amount": 1,
        "last_order_date": "2024-03-01T00:00:00.000Z",
    }
    box.reset([{"id": "cust_1", "created_at": "2024-01-01", "summary": {"orders": told}}])
    orders = api.call("GET", "/v1/orders").json["orders"]
    assert [each["amount"] for each in orders] == [500, 499, 1]
    assert orders[-1]["created_at"] == told["last_order_date"]
    assert {each["customer_id"] for each in orders} == {"cust_1"}


def test_the_sample_has_orders_and_a_schema_for_them(api, box):
    box.reset()
    assert api.call("GET", "/v1/orders", limit=1).json["total"] == 6980
    assert api.call("GET", "/v1/redemptions", limit=1).json["total"] == 344
    schemas = api.call("GET", "/v1/metadata-schemas").json["schemas"]
    assert [each["related_object"] for each in schemas] == ["customer", "order"]
    assert api.call("GET", "/v1/metadata-schemas/redemption").status == 404
