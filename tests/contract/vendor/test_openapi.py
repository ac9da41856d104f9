"""The sandbox judged by the vendor's OpenAPI files.

A tour asks the sandbox everything that the files and the sandbox have in common, over real HTTP,
and each answer is held against the schema that the vendor declares for it. Where a file is wrong
about itself or about the live service, CORRECTIONS says so; nothing else is forgiven, and a
correction that nothing needs any more fails a test. docs/vendor-contradictions.md tells the same
in prose.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.contract.vendor.vendor_files import Correction, VendorFiles, wrongs
from tests.processes import ENDS_S
from vfy_notebook import sandbox

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = REPOSITORY.parent / "shared" / "voucherify-openapi"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the vendor's OpenAPI files are not beside this repository"
)

GET_ACTION = "GET /v1/async-actions/{asyncActionId}"


# --- What the files have wrong ------------------------------------------------------------------


def make_nullable(schema):
    schema["nullable"] = True


def one_of_becomes_any_of(schema):
    schema["anyOf"] = schema.pop("oneOf")


def renamed(old, new):
    def rename(properties):
        properties[new] = properties.pop(old)

    return rename


def with_property(name, schema):
    def add(properties):
        assert name not in properties
        properties[name] = schema

    return add


def with_value(key, value):
    def put(schema):
        assert schema[key] != value
        schema[key] = value

    return put


CORRECTIONS = [
    Correction(
        "segments",
        "components/schemas/SegmentsListResponseBody/properties",
        renamed("segments", "data"),
        "The list of segments requires `data`, says so in `data_ref` and shows it in its example, "
        "but describes the same array under `segments`.",
    ),
    Correction(
        "segments",
        "components/schemas/Segment/properties/updated_at",
        make_nullable,
        "`updated_at` is null for all four segments of the vendor's example; the schema only "
        "knows strings.",
    ),
    Correction(
        "segments",
        "components/schemas/Segment/properties",
        with_property("initial_sync_status", {"type": "string", "enum": ["IN_PROGRESS", "DONE"]}),
        "Three examples and the Python SDK's model have `initial_sync_status`; the schema does "
        "not.",
    ),
    Correction(
        "metadata-schemas",
        "components/schemas/MetadataSchemasListResponseBody",
        with_value("required", ["object", "data_ref", "schemas", "total"]),
        "The list of metadata schemas requires `data`, but describes, shows and names in "
        "`data_ref` an array called `schemas`.",
    ),
    Correction(
        "async-actions",
        "components/schemas/AsyncAction/allOf/1/properties/result",
        one_of_becomes_any_of,
        "`result` must match exactly one of 22 schemas in which nothing tells one from another: "
        "every example of the vendor's matches several. (The schema that belongs to the action's "
        "type is applied by `judge` instead.)",
    ),
    Correction(
        "async-actions",
        "components/schemas/AsyncActionResultCustomersMetadataUpdateResponseBody/properties",
        lambda properties: properties.update(
            done_count={"type": "integer"},
            failed_count={"type": "integer"},
            reports={"type": "array", "items": {"type": "string"}},
            reports_available_till={"type": "string", "format": "date-time"},
        ),
        "The result of a metadata update has counts and reports in the vendor's example, like "
        "that of a bulk update; its schema has only `errors`.",
    ),
    Correction(
        "exports",
        "components/schemas/ExportScheduledBase/properties/user_id",
        make_nullable,
        "A new export must have a `user_id` that is a string, yet it is only there for exports "
        "made in the dashboard; the vendor's live test gets null.",
    ),
    Correction(
        "exports",
        "components/schemas/Any/items",
        one_of_becomes_any_of,
        "The values of a filter match exactly one of string, date and date-time: every text "
        "matches the first, and every date two.",
    ),
    Correction(
        "exports",
        "paths/~1v1~1exports/post/responses/400/content/application~1json/schema",
        one_of_becomes_any_of,
        "The 400 of an export matches exactly one of two schemas with the same properties, all "
        "optional: the vendor's examples match both.",
    ),
    Correction(
        "exports",
        "components/schemas/ExportCustomerBase/properties/parameters/properties",
        with_property("response_format", {"type": "string"}),
        "An export's `parameters` have `response_format` in two examples; no schema has it.",
    ),
    Correction(
        "exports",
        "components/schemas/ExportCustomerOrder/enum",
        lambda values: values.append(""),
        'An export\'s `order` is "" in two examples; the schema does not list that.',
    ),
    Correction(
        "exports",
        "components/schemas/ExportCustomerFilters/properties/updated_at"
        "/properties/conditions/properties/$after/items",
        with_value("format", "date-time"),
        "The filter on `updated_at` takes days, says its format; its own example is a moment.",
    ),
    Correction(
        "customers",
        "paths/~1v1~1customers~1bulk~1async/post/responses/429/content/application~1json",
        with_value("schema", {"$ref": "#/components/schemas/Error"}),
        "The only 429 that is declared has a `code` of type string whose default is the number "
        "429, and no `key`: every other error object has a number and a key.",
    ),
    Correction(
        "customers",
        "components/schemas/CustomerWithSummaryLoyaltyReferrals/allOf/0/properties/source_id",
        make_nullable,
        "A customer may have been created without a `source_id`; the schema only knows strings.",
    ),
    Correction(
        "customers",
        "components/schemas/CustomerActivityData",
        one_of_becomes_any_of,
        "The data of an event matches exactly one of 69 schemas whose properties are all optional: "
        "that of an order matches those of its creation, its payment and of others.",
    ),
    Correction(
        "orders",
        "components/schemas/ExportScheduledBase/properties/user_id",
        make_nullable,
        "An export of orders must have a `user_id` that is a string; it is null in the example.",
    ),
    Correction(
        "orders",
        "components/schemas/ExportOrderFields",
        lambda schema: schema.update(
            anyOf=[{"enum": schema.pop("enum")}, {"type": "string", "pattern": "^metadata[.]"}]
        ),
        "The example of an export of orders asks for `metadata.payment_mean`; the schema only "
        "knows `metadata` as a whole.",
    ),
    Correction(
        "redemptions",
        "components/schemas/RedemptionBase/required",
        lambda required: (required.remove("redemption"), required.remove("status")),
        "A redemption must have `redemption` and `status`; the one of the vendor's example has "
        "neither.",
    ),
    Correction(
        "redemptions",
        "components/schemas/RedemptionRewardResult",
        lambda schema: (schema.pop("required"), make_nullable(schema["properties"]["updated_at"])),
        "A redemption's `reward` must have seven properties, and was updated some time; five of "
        "them are missing from the vendor's example, in which it never was.",
    ),
    Correction(
        "redemptions",
        "components/schemas/VoucherBase/properties/campaign_id",
        make_nullable,
        "A voucher's `campaign_id` is null in the vendor's example of redemptions; the schema only "
        "knows strings.",
    ),
    Correction(
        "redemptions",
        "components/schemas/RedemptionWithVoucherWithoutStackingRulesTypeCategories/allOf/1"
        "/properties/voucher",
        make_nullable,
        "`voucher` is null in the vendor's example of a redemption, which is a promotion's; the "
        "schema only knows objects.",
    ),
]

#: Fields of the vendor's examples that the sandbox leaves out, and why.
LEFT_OUT = {
    ("GET /v1/customers/{customerId}", "assets"): (
        "The schema's own warning says that the cockpits behind these links were removed, and "
        "the examples of the other operations have none."
    ),
    **dict.fromkeys(
        (
            ("GET /v1/segments/{segmentId}", "initial_sync_status"),
            ("POST /v1/segments", "initial_sync_status"),
        ),
        "The changelog of November 2025 says that it was removed from answers.",
    ),
}

#: What the files declare about customers and the sandbox does not play.
NOT_PLAYED = {
    "GET /v1/customers/{customerId}/redeemables": "vouchers, not customers",
    "GET /v1/exports/{export_Id}": (
        "the download, declared on the very path of GET /v1/exports/{exportId} with another "
        "spelling, and no JSON; test_vendor_sdk.py downloads"
    ),
    **dict.fromkeys(
        (
            "POST /v1/orders",
            "GET /v1/orders/{orderId}",
            "PUT /v1/orders/{orderId}",
            "POST /v1/orders/import",
            "POST /v1/redemptions",
            "GET /v1/redemptions/{redemptionId}",
            "GET /v1/vouchers/{code}/redemption",
            "POST /v1/vouchers/{code}/redemption",
            "POST /v1/redemptions/{redemptionId}/rollback",
            "POST /v1/redemptions/{parentRedemptionId}/rollbacks",
            "POST /v1/promotions/tiers/{promotionTierId}/redemption",
        ),
        "history is read only, and in bulk",
    ),
}


# --- The tour -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What the sandbox answered to an operation of the files."""

    operation: str
    status: int
    body: Any


class Tourist:
    """Calls the sandbox and keeps every answer."""

    def __init__(self, box):
        self._url = box.url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"X-App-Id": box.app_id, "X-App-Token": box.app_token})
        self.answers = []

    def ask(self, operation, *, path=None, **request):
        method, template = operation.split()
        answer = self._session.request(
            method, self._url + (path or template), timeout=ENDS_S, **request
        )
        body = None
        if answer.content:
            assert answer.headers["Content-Type"].split(";")[0] == "application/json"
            body = json.loads(answer.content)
        self.answers.append(Answer(operation, answer.status_code, body))
        return body

    def close(self):
        self._session.close()


def visit_customers(tourist, box):
    ask = tourist.ask
    one = "/v1/customers/{customerId}"
    everything = {
        "source_id": "tour/Łódź @ 100%",
        "name": "Żaneta Źrebiec",
        "description": "On tour",
        "email": "tour@example.com",
        "phone": "+1 202 555 0101",
        "birthdate": "1999-12-31",
        "address": {
            "city": "Łódź",
            "state": "łódzkie",
            "line_1": "ul. Przykładowa 1",
            "line_2": "m. 2",
            "country": "PL",
            "postal_code": "90-001",
        },
        "metadata": {"score": 1.5, "favourite_genres": ["jazz"], "preferences": {"a": {"b": None}}},
    }
    created = ask("POST /v1/customers", json=everything)
    bare = ask("POST /v1/customers", json={})
    ask("POST /v1/customers", json={"source_id": everything["source_id"], "name": "Upserted"})
    changes = {"name": "Put", "birthday": "1999-12-30"}
    for ref in (created["id"], everything["source_id"], bare["id"], "cust_unknown"):
        ask(f"GET {one}", path=f"/v1/customers/{quote(ref, safe='')}")
        ask(f"PUT {one}", path=f"/v1/customers/{quote(ref, safe='')}", json=changes)
        ask(f"GET {one}/segments", path=f"/v1/customers/{quote(ref, safe='')}/segments")
    ask("GET /v1/customers")
    for order in ("created_at", "-created_at", "updated_at", "-source_id"):
        ask("GET /v1/customers", params={"limit": 100, "order": order})
    for page in range(1, 25):
        ask("GET /v1/customers", params={"limit": 100, "page": page, "order": "created_at"})
    ask("GET /v1/customers", params={"city": "Łódź", "created_at[after]": "2025-02-01T00:00:00Z"})
    ask("GET /v1/customers", params={"name": "Nobody has this name"})
    ask(f"DELETE {one}", path=f"/v1/customers/{bare['id']}")
    ask(f"DELETE {one}", path=f"/v1/customers/{bare['id']}")
    forget = f"POST {one}/permanent-deletion"
    ask(forget, path=f"/v1/customers/{created['id']}/permanent-deletion")
    ask(forget, path=f"/v1/customers/{created['id']}/permanent-deletion")


def visit_jobs(tourist, box):
    ask = tourist.ask
    known = ask("GET /v1/customers", params={"limit": 3})["customers"]
    # The oldest customers come with a source_id; three of any kind will do.
    refs = [each["source_id"] for each in known if each.get("source_id")]
    bulk = [{"source_id": ref, "name": "Bulk", "metadata": {"tier": "gold"}} for ref in refs]
    wrong = [{"source_id": refs[0], "metadata": {"tier": "platinum"}}]
    csv = "Source_id,Name,tier\ntour-1,One,gold\ntour-2,Two,platinum\n"
    started = [
        ask("POST /v1/customers/bulk/async", json=bulk),
        ask("POST /v1/customers/bulk/async", json=wrong),
        ask(
            "POST /v1/customers/metadata/async",
            json={"source_ids": refs, "metadata": {"tier": "silver"}},
        ),
        ask(
            "POST /v1/customers/metadata/async",
            json={"source_ids": refs, "metadata": {"tier": "platinum"}},
        ),
        ask("POST /v1/customers/importCSV", files={"file": ("tour.csv", csv, "text/csv")}),
    ]
    ask("GET /v1/async-actions")
    for job in started:
        path = f"/v1/async-actions/{job['async_action_id']}"
        for _ in range(20):
            if ask(GET_ACTION, path=path)["status"] in {"DONE", "FAILED"}:
                break
    ask("GET /v1/async-actions", params={"limit": 2, "end_date": "2100-01-01T00:00:00Z"})
    ask("GET /v1/async-actions", params={"end_date": "the day before yesterday"})
    ask(GET_ACTION, path="/v1/async-actions/aa_unknown")
    too_large = [{"source_id": "large", "description": "x" * 10_485_760}]
    ask("POST /v1/customers/bulk/async", json=too_large)
    ask(
        "POST /v1/customers/metadata/async",
        json={"source_ids": ["large"], "metadata": {"text": "x" * 10_485_760}},
    )
    box.set(bulk_rate_limit={"limit": 0, "window_s": 60})
    ask("POST /v1/customers/bulk/async", json=bulk)
    box.set(bulk_rate_limit=None)


def visit_exports(tourist, box):
    ask = tourist.ask
    requests = [
        {"exported_object": "customer"},
        {
            "exported_object": "customer",
            "parameters": {
                "fields": ["id"],
                "filters": {"updated_at": {"conditions": {"$after": ["2026-03-01T00:00:00.000Z"]}}},
            },
        },
        {
            "exported_object": "customer",
            "parameters": {
                "order": "-created_at",
                "fields": ["id", "source_id", "address_city", "metadata", "birthdate"],
                "filters": {
                    "junction": "and",
                    "created_at": {"conditions": {"$after": ["2025-02-01T00:00:00.000Z"]}},
                    "metadata.tier": {"conditions": {"$in": ["gold", "silver"]}},
                },
            },
        },
    ]
    exports = [ask("POST /v1/exports", json=request)["id"] for request in requests]
    ask("POST /v1/exports", json={"exported_object": "unicorn"})
    ask(
        "POST /v1/exports",
        json={"exported_object": "customer", "parameters": {"fields": ["shoe_size"]}},
    )
    one = "/v1/exports/{exportId}"
    for export in exports:
        for _ in range(20):
            if ask(f"GET {one}", path=f"/v1/exports/{export}")["status"] == "DONE":
                break
    ask("GET /v1/exports")
    ask(f"GET {one}", path="/v1/exports/exp_unknown")
    ask(f"DELETE {one}", path=f"/v1/exports/{exports[0]}")
    ask(f"DELETE {one}", path=f"/v1/exports/{exports[0]}")


def visit_segments_and_schemas(tourist, box):
    ask = tourist.ask
    one = "/v1/segments/{segmentId}"
    customers = ask("GET /v1/customers", params={"limit": 5})["customers"]
    created = [
        ask("POST /v1/segments", json={"type": "static", "name": "Tour", "customers": members})
        for members in ([], [each["id"] for each in customers])
    ]
    gold = {"junction": "and", "metadata.tier": {"conditions": {"$is": ["gold"]}}}
    created.append(
        ask("POST /v1/segments", json={"type": "passive", "name": "Tour gold", "filter": gold})
    )
    ask("GET /v1/segments", params={"limit": 100})
    for ref in (*(each["id"] for each in created), "seg_unknown"):
        ask(f"GET {one}", path=f"/v1/segments/{ref}")
        ask(f"DELETE {one}", path=f"/v1/segments/{ref}")
    ask("GET /v1/metadata-schemas")
    schema = "GET /v1/metadata-schemas/{resource}"
    ask(schema, path="/v1/metadata-schemas/customer")
    ask(schema, path="/v1/metadata-schemas/unicorn")


def visit_history(tourist, box):
    ask = tourist.ask
    box.reset()
    for order in ("created_at", "-updated_at"):
        ask("GET /v1/orders", params={"limit": 30, "order": order})
    redemptions = ask("GET /v1/redemptions", params={"limit": 100, "order": "created_at"})
    kinds = {(each["object"], each["result"]): each for each in redemptions["redemptions"]}
    assert len(kinds) == 3
    busy = {each["customer_id"] for each in kinds.values()}
    ask("GET /v1/redemptions", params={"result": "FAILURE", "customer": "nobody"})
    for name in ("activity", "activities"):
        for ref in (*sorted(busy), "nobody" if name == "activity" else min(busy)):
            ask(
                f"GET /v1/customers/{{customerId}}/{name}",
                path=f"/v1/customers/{ref}/{name}",
                params={"limit": 100},
            )
    for exported in ("order", "redemption"):
        ask("POST /v1/exports", json={"exported_object": exported})
    fields = ["id", "created_at", "customer_id", "metadata"]
    parameters = {"parameters": {"fields": fields, "order": "-created_at"}}
    ask("POST /v1/orders/export", json=parameters)
    ask("POST /v1/orders/export", json={"parameters": {"fields": ["shoe_size"]}})
    for export in ask("GET /v1/exports")["exports"]:
        ask("GET /v1/exports/{exportId}", path=f"/v1/exports/{export['id']}")


def visit_made_up_customers(tourist, box):
    box.reset(customers=300)
    for page in (1, 2, 3):
        tourist.ask("GET /v1/customers", params={"limit": 100, "page": page})


@pytest.fixture(scope="module")
def answers():
    box = sandbox.start()
    try:
        tourist = Tourist(box)
        for visit in (
            visit_customers,
            visit_jobs,
            visit_exports,
            visit_segments_and_schemas,
            visit_history,
            visit_made_up_customers,
        ):
            visit(tourist, box)
        tourist.close()
    finally:
        box.close()
    return tourist.answers


# --- The judgement ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files():
    return VendorFiles.read(FOLDER).corrected(CORRECTIONS)


def judge(files, operation, status, body):
    """Say what is wrong with an answer by the files."""
    found = files.errors(operation, status, body)
    if operation == GET_ACTION and str(status) == "200" and body.get("result") is not None:
        name = files.schema_titled("async-actions", body["type"])
        found += wrongs(files.named_schema("async-actions", name), body["result"])
    return found


def complaints(files, answers):
    return [
        f"{answer.operation} {answer.status} {wrong}"
        for answer in answers
        for wrong in judge(files, answer.operation, answer.status, answer.body)
    ]


def vendor_examples(files):
    """The vendor's examples of what the sandbox plays, customers' jobs among the async actions."""
    for example in files.examples():
        foreign = example.operation == GET_ACTION and not (
            example.status == "404" or example.name.startswith("CUSTOMERS.")
        )
        if example.operation not in NOT_PLAYED and not foreign:
            yield example


def test_every_answer_is_as_the_vendor_declares(files, answers):
    assert complaints(files, answers) == []


def test_every_declared_answer_was_seen(files, answers):
    seen = {(answer.operation, str(answer.status)) for answer in answers}
    declared = {
        (operation, status)
        for operation in files.operations()
        if operation not in NOT_PLAYED
        for status in files.declared_statuses(operation)
    }
    assert declared - seen == set()


def test_every_vendor_example_is_as_the_vendor_declares(files):
    found = [
        f"{each.operation} {each.status} {each.name} {wrong}"
        for each in vendor_examples(files)
        for wrong in judge(files, each.operation, each.status, each.body)
    ]
    assert found == []


def test_answers_have_every_field_of_the_vendors_examples(files, answers):
    shown = {}
    for example in vendor_examples(files):
        fields = shown.setdefault((example.operation, example.status), set())
        fields.update(example.body.keys() - {"request_id"})
    given = {}
    for answer in answers:
        fields = given.setdefault((answer.operation, str(answer.status)), set())
        fields.update(answer.body or {})
    missing = {
        (operation, field)
        for (operation, status), fields in shown.items()
        for field in fields - given.get((operation, status), set())
    }
    assert missing == LEFT_OUT.keys()


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda each: f"{each.file}:{each.at}")
def test_every_correction_is_needed(correction, answers):
    others = [each for each in CORRECTIONS if each is not correction]
    files = VendorFiles.read(FOLDER).corrected(others)
    concerned = set(files.operations(correction.file))
    shown_and_seen = itertools.chain(vendor_examples(files), answers)
    # Small ones first: they are soon judged, and most corrections show in them.
    assert any(
        judge(files, each.operation, each.status, each.body)
        for each in sorted(shown_and_seen, key=lambda each: len(json.dumps(each.body)))
        if each.operation in concerned
    )


def test_the_page_of_contradictions_names_every_corrected_place():
    page = (REPOSITORY / "docs" / "vendor-contradictions.md").read_text(encoding="utf-8")
    for correction in CORRECTIONS:
        assert f"`{correction.file}.json`" in page
        assert f"`{correction.at}`" in page, correction.at
        assert correction.why in " ".join(page.split()), correction.why


def spoilt(answers, operation, status, spoil):
    """A good answer of the tour with one thing made wrong."""
    good = next(a for a in answers if (a.operation, a.status) == (operation, status))
    body = json.loads(json.dumps(good.body))
    spoil(body)
    return Answer(operation, status, body)


@pytest.mark.parametrize(
    ("operation", "status", "spoil"),
    [
        ("GET /v1/customers", 200, lambda body: body.pop("total")),
        ("GET /v1/customers", 200, lambda body: body["customers"][0].update(created_at="today")),
        ("GET /v1/customers", 200, lambda body: body["customers"][0].update(nick="invented")),
        ("GET /v1/customers", 200, lambda body: body["customers"][0].pop("summary")),
        (
            "GET /v1/customers",
            200,
            lambda body: body["customers"][0]["summary"]["orders"].update(total_amount=10.5),
        ),
        ("GET /v1/segments", 200, lambda body: body["data"][0].update(type="active")),
        ("GET /v1/orders", 200, lambda body: body["orders"][0].update(status="DONE")),
        ("GET /v1/orders", 200, lambda body: body["orders"][0].update(amount=10.5)),
        ("GET /v1/redemptions", 200, lambda body: body["redemptions"][0].pop("result")),
        ("GET /v1/redemptions", 200, lambda body: body["redemptions"][0].update(order="ord_1")),
        (
            "GET /v1/customers/{customerId}/activity",
            200,
            lambda body: body["data"][0].update(type="customer.order.vanished"),
        ),
        ("POST /v1/customers/bulk/async", 202, lambda body: body.clear()),
        (
            "GET /v1/customers/{customerId}/segments",
            200,
            lambda body: body.update(segments=body.pop("data")),
        ),
        ("GET /v1/customers/{customerId}", 404, lambda body: body.update(code="404")),
        (
            "POST /v1/customers/{customerId}/permanent-deletion",
            200,
            lambda body: body["data_json"].pop("orders"),
        ),
        (
            "GET /v1/metadata-schemas/{resource}",
            200,
            lambda body: body["properties"]["tier"].update(type="text"),
        ),
    ],
)
def test_the_judge_finds_what_is_wrong(files, answers, operation, status, spoil):
    wrong = spoilt(answers, operation, status, spoil)
    assert complaints(files, [wrong]) != []
