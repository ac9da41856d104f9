"""A workbook gives back what was put in, and one edit is exactly that edit."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vfy_notebook as vfy
from tests.properties.made_up_customers import any_metadata, frame_of, records, typed_metadata
from tests.unit.interchange.workbooks import cell, differences, edited
from vfy_notebook.frames.metadata.defined import metadata_schema_frame

#: Each writes and reads a workbook, which takes its time.
EXAMPLES = settings.default.max_examples // 2

#: What spreadsheets make something else of.
TRICKY = [
    *("=1", "+48 1", "-1", "@x", "007", "1e5", "TRUE", "#N/A", "[1]", '{"a":1}', "2024-01-31"),
    *("12:30", "'", '"', "12345678901234567890", "1/2", "50%", "nan", "None", "NULL", "NA"),
    *(" ", "\t", "a\r\nb", "\r", "\n", "\x85", "\u2028", "<b>", "&amp;"),
    *("_x000D_", "_x0041_", "x005F_"),
]
tricky = st.one_of(
    st.sampled_from(TRICKY),
    st.text(
        alphabet=st.characters(
            codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
        ),
        max_size=12,
    ),
)
SCHEMA = metadata_schema_frame(
    {
        "properties": {
            "tier": {"type": "string", "eq": ["gold", "00042"]},
            "score": {"type": "number"},
            "flag": {"type": "boolean"},
            "day": {"type": "date"},
            "when": {"type": "datetime"},
            "tags": {"type": "string", "array": True},
        }
    }
)


@st.composite
def hostile(draw):
    """Customers whose texts are tricky ones."""
    made = draw(records(metadata=draw(st.sampled_from([any_metadata, typed_metadata]))))
    for record in made:
        for field in ("name", "description", "phone"):
            if draw(st.booleans()):
                record[field] = draw(tricky)
        if draw(st.booleans()):
            record["metadata"] = {**(record.get("metadata") or {}), "code": draw(tricky)}
    return frame_of(made)


schemas = st.sampled_from([None, SCHEMA])


@given(frame=hostile(), schema=schemas)
@settings(max_examples=EXAMPLES)
def test_an_unedited_workbook_is_the_frame(tmp_path_factory, frame, schema):
    path = tmp_path_factory.mktemp("book") / "customers.xlsx"
    vfy.to_excel(frame, path, schema=schema, overwrite=True)
    read = vfy.read_excel(path)
    assert differences(frame, read) == {}
    pd.testing.assert_frame_equal(read, frame)


@pytest.mark.parametrize("value", [1, 0.5, 45_000, True, "noon"])
def test_what_is_no_time_in_a_column_of_times_stays_what_it_is(tmp_path, value):
    known = {"id": "cust_0", "source_id": "s0", "created_at": "2020-09-13T12:26:40.000Z"}
    frame = frame_of([known | {"metadata": {"when": value, "day": value}}])
    vfy.to_excel(frame, tmp_path / "customers.xlsx", schema=SCHEMA)
    assert differences(frame, vfy.read_excel(tmp_path / "customers.xlsx")) == {}


@given(frame=hostile(), sep=st.sampled_from(",;\t|"), encoding=st.sampled_from(["utf-8", "utf-16"]))
@settings(max_examples=EXAMPLES)
def test_an_unedited_csv_file_is_the_frame(tmp_path_factory, frame, sep, encoding):
    path = tmp_path_factory.mktemp("csv") / "customers.csv"
    frame.to_csv(path, sep=sep, encoding=encoding)
    read = vfy.read_csv(path, like=frame)
    assert differences(frame, read) == {}
    pd.testing.assert_frame_equal(read, frame)


@given(frame=hostile(), schema=schemas, text=tricky, data=st.data())
@settings(max_examples=EXAMPLES)
def test_one_typed_text_is_exactly_that_edit(tmp_path_factory, frame, schema, text, data):
    assume(len(frame) and text.strip())
    path = tmp_path_factory.mktemp("book") / "customers.xlsx"
    vfy.to_excel(frame, path, schema=schema, overwrite=True)
    customer_id = data.draw(st.sampled_from(list(frame.index)))
    with edited(path) as sheet:
        where = cell(sheet, customer_id, "address.city")
        where.value = "x" + text
        where.data_type = "s"
    frame = frame.copy()
    read = vfy.read_excel(path)
    assert list(differences(frame, read)) == [(customer_id, "address.city")]
