"""The metadata schema: its route, and its violations in the vendor's wording."""

from __future__ import annotations

import pytest

from .support import customers, path_of

STRING = {"type": "string"}


def with_schema(box, properties, **more):
    box.reset(
        customers(1, metadata={"kept": 1}), metadata_schema={"properties": properties, **more}
    )


def violation(api, metadata):
    """What a PUT says about the metadata; None if it takes them."""
    reply = api.put(path_of("c000"), {"metadata": metadata})
    if reply.status == 200:
        return None
    assert (reply.status, reply.json["key"]) == (400, "invalid_payload")
    return reply.json["details"]


def test_the_schema_is_answered_as_the_api_does(api, box):
    with_schema(box, {"age": {"type": "number"}}, id="ms_1")
    body = api.get("/v1/metadata-schemas/customer").json
    assert body.pop("created_at")
    assert body == {
        "id": "ms_1",
        "related_object": "customer",
        "properties": {
            "age": {"type": "number", "array": False, "optional": True, "objectType": None}
        },
        "allow_defined_only": False,
        "updated_at": None,
        "object": "metadata_schema",
    }
    assert api.get("/v1/metadata-schemas").json["total"] == 1
    reply = api.get("/v1/metadata-schemas/voucher")
    assert (reply.status, reply.json["resource_type"]) == (404, "metadata_schema")


def test_the_vendors_own_example(api, box):
    with_schema(
        box,
        {
            "acquisition_channel": {
                "type": "string",
                "optional": False,
                "eq": ["Facebook", "Twitter", "Website"],
            }
        },
    )
    assert violation(api, {"acquisition_channel": "snap"}) == (
        "acquisition_channel: must be a string, property is required, must be equal to one of "
        "Facebook,Twitter,Website (actual value is 'snap')"
    )


@pytest.mark.parametrize(
    ("definition", "good", "bad"),
    [
        (STRING, ["", "a", None], [1, True, ["a"], {}]),
        ({"type": "number"}, [0, -1.5, 2**60], ["1", True, [1]]),
        ({"type": "boolean"}, [True, False], ["true", 1, 0]),
        ({"type": "date"}, ["2024-02-29"], ["2023-02-29", "2024-01-01T00:00:00Z", 20240101]),
        (
            {"type": "datetime"},
            ["2024-01-01T00:00:00Z", "2024-01-01T10:00:00.5+02:00"],
            ["now", 1],
        ),
        ({"type": "geopoint"}, ["52.4,-16.9", [52.4, 16.9]], ["north", "91,0", [1], "1,2,3", 5]),
        ({"type": "image_url"}, ["https://example.com/a.png"], ["a.png", 1]),
        ({"type": "object"}, [{}, {"a": {"b": 1}}], ["{}", [], 1]),
        ({**STRING, "array": True}, [[], ["a", "b"], None], ["a", [1], ["a", None]]),
        ({"type": "number", "array": True}, [[1, 2.5]], [[True], ["1"]]),
        ({**STRING, "optional": False}, ["a"], [None]),
        ({**STRING, "eq": ["a", "b"]}, ["a"], ["c"]),
        ({**STRING, "ne": ["a"]}, ["b"], ["a"]),
        ({**STRING, "minLength": 2}, ["ab"], ["a"]),
        ({**STRING, "maxLength": 2}, ["ab"], ["abc"]),
        ({**STRING, "exactLength": 2}, ["ab"], ["a", "abc"]),
        ({**STRING, "array": True, "eq": ["a", "b"]}, [["a", "b"]], [["a", "c"]]),
        ({"type": "number", "lt": 5}, [4.9], [5]),
        ({"type": "number", "lte": 5}, [5], [5.1]),
        ({"type": "number", "gt": 5}, [5.1], [5]),
        ({"type": "number", "gte": 5}, [5], [4.9]),
        ({"type": "number", "gte": 0, "lte": 0}, [0], [1, -1]),
        ({"type": "number", "maxLength": 3}, [12345], ["1"]),
    ],
)
def test_values_of_each_type_and_constraint(api, box, definition, good, bad):
    with_schema(box, {"x": definition})
    assert [violation(api, {"x": value}) for value in good] == [None] * len(good)
    said = [violation(api, {"x": value}) for value in bad]
    assert all(text is not None and text.startswith("x: must be ") for text in said)


@pytest.mark.parametrize(
    ("definition", "value", "said"),
    [
        ({"type": "number"}, "EUR", "must be a number (actual value is 'EUR')"),
        ({**STRING, "array": True}, "a", "must be an array of strings (actual value is 'a')"),
        ({"type": "object"}, [1], "must be an object (actual value is '[1]')"),
        (
            {**STRING, "minLength": 2, "maxLength": 4},
            "a",
            (
                "must be a string, must have minimum length of 2, must have maximum length of 4 "
                "(actual value is 'a')"
            ),
        ),
        (
            {"type": "number", "optional": False, "gt": 1, "lte": 3},
            None,
            (
                "must be a number, property is required, must be less than or equal to 3, "
                "must be greater than 1 (actual value is 'null')"
            ),
        ),
    ],
)
def test_the_wording(api, box, definition, value, said):
    with_schema(box, {"x": definition})
    assert violation(api, {"x": value}) == f"x: {said}"


def test_nothing_is_written_when_one_key_is_wrong(api, box):
    with_schema(box, {"a": {"type": "number"}, "b": {"type": "number"}})
    said = violation(api, {"a": "x", "b": "y", "c": 1})
    assert said.split("; ") == [
        f"{key}: must be a number (actual value is '{value}')"
        for key, value in [("a", "x"), ("b", "y")]
    ]
    assert box.customer("c000")["metadata"] == {"kept": 1}


def test_required_keys_may_be_there_already(api, box):
    with_schema(box, {"kept": {"type": "number", "optional": False}})
    assert violation(api, {"other": 1}) is None
    box.set(put_metadata="replace")
    assert violation(api, {"other": 2}) == (
        "kept: must be a number, property is required (actual value is 'undefined')"
    )
    assert api.put(path_of("c000"), {"name": "n"}).status == 200


def test_only_defined_keys_may_be_allowed(api, box):
    with_schema(box, {"a": STRING, "gone": {**STRING, "deleted": True}}, allow_defined_only=True)
    assert violation(api, {"a": "x"}) is None
    assert violation(api, {"b": "x"}) == "b: property is not defined in the schema"
    assert violation(api, {"gone": "x"}) == "gone: property is not defined in the schema"


def test_deleted_definitions_demand_nothing(api, box):
    with_schema(box, {"gone": {"type": "number", "optional": False, "deleted": True}})
    assert violation(api, {"gone": "text"}) is None


def test_creating_is_checked_too(api, box):
    with_schema(box, {"age": {"type": "number", "optional": False}})
    assert api.post("/v1/customers", {"source_id": "n"}).status == 200
    reply = api.post("/v1/customers", {"source_id": "m", "metadata": {"other": 1}})
    assert reply.json["details"].startswith("age: must be a number, property is required")
    assert box.customer("m") is None
