"""The vendor's own Python SDK drives the sandbox over real HTTP.

The SDK's strict models refuse wrong types, and its code knows the paths, parameter names and
encodings that the vendor means. What it accepts, the sandbox does not merely do in our opinion.
"""

from __future__ import annotations

import ast
import csv
import inspect
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import voucherify
from voucherify import (
    CustomersCreateRequestBody,
    CustomersMetadataUpdateInBulkRequestBody,
    CustomersUpdateInBulkRequestBody,
    CustomersUpdateRequestBody,
    ExportsCreateRequestBody,
    ExportsCreateRequestBodyParameters,
    OrdersExportCreateRequestBody,
    ParameterOrderListCustomers,
    ParameterOrderListOrders,
    SegmentsCreateRequestBody,
)
from voucherify.exceptions import (
    ApiException,
    BadRequestException,
    NotFoundException,
    UnauthorizedException,
)

from vfy_notebook import sandbox

UNKNOWN = "cust_nobodyhasthisid0000000000"
ODD_SOURCE_ID = "tour/Łódź @ 100% + #1?"

ADDRESS = {
    "city": "Łódź",
    "state": "łódzkie",
    "line_1": "ul. Przykładowa 1",
    "line_2": "m. 2",
    "country": "PL",
    "postal_code": "90-001",
}

#: Operations of the SDK that this project has no use for.
NOT_DRIVEN = {
    "CustomersApi.list_customer_redeemables": "vouchers, not customers",
    **dict.fromkeys(
        (
            "OrdersApi.create_order",
            "OrdersApi.get_order",
            "OrdersApi.import_orders",
            "OrdersApi.update_order",
            "RedemptionsApi.get_redemption",
            "RedemptionsApi.get_voucher_redemptions",
            "RedemptionsApi.redeem_stacked_discounts",
            "RedemptionsApi.rollback_redemption",
            "RedemptionsApi.rollback_stacked_redemptions",
        ),
        "history is read only, and in bulk",
    ),
}


@pytest.fixture(scope="module")
def box():
    box = sandbox.start()
    yield box
    box.close()


@pytest.fixture(autouse=True)
def fresh(box):
    box.reset()


@pytest.fixture(scope="module")
def sdk(box):
    key = {"X-App-Id": box.app_id, "X-App-Token": box.app_token}
    # Without this, urllib3 waits out a Retry-After by itself, for as long as it says.
    configuration = voucherify.Configuration(host=box.url, api_key=key, retries=False)
    with voucherify.ApiClient(configuration) as client:
        yield client
        client.rest_client.pool_manager.clear()


@pytest.fixture
def customers(sdk):
    return voucherify.CustomersApi(sdk)


@pytest.fixture
def segments(sdk):
    return voucherify.SegmentsApi(sdk)


@pytest.fixture
def actions(sdk):
    return voucherify.AsyncActionsApi(sdk)


@pytest.fixture
def exports(sdk):
    return voucherify.ExportsApi(sdk)


@pytest.fixture
def orders(sdk):
    return voucherify.OrdersApi(sdk)


@pytest.fixture
def redemptions(sdk):
    return voucherify.RedemptionsApi(sdk)


@pytest.fixture
def schemas(sdk):
    return voucherify.MetadataSchemasApi(sdk)


def finished(read, *arguments, attempts=20):
    """Read until it is finished; the sandbox moves on with each read."""
    for _ in range(attempts):
        found = read(*arguments)
        if found.status in {"DONE", "FAILED", "ERROR"}:
            return found
    raise AssertionError(f"not finished after {attempts} reads: {found}")


def with_source_id(customers, number):
    """The oldest customers of the sample that have a source_id."""
    page = customers.list_customers(limit=100, order=ParameterOrderListCustomers.CREATED_AT)
    return [each for each in page.customers if each.source_id][:number]


# --- One customer -------------------------------------------------------------------------------


def test_a_new_customer_has_what_was_sent_and_the_defaults(customers):
    before = datetime.now(UTC) - timedelta(seconds=1)
    made = customers.create_customer(
        CustomersCreateRequestBody(
            source_id=ODD_SOURCE_ID,
            name="Żaneta Źrebiec",
            description="On tour",
            email="tour@example.com",
            phone="+1 202 555 0101",
            birthdate=date(1999, 12, 31),
            address=ADDRESS,
            metadata={"score": 1.5, "count": 3, "list": ["jazz"], "nested": {"a": {"b": None}}},
        )
    )
    assert made.id.startswith("cust_")
    assert (made.source_id, made.name, made.description) == (
        ODD_SOURCE_ID,
        "Żaneta Źrebiec",
        "On tour",
    )
    assert (made.email, made.phone, made.birthdate) == (
        "tour@example.com",
        "+1 202 555 0101",
        date(1999, 12, 31),
    )
    assert made.address.to_dict() == ADDRESS
    assert made.metadata == {
        "score": 1.5,
        "count": 3,
        "list": ["jazz"],
        "nested": {"a": {"b": None}},
    }
    assert made.summary.orders.total_count == 0
    assert made.summary.redemptions.gift.redeemed_amount == 0
    assert (made.loyalty.points, made.loyalty.campaigns) == (0, {})
    assert (made.referrals.total, made.referrals.campaigns) == (0, [])
    assert before <= made.created_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert made.object == "customer"


def test_a_customer_made_of_nothing_has_no_metadata_address_or_update(customers):
    made = customers.create_customer(CustomersCreateRequestBody())
    assert (made.source_id, made.metadata, made.address, made.updated_at) == (None,) * 4
    raw = customers.get_customer_without_preload_content(made.id).data
    assert json.loads(raw).keys().isdisjoint({"metadata", "updated_at"})


def test_creating_twice_with_one_source_id_updates_the_customer(customers):
    first = customers.create_customer(CustomersCreateRequestBody(source_id="twice", name="One"))
    again = customers.create_customer(CustomersCreateRequestBody(source_id="twice", phone="2"))
    assert (again.id, again.name, again.phone) == (first.id, "One", "2")


@pytest.mark.parametrize("key", ["id", "source_id"])
def test_get_finds_by_id_and_by_any_source_id(customers, key):
    made = customers.create_customer(CustomersCreateRequestBody(source_id=ODD_SOURCE_ID))
    found = customers.get_customer(getattr(made, key))
    assert (found.id, found.source_id) == (made.id, ODD_SOURCE_ID)


@pytest.mark.parametrize("key", ["id", "source_id"])
def test_update_changes_what_is_sent_and_nothing_else(customers, key):
    made = customers.create_customer(
        CustomersCreateRequestBody(source_id=ODD_SOURCE_ID, name="One", metadata={"a": 1})
    )
    changed = customers.update_customer(
        getattr(made, key), CustomersUpdateRequestBody(phone="2", metadata={"b": None})
    )
    assert (changed.id, changed.name, changed.phone) == (made.id, "One", "2")
    assert changed.metadata == {"a": 1, "b": None}
    assert changed.updated_at >= made.created_at
    assert customers.get_customer(made.id).to_dict() == changed.to_dict()


@pytest.mark.parametrize("key", ["id", "source_id"])
def test_a_deleted_customer_is_gone(customers, key):
    made = customers.create_customer(CustomersCreateRequestBody(source_id=ODD_SOURCE_ID))
    assert customers.delete_customer(getattr(made, key)) is None
    with pytest.raises(NotFoundException):
        customers.get_customer(made.id)
    with pytest.raises(NotFoundException):
        customers.delete_customer(made.id)


@pytest.mark.parametrize("key", ["id", "source_id"])
def test_a_permanent_deletion_answers_with_a_receipt(customers, key):
    made = customers.create_customer(CustomersCreateRequestBody(source_id=ODD_SOURCE_ID))
    receipt = customers.customer_permanently_deletion(getattr(made, key))
    assert receipt.id.startswith("del_")
    assert (receipt.related_object, receipt.related_object_id) == ("customer", made.id)
    assert (receipt.status, receipt.object) == ("DONE", "pernament_deletion")
    assert receipt.data_json.customer == 1
    with pytest.raises(NotFoundException):
        customers.get_customer(made.id)
    with pytest.raises(NotFoundException):
        customers.customer_permanently_deletion(made.id)


def test_unknown_customers_are_a_404_that_names_them(customers):
    for call in (
        lambda: customers.get_customer(UNKNOWN),
        lambda: customers.update_customer(UNKNOWN, CustomersUpdateRequestBody(name="Nobody")),
        lambda: customers.delete_customer(UNKNOWN),
        lambda: customers.customer_permanently_deletion(UNKNOWN),
    ):
        with pytest.raises(NotFoundException) as caught:
            call()
        assert f'"resource_id":"{UNKNOWN}"' in caught.value.body
        assert '"resource_type":"customer"' in caught.value.body


# --- Lists --------------------------------------------------------------------------------------


def test_a_list_has_ten_customers_newest_first_unless_asked_otherwise(customers):
    page = customers.list_customers()
    moments = [each.created_at for each in page.customers]
    assert (page.object, page.data_ref, page.total, page.has_more) == (
        "list",
        "customers",
        2357,
        True,
    )
    assert len(moments) == 10
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("order", list(ParameterOrderListCustomers))
def test_every_order_sorts(customers, order):
    page = customers.list_customers(limit=100, order=order)
    field = order.value.removeprefix("-")
    values = [getattr(each, field) for each in page.customers]
    known = [value for value in values if value is not None]
    assert len(known) > 10
    assert known == sorted(known, reverse=order.value.startswith("-"))


def test_pages_together_hold_every_customer_once(customers, box):
    order = ParameterOrderListCustomers.CREATED_AT
    pages = [customers.list_customers(limit=100, page=page, order=order) for page in range(1, 25)]
    ids = [each.id for page in pages for each in page.customers]
    assert len(ids) == len(set(ids)) == 2357
    assert [page.has_more for page in pages] == [True] * 23 + [False]
    assert sorted(ids) == sorted(each["id"] for each in box.customers())


def test_values_survive_the_sdks_models(customers, box):
    order = ParameterOrderListCustomers.CREATED_AT
    stored = {each["id"]: each for each in box.customers()}
    page = customers.list_customers(limit=100, page=7, order=order)
    assert len(page.customers) == 100
    for each in page.customers:
        raw = stored[each.id]
        assert each.metadata == raw.get("metadata")
        assert each.source_id == raw.get("source_id")
        assert each.created_at == datetime.fromisoformat(raw["created_at"])
        assert each.updated_at == datetime.fromisoformat(raw["updated_at"])
        orders, raw_orders = each.summary.orders, raw["summary"]["orders"]
        assert orders.total_amount == raw_orders["total_amount"]
        assert orders.last_order_date == datetime.fromisoformat(raw_orders["last_order_date"])
        address = each.address.model_dump(exclude_none=True) if each.address else None
        assert address == raw["address"]


def test_text_filters_are_exact(customers, box):
    somebody = next(
        each
        for each in box.customers()
        if each.get("email") and each.get("name") and each["address"]
    )
    for field in ("email", "name"):
        page = customers.list_customers(limit=100, **{field: somebody[field]})
        assert {getattr(each, field) for each in page.customers} == {somebody[field]}
        assert somebody["id"] in {each.id for each in page.customers}
    page = customers.list_customers(limit=100, city="Łódź")
    assert page.total == len(page.customers) > 40
    assert {each.address.city for each in page.customers} == {"Łódź"}


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_ranges_of_time_filter(customers, box, field):
    after, before = datetime(2025, 2, 10, 12, tzinfo=UTC), datetime(2025, 3, 3, 12, tzinfo=UTC)
    page = customers.list_customers(
        limit=100, **{f"{field}_after": after, f"{field}_before": before}
    )
    expected = [
        each for each in box.customers() if after < datetime.fromisoformat(each[field]) < before
    ]
    assert page.total == len(expected) > 50
    assert all(after < getattr(each, field) < before for each in page.customers)


def test_the_cursor_goes_on_behind_a_moment(customers):
    order = ParameterOrderListCustomers.CREATED_AT
    noon = datetime(2025, 2, 10, 12, tzinfo=UTC)
    page = customers.list_customers(limit=5, order=order, starting_after=noon)
    assert [each.created_at for each in page.customers] == [datetime(2025, 2, 11, tzinfo=UTC)] * 5
    page = customers.list_customers(limit=5, starting_after=noon)
    assert [each.created_at for each in page.customers] == [datetime(2025, 2, 10, tzinfo=UTC)] * 5


# --- Jobs ---------------------------------------------------------------------------------------


def test_a_bulk_update_changes_customers_and_reports(customers, actions, box):
    chosen = with_source_id(customers, 3)
    started = customers.update_customers_in_bulk(
        [
            CustomersUpdateInBulkRequestBody(
                source_id=each.source_id, name=f"Bulk {number}", metadata={"tier": "gold"}
            )
            for number, each in enumerate(chosen)
        ]
    )
    assert started.async_action_id.startswith("aa_")
    done = finished(actions.get_async_action, started.async_action_id)
    assert (done.type, done.status, done.operation_status) == (
        "CUSTOMERS.BULK_UPDATE",
        "DONE",
        "SUCCESS",
    )
    assert (done.progress, done.object) == (100, "async_action")
    assert (done.result["done_count"], done.result["failed_count"]) == (3, 0)
    assert done.result["errors"] == []
    assert datetime.fromisoformat(done.result["reports_available_till"]) > done.created_at
    for number, each in enumerate(chosen):
        stored = box.customer(each.id)
        assert stored["name"] == f"Bulk {number}"
        assert stored["metadata"] == (each.metadata or {}) | {"tier": "gold"}


def test_done_does_not_mean_that_the_rows_succeeded(customers, actions, box):
    (chosen,) = with_source_id(customers, 1)
    started = customers.update_customers_in_bulk(
        [
            CustomersUpdateInBulkRequestBody(
                source_id=chosen.source_id, metadata={"tier": "platinum"}
            )
        ]
    )
    done = finished(actions.get_async_action, started.async_action_id)
    assert done.status == "DONE"
    assert (done.result["done_count"], done.result["failed_count"]) == (0, 1)
    (error,) = done.result["errors"]
    assert error["source_id"] == chosen.source_id
    assert "must be equal to one of bronze,silver,gold (actual value is 'platinum')" in (
        error["details"] + error["message"]
    )
    assert box.customer(chosen.id).get("metadata") == chosen.metadata


def test_a_metadata_update_gives_many_customers_one_metadata(customers, actions, box):
    chosen = with_source_id(customers, 4)
    started = customers.update_customers_metadata_in_bulk(
        CustomersMetadataUpdateInBulkRequestBody(
            source_ids=[each.source_id for each in chosen], metadata={"campaign": "spring"}
        )
    )
    done = finished(actions.get_async_action, started.async_action_id)
    assert (done.type, done.status) == ("CUSTOMERS.METADATA_UPDATE", "DONE")
    assert (done.result["done_count"], done.result["failed_count"]) == (4, 0)
    for each in chosen:
        stored = box.customer(each.id)
        assert stored["metadata"] == (each.metadata or {}) | {"campaign": "spring"}


def test_a_bulk_update_of_an_unknown_source_id_creates_a_customer(customers, actions, box):
    started = customers.update_customers_in_bulk(
        [CustomersUpdateInBulkRequestBody(source_id="a typo", name="Junk")]
    )
    finished(actions.get_async_action, started.async_action_id)
    assert box.customer("a typo")["name"] == "Junk"
    assert len(box.customers()) == 2358


def test_a_csv_import_overwrites_creates_and_names_failed_rows(customers, actions, box):
    (known,) = with_source_id(customers, 1)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Source_id", "Name", "Address_City", "tier", "newsletter"])
    writer.writerow([known.source_id, "Imported", "Łódź", "gold", "true"])
    writer.writerow(["csv-2", "New", "", "silver", "false"])
    writer.writerow(["csv-3", "Wrong", "", "platinum", "true"])
    started = customers.import_customers_using_csv(text.getvalue().encode())
    done = finished(actions.get_async_action, started.async_action_id)
    assert (done.type, done.status) == ("CUSTOMERS.IMPORT_CSV", "DONE")
    assert done.operation_status is None
    assert (done.result["done_count"], done.result["failed_count"]) == (2, 1)
    assert done.result["message"] == "2 customer(s) imported successfully, 1 failed."
    (failed,) = done.result["failed"]
    assert (failed["source_id"], failed["row"]) == ("csv-3", 3)
    assert "actual value is 'platinum'" in failed["reason"]
    imported = box.customer(known.id)
    assert (imported["name"], imported["address"]["city"]) == ("Imported", "Łódź")
    assert imported["metadata"] == {"tier": "gold", "newsletter": True}
    assert box.customer("csv-2")["metadata"] == {"tier": "silver", "newsletter": False}
    assert box.customer("csv-3") is None


def test_jobs_are_listed_newest_first_without_their_results(customers, actions):
    ids = [
        customers.update_customers_in_bulk(
            [CustomersUpdateInBulkRequestBody(source_id=f"job {number}")]
        ).async_action_id
        for number in range(3)
    ]
    listed = actions.list_async_actions(limit=2)
    assert (listed.object, listed.data_ref) == ("list", "async_actions")
    assert [each.id for each in listed.async_actions] == ids[:0:-1]
    assert {each.status for each in listed.async_actions} <= {"ENQUEUED", "IN_PROGRESS", "DONE"}
    before_all = datetime(2020, 1, 1, tzinfo=UTC)
    assert actions.list_async_actions(end_date=before_all).async_actions == []
    with pytest.raises(NotFoundException):
        actions.get_async_action("aa_unknown")


# --- Segments -----------------------------------------------------------------------------------


def test_a_segment_made_by_filter_has_its_members(customers, segments, box):
    rule = {
        "junction": "and",
        "metadata.tier": {"conditions": {"$in": ["gold"]}},
        "summary.orders.total_amount": {"conditions": {"$more_than": [50000]}},
    }
    made = segments.create_segment(
        SegmentsCreateRequestBody(name="Rich and gold", type="passive", filter=rule)
    )
    assert made.id.startswith("seg_")
    assert (made.name, made.type, made.filter) == ("Rich and gold", "passive", rule)
    assert segments.get_segment(made.id).to_dict() == made.to_dict()
    expected = {
        each["id"]
        for each in box.customers()
        if (each.get("metadata") or {}).get("tier") == "gold"
        and each["summary"]["orders"]["total_amount"] > 50000
    }
    page = customers.list_customers(limit=100, segment_id=made.id)
    assert {each.id for each in page.customers} == expected
    assert 5 < page.total == len(expected) < 100
    mine = customers.list_customer_segments(page.customers[0].id)
    assert (made.id, "Rich and gold") in {(each.id, each.name) for each in mine.data}
    assert mine.total == len(mine.data)


def test_a_static_segment_lasts_until_it_is_deleted(customers, segments):
    chosen = customers.list_customers(limit=3).customers
    made = segments.create_segment(
        SegmentsCreateRequestBody(
            name="Chosen", type="static", customers=[each.id for each in chosen]
        )
    )
    assert made.filter is None
    page = customers.list_customers(limit=100, segment_id=made.id)
    assert {each.id for each in page.customers} == {each.id for each in chosen}
    assert segments.delete_segment(made.id) is None
    with pytest.raises(NotFoundException):
        segments.get_segment(made.id)
    with pytest.raises(NotFoundException):
        segments.delete_segment(made.id)
    mine = customers.list_customer_segments(chosen[0].id)
    assert made.id not in {each.id for each in mine.data}


def test_the_segments_of_an_unknown_customer_are_no_404(customers):
    found = customers.list_customer_segments("nobody has this source_id")
    assert (found.object, found.data_ref) == ("list", "data")
    assert found.total == len(found.data)


# --- Exports and schemas ------------------------------------------------------------------------


def test_an_export_is_made_listed_and_deleted(exports):
    parameters = {
        "order": "-created_at",
        "fields": ["id", "source_id", "metadata"],
        "filters": {
            "junction": "and",
            "created_at": {"conditions": {"$after": ["2025-03-01T00:00:00.000Z"]}},
        },
    }
    made = exports.create_export(
        ExportsCreateRequestBody.from_dict(
            {"exported_object": "customer", "parameters": parameters}
        )
    )
    assert made.id.startswith("exp_")
    assert (made.status, made.channel, made.result) == ("SCHEDULED", "API", None)
    done = finished(exports.get_export, made.id)
    assert (done.status, done.exported_object) == ("DONE", "customer")
    assert done.parameters.fields == parameters["fields"]
    assert done.parameters.filters == parameters["filters"]
    listed = exports.list_exports(limit=10)
    assert (listed.total, [each["id"] for each in rows_of(listed)]) == (1, [made.id])
    assert exports.delete_export(made.id) is None
    with pytest.raises(NotFoundException):
        exports.get_export(made.id)


def rows_of(listed):
    return [each if isinstance(each, dict) else each.to_dict() for each in listed.exports]


def test_an_export_can_be_downloaded(exports):
    made = exports.create_export(
        ExportsCreateRequestBody(
            exported_object="customer",
            parameters=ExportsCreateRequestBodyParameters(fields=["id", "name"]),
        )
    )
    done = finished(exports.get_export, made.id)
    token = done.result.url.rpartition("token=")[2]
    rows = list(csv.reader(io.StringIO(exports.download_export(made.id, token))))
    assert {len(row) for row in rows} == {2}
    assert len(rows) - 1 == 2357
    with pytest.raises(UnauthorizedException):
        exports.download_export(made.id, "guessed")


def test_a_wrong_export_is_refused(exports):
    for wrong in (
        {"exported_object": "customer", "parameters": {"fields": ["code"]}},
        {"exported_object": "customer", "parameters": {"order": "-code"}},
    ):
        with pytest.raises(BadRequestException):
            exports.create_export(ExportsCreateRequestBody.from_dict(wrong))


def test_orders_are_listed_oldest_first_unless_asked_otherwise(orders):
    first = orders.list_orders()
    assert (len(first.orders), first.total) == (10, 6980)
    assert first.orders[0].created_at == datetime(2025, 1, 1, tzinfo=UTC)
    order = first.orders[0]
    assert (order.status, order.metadata) == ("FULFILLED", {"cds": 1})
    assert order.total_amount == order.amount == order.items[0].amount
    assert order.customer_id == order.customer.id
    newest = orders.list_orders(limit=100, order=ParameterOrderListOrders.MINUS_CREATED_AT)
    moments = [each.created_at for each in newest.orders]
    assert moments == sorted(moments, reverse=True)
    assert len(orders.list_orders(limit=100, page=70).orders) == 80


def test_redemptions_filter_and_show_their_order(redemptions, customers):
    everything = redemptions.list_redemptions(limit=100)
    assert everything.total == 344
    failed = redemptions.list_redemptions(result="FAILURE").redemptions
    assert {each.failure_code for each in failed} == {"voucher_expired"}
    one = next(
        each for each in everything.redemptions if each.object == "redemption" and each.order
    )
    own = redemptions.list_redemptions(customer=one.customer_id, campaign=one.voucher.campaign)
    assert one.id in [each.id for each in own.redemptions]
    assert one.order.customer_id == one.customer_id == one.customer.id
    assert redemptions.list_redemptions(customer=UNKNOWN).total == 0


def test_a_customers_activity_goes_on_behind_an_event(customers):
    known = with_source_id(customers, 1)[0]
    whole = customers.list_customer_activity(known.source_id, limit=100)
    assert not whole.has_more
    assert {each.type for each in whole.data} >= {"customer.created", "customer.order.paid"}
    first = customers.list_customer_activity(known.id, limit=2)
    assert first.has_more
    rest = customers.list_customer_activity(known.id, starting_after_id=first.more_starting_after)
    ids = [each.id for each in (*first.data, *rest.data)]
    assert ids == [each.id for each in whole.data][: len(ids)]
    with pytest.raises(NotFoundException):
        customers.list_customer_activity(UNKNOWN)


@pytest.mark.parametrize("kind", ["order", "redemption"])
def test_history_is_exported(exports, kind):
    made = exports.create_export(ExportsCreateRequestBody.from_dict({"exported_object": kind}))
    done = finished(exports.get_export, made.id)
    assert done.exported_object == kind
    token = done.result.url.rpartition("token=")[2]
    rows = list(csv.reader(io.StringIO(exports.download_export(made.id, token))))
    assert len(rows) - 1 == {"order": 6980, "redemption": 344}[kind]


def test_orders_have_an_export_of_their_own(orders, exports):
    body = OrdersExportCreateRequestBody.from_dict(
        {"parameters": {"fields": ["id", "status"], "order": "-created_at"}}
    )
    made = orders.create_order_export(body)
    assert made.exported_object == "order"
    assert finished(exports.get_export, made.id).status == "DONE"


def test_the_metadata_schema_tells_types(schemas):
    schema = schemas.get_metadata_schema("customer")
    assert (schema.related_object, schema.object) == ("customer", "metadata_schema")
    assert schema.allow_defined_only is False
    assert schema.properties["score"]["type"] == "number"
    assert schema.properties["tier"]["eq"] == ["bronze", "silver", "gold"]
    assert schema.properties["favourite_genres"]["array"] is True
    listed = schemas.list_metadata_schemas()
    assert schema.id in {each.id for each in listed.schemas}
    assert listed.total == len(listed.schemas)
    with pytest.raises(NotFoundException):
        schemas.get_metadata_schema("unicorn")


# --- Refusals -----------------------------------------------------------------------------------


def test_a_wrong_token_is_a_401(box):
    key = {"X-App-Id": box.app_id, "X-App-Token": "guessed"}
    with voucherify.ApiClient(voucherify.Configuration(host=box.url, api_key=key)) as client:
        with pytest.raises(UnauthorizedException):
            voucherify.CustomersApi(client).list_customers()
        client.rest_client.pool_manager.clear()


def test_a_used_up_quota_is_a_429_with_its_headers(customers, box):
    box.set(rate_limit={"limit": 1, "window_s": 60})
    customers.list_customers()
    with pytest.raises(ApiException) as caught:
        customers.list_customers()
    assert caught.value.status == 429
    assert caught.value.headers["X-Rate-Limit-Remaining"] == "0"
    assert caught.value.headers["X-Rate-Limit-Type"] == "api_calls"


def test_fields_nobody_knows_yet_do_not_stop_the_sdk(customers, box):
    box.set(extra_fields=True)
    assert len(customers.list_customers(limit=100).customers) == 100


def test_every_operation_of_the_sdk_is_driven():
    fixtures = {
        "customers": voucherify.CustomersApi,
        "segments": voucherify.SegmentsApi,
        "actions": voucherify.AsyncActionsApi,
        "exports": voucherify.ExportsApi,
        "orders": voucherify.OrdersApi,
        "redemptions": voucherify.RedemptionsApi,
        "schemas": voucherify.MetadataSchemasApi,
    }
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    driven = {
        f"{fixtures[node.value.id].__name__}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in fixtures
    }
    offered = {
        f"{api.__name__}.{name}"
        for api in fixtures.values()
        for name, _ in inspect.getmembers(api, inspect.isfunction)
        if not name.startswith("_")
        and not name.endswith(("_with_http_info", "_without_preload_content"))
    }
    assert offered - driven == NOT_DRIVEN.keys()
