"""A frame that has been elsewhere: unedited it has no edits, with one edit exactly that one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.made_up_customers import (
    any_metadata,
    frame_of,
    records,
    some_texts,
    texts,
)
from tests.properties.other_formats import FORMATS
from tests.unit.edits.frames import edits_of
from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.edits.dress.origin import may_be_from_a_file

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*no 64-bit integers:UserWarning"),
    pytest.mark.filterwarnings("ignore:'epoch' date format is deprecated"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.drop"),  # DuckDB's
]

# A fifth of the profile: there are many formats, and frames are dear.
a_few = settings(
    max_examples=settings().max_examples // 5, suppress_health_check=[HealthCheck.too_slow]
)

hostile_texts = st.one_of(
    st.sampled_from(["NA", "nan", "None", "null", "", " ", " 12 ", "inf", "1_000", "-0", "1.50"]),
    st.sampled_from(["4.86E+10", "+48600123456", "48600123456", "007", "1e5", "1" * 20]),
    st.sampled_from(["TRUE", "false", "yes", "2024-01-31", "2024-01-31T10:00:00.000Z"]),
    st.sampled_from(["[1]", '{"a": 1}', '"q"', "=1+1", "a\r\nb", "é,;\t'"]),
)
typed_metadata = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.one_of(st.none(), hostile_texts, some_texts, texts),
        "code": st.one_of(st.none(), st.from_regex(r"[+0]?[0-9]{1,18}", fullmatch=True)),
        "score": st.one_of(st.none(), st.integers(-(2**53), 2**63 - 1)),
        "ratio": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        "flag": st.one_of(st.none(), st.booleans()),
        "day": st.one_of(st.none(), st.dates().map(str)),
        "seen": st.one_of(st.none(), st.sampled_from(["2024-01-31T10:00:00.000Z"])),
        "tags": st.one_of(st.none(), st.lists(st.one_of(texts, st.integers(-9, 9)), max_size=3)),
        "prefs": st.one_of(st.none(), st.dictionaries(texts, st.booleans(), max_size=3)),
    },
)
SCHEMA = {
    "properties": {
        "tier": {"type": "string"},
        "code": {"type": "string"},
        "score": {"type": "number"},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean"},
        "day": {"type": "date"},
        "seen": {"type": "datetime"},
        "tags": {"type": "string", "array": True},
        "prefs": {"type": "object"},
    }
}


def outcome(before, after, schema):
    """{(customer, column): value}, and the problems that stop a push."""
    found = edits_of(before, after, schema=schema, was_in_a_file=may_be_from_a_file(after))
    edits = {(c.customer_id, field): v for c in found.changes for field, v in c.after.items()}
    return edits, [problem.message for problem in found.problems if problem.blocks]


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without_schema", "with_schema"])
@pytest.mark.parametrize("elsewhere", FORMATS, ids=lambda each: each.__name__)
@a_few
@given(records(metadata=st.one_of(typed_metadata, any_metadata)))
def test_an_unedited_round_trip_has_no_edits(elsewhere, schema, made):
    before = frame_of(made)
    assert outcome(before, elsewhere(before), schema) == ({}, [])


@pytest.mark.parametrize("elsewhere", FORMATS, ids=lambda each: each.__name__)
@pytest.mark.parametrize(
    "texts", [["1", "true"], ["0", "false"], ["1_000"], ["1_0.5", "2"]], ids=str
)
def test_texts_that_readers_take_for_flags_or_numbers(elsewhere, texts):
    before = frame_of(
        {"id": f"cust_{n}", "source_id": f"s{n}", "phone": text, "metadata": {"tier": text}}
        | {"created_at": "2020-09-13T12:26:40.000Z"}
        for n, text in enumerate(texts)
    )
    assert outcome(before, elsewhere(before), SCHEMA) == ({}, [])


NEW_VALUES = {
    "name": "Żaneta",
    "address.city": "Åre",
    "metadata.tier": "platinum",
    "metadata.score": 1234,
    "metadata.ratio": 0.25,
    "metadata.flag": None,
    "metadata.day": "2031-05-06",
    "metadata.tags": ["new", "x"],
    "metadata.prefs": {"new": True},
}


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without_schema", "with_schema"])
@pytest.mark.parametrize("elsewhere", FORMATS, ids=lambda each: each.__name__)
@a_few
@given(records(metadata=typed_metadata), st.data())
def test_one_edit_is_exactly_that_edit(elsewhere, schema, made, data):
    before = frame_of(made)
    after = elsewhere(before)
    names = [name for name in NEW_VALUES if name in after]
    if after.empty or not names:
        return
    row = data.draw(st.integers(0, len(after) - 1))
    name = data.draw(st.sampled_from(names))
    customer, value = after.index[row], NEW_VALUES[name]
    if name == "metadata.flag":
        value = not (before.at[customer, name] is np.True_ or before.at[customer, name] is True)
    after[name] = after[name].astype(object)
    after.at[customer, name] = value
    was = before.at[customer, name]
    expected = {} if _is(was, value) else {(customer, name): value}
    found, refused = outcome(before, after, schema)
    assert not refused
    assert found.keys() == expected.keys()
    assert all(same_json(found[at], expected[at]) for at in expected)


def _is(was, value):
    if isinstance(was, list | dict):
        return was == value
    return not pd.isna(was) and same_json(was, value)
