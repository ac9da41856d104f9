from __future__ import annotations

import pytest

from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.frames.metadata.defined import metadata_schema_frame


def violation(definition, value):
    schema = MetadataSchema.from_api({"properties": {"key": definition}})
    return schema.checker("key")(value)


def test_the_wording_is_the_vendors():
    definition = {
        "type": "string",
        "optional": False,
        "eq": ["Facebook", "Twitter", "Website"],
    }
    assert str(violation(definition, "snap")) == (
        "key: must be a string, property is required, must be equal to one of "
        "Facebook,Twitter,Website (actual value is 'snap')"
    )


@pytest.mark.parametrize(
    ("definition", "good", "bad"),
    [
        ({"type": "string"}, "x", 5),
        ({"type": "number"}, 5, "5"),
        ({"type": "number"}, 0.5, True),
        ({"type": "boolean"}, True, 1),
        ({"type": "date"}, "2024-01-31", "31.1.2024"),
        ({"type": "datetime"}, "2024-01-31T10:00:00.000Z", "2024-01-31"),
        ({"type": "datetime"}, "2024-01-31T10:00:00Z", "T"),
        ({"type": "geopoint"}, "52.4,16.9", "152.4,16.9"),
        ({"type": "geopoint"}, [52.4, 16.9], "52.4"),
        ({"type": "image_url"}, "https://example.com/a.png", "a.png"),
        ({"type": "object"}, {"a": 1}, [1]),
        ({"type": "string", "array": True}, ["a", "b"], "a"),
        ({"type": "string", "array": True}, [], [1]),
        ({"type": "number", "eq": [1, 2]}, 2.0, 3),
        ({"type": "string", "ne": ["a"]}, "b", "a"),
        ({"type": "number", "lt": 5}, 4, 5),
        ({"type": "number", "lte": 5}, 5, 6),
        ({"type": "number", "gt": 5}, 6, 5),
        ({"type": "number", "gte": 5}, 5, 4),
        ({"type": "string", "minLength": 2}, "ab", "a"),
        ({"type": "string", "maxLength": 2}, "ab", "abc"),
        ({"type": "string", "exactLength": 2}, "ab", "a"),
        ({"type": "string", "optional": False}, "", None),
    ],
)
def test_each_demand_lets_pass_what_meets_it(definition, good, bad):
    assert violation(definition, good) is None
    assert violation(definition, bad) is not None


def test_rules_say_nothing_of_values_they_are_not_made_for():
    assert violation({"type": "string", "lt": 5}, "x") is None
    assert violation({"type": "number", "minLength": 5}, 1) is None


def test_an_array_says_so_in_the_plural():
    told = violation({"type": "number", "array": True}, ["1"])
    assert str(told) == "key: must be an array of numbers (actual value is '[\"1\"]')"


def test_null_is_no_violation_of_an_optional_key():
    assert violation({"type": "number"}, None) is None


def test_equal_values_of_other_types_are_told_apart_when_remembered():
    schema = MetadataSchema.from_api({"properties": {"key": {"type": "number"}}})
    check = schema.checker("key")
    assert check(1) is None
    assert check(True) is not None
    assert check(1) is None


def test_removed_and_unknown_definitions_demand_nothing():
    schema = MetadataSchema.from_api(
        {
            "properties": {
                "old": {"type": "string", "deleted": True, "optional": False},
                "new": {"type": "hologram"},
            }
        }
    )
    assert schema.checker("old") is schema.checker("new") is None
    assert schema.required_keys == ()


def test_a_closed_schema_refuses_other_keys():
    schema = MetadataSchema.from_api({"properties": {}, "allow_defined_only": True})
    assert "not defined" in str(schema.checker("anything")("x"))


def test_the_frame_has_one_row_a_key_and_the_apis_names():
    shown = {
        "properties": {
            "tier": {
                "type": "string", "array": False, "optional": True, "objectType": None,
                "eq": ["gold", "silver"],
            },
            "score": {"type": "number", "optional": False, "gte": 0, "lte": 100},
            "code": {"type": "string", "exactLength": 5, "deleted": True},
        },
        "allow_defined_only": True,
    }  # fmt: skip
    frame = metadata_schema_frame(shown)
    assert list(frame.index) == ["tier", "score", "code"]
    assert frame.index.name == "metadata_key"
    assert frame.loc["tier", "eq"] == ["gold", "silver"]
    assert frame.loc["score", "lte"] == 100
    assert frame.loc["code", "exactLength"] == 5
    assert list(frame["optional"]) == [True, False, False]
    assert list(frame["deleted"]) == [False, False, True]
    assert frame.attrs["allow_defined_only"] is True


def test_the_frame_of_no_schema_has_the_same_columns():
    some = metadata_schema_frame({"properties": {"tier": {"type": "string"}}})
    none = metadata_schema_frame({})
    assert list(none.columns) == list(some.columns)
    assert (none.dtypes == some.dtypes).all()
    assert none.empty


def test_a_keys_type_is_told_and_none_of_what_is_not_defined():
    schema = MetadataSchema.from_api(
        {"properties": {"tier": {"type": "string"}, "gone": {"type": "number", "deleted": True}}}
    )
    assert schema.kind_of("tier") == "string"
    assert schema.kind_of("gone") is schema.kind_of("unknown") is None
