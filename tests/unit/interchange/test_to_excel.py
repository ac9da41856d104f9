"""The workbook as people and programs see it."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.unit.edits.frames import customer, frame_of, some_frame
from tests.unit.interchange.workbooks import cell, column, written
from vfy_notebook.errors import FileError
from vfy_notebook.frames.metadata.defined import metadata_schema_frame

SCHEMA = metadata_schema_frame(
    {
        "properties": {
            "tier": {"type": "string", "eq": ["gold", "silver, plated", "=none"]},
            "vip": {"type": "boolean"},
            "since": {"type": "date"},
            "level": {"type": "number", "eq": [1, 2.5]},
        }
    }
)


def sheet_of(path):
    return openpyxl.load_workbook(path)["customers"]


def test_every_kind_of_value_is_what_a_spreadsheet_calls_so(tmp_path):
    frame = frame_of(
        customer(
            0,
            phone="+48600100200",
            birthdate="1990-05-01",
            address={"postal_code": "00-042"},
            metadata={
                "card": "89652900001234567890",
                "score": 7,
                "ratio": 0.25,
                "vip": True,
                "tags": ["a", "b"],
                "day": "2024-01-31",
                "when": "2024-01-31T12:30:00.500Z",
                "huge": 2**60,
            },
        )
    )
    sheet = sheet_of(written(frame, tmp_path))
    found = {
        name: (cell(sheet, "cust_0", name).value, cell(sheet, "cust_0", name).number_format)
        for name in (c.value for c in sheet[1])
    }
    assert found["customer_id"] == ("cust_0", "@")
    assert found["phone"] == ("+48600100200", "@")
    assert found["address.postal_code"] == ("00-042", "@")
    assert found["metadata.card"] == ("89652900001234567890", "@")
    assert found["metadata.score"][0] == 7
    assert found["metadata.ratio"][0] == 0.25
    assert found["metadata.vip"][0] is True
    assert found["metadata.tags"][0] == '["a","b"]'
    assert found["metadata.huge"][0] == str(2**60)
    assert found["birthdate"][0] == dt.datetime(1990, 5, 1)  # noqa: DTZ001
    assert found["metadata.day"][0] == dt.datetime(2024, 1, 31)  # noqa: DTZ001
    moment = dt.datetime(2024, 1, 31, 12, 30, 0, 500_000)  # noqa: DTZ001
    assert found["metadata.when (UTC)"][0] == moment
    assert "yyyy" in found["metadata.when (UTC)"][1]
    assert "created_at (UTC)" in found


def test_days_that_spreadsheets_disagree_about_are_text(tmp_path):
    frame = frame_of(customer(0, birthdate="1900-02-28"), customer(1, birthdate="1850-01-01"))
    sheet = sheet_of(written(frame, tmp_path))
    assert cell(sheet, "cust_0", "birthdate").value == "1900-02-28"
    pd.testing.assert_frame_equal(vfy.read_excel(tmp_path / "customers.xlsx"), frame)


def test_the_header_is_frozen_and_filtered_and_what_is_read_only_is_shaded(tmp_path):
    sheet = sheet_of(written(some_frame(3, metadata={"tier": "gold"}), tmp_path))
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.auto_filter.ref.endswith("4")

    def shade(name):
        return cell(sheet, "cust_0", name).fill.start_color.rgb

    grey = {shade(name) for name in ("customer_id", "source_id", "created_at (UTC)")}
    assert len(grey) == 1
    assert shade("name") not in grey
    assert shade("metadata.tier") not in grey
    blank = sheet.column_dimensions["F"]  # phone, which nobody has: text is typed there as text
    assert cell(sheet, "cust_0", "phone").value is None
    assert blank.number_format == "@"


def test_what_the_schema_lists_is_offered(tmp_path):
    frame = some_frame(2, metadata={"tier": "gold", "vip": True, "level": 1})
    path = written(frame, tmp_path, schema=SCHEMA)
    book = openpyxl.load_workbook(path)
    sheet = book["customers"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}

    def rule_of(name):
        letter = sheet.cell(1, column(sheet, name)).column_letter
        return rules[f"{letter}2:{letter}1048576"]

    def listed(name):
        at, cells = rule_of(name).formula1.split("!")
        return [row[0].value for row in book[at.strip("'")][cells.replace("$", "")]]

    assert listed("metadata.tier") == ["gold", "silver, plated", "=none"]
    assert listed("metadata.level") == [1, 2.5]
    assert rule_of("metadata.tier").errorStyle == "stop"
    assert rule_of("metadata.vip").formula1 == '"TRUE,FALSE"'
    assert rule_of("birthdate").type == "date"
    assert rule_of("created_at (UTC)").formula1 == "FALSE"
    hidden = [each.title for each in book if each.sheet_state != "visible"]
    assert [each.title for each in book if each.title not in hidden] == ["customers"]
    assert len(hidden) == 2


def test_the_schema_tells_the_kind_where_nobody_has_a_value(tmp_path):
    frame = frame_of(customer(0, metadata={"since": None, "tier": "gold"}))
    frame["metadata.since"] = pd.Series([None], index=frame.index, dtype="str")
    sheet = sheet_of(written(frame, tmp_path, schema=SCHEMA))
    letter = sheet.cell(1, column(sheet, "metadata.since")).column_letter
    assert "yyyy" in sheet.column_dimensions[letter].number_format


def test_chosen_columns_are_shown_in_the_order_given_behind_the_id(tmp_path):
    path = written(some_frame(2), tmp_path, ["email", "name"])
    assert [each.value for each in sheet_of(path)[1]] == ["customer_id", "email", "name"]
    # Nobody remembers what these were: the last update tells the version.
    assert list(vfy.read_excel(path).columns) == ["email", "name", "updated_at"]


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "#N/A", "'=1", "{=1}", "="]


def test_text_is_never_a_formula(tmp_path):
    frame = frame_of(*(customer(i, name=text) for i, text in enumerate(HOSTILE)))
    frame["metadata.=HYPERLINK(1)"] = "=1"
    book = openpyxl.load_workbook(written(frame, tmp_path))
    kinds = {each.data_type for sheet in book for row in sheet.iter_rows() for each in row}
    assert "f" not in kinds
    assert "e" not in kinds
    assert vfy.read_excel(tmp_path / "customers.xlsx").equals(frame)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\x07b", "control characters"),
        ("\x00", "control characters"),
        ("a\uffff", "control characters"),
        ("x" * 32_768, "32,767"),
        ("😀" * 16_384, "32,767"),
        ("=" + "1" * 40_000, "32,767"),
    ],
)
def test_what_would_be_cut_or_lost_is_one_error_that_names_the_cells(tmp_path, text, reason):
    frame = some_frame(4, metadata={"note": "fine"})
    frame.loc[["cust_1", "cust_3"], "name"] = text
    frame.loc["cust_2", "metadata.note"] = text
    path = tmp_path / "customers.xlsx"
    with pytest.raises(FileError) as refused:
        vfy.to_excel(frame, path)
    told = str(refused.value)
    for part in (reason, "name", "cust_1", "cust_3", "metadata.note", "cust_2"):
        assert part in told
    assert list(tmp_path.iterdir()) == []
    # The way out that it names.
    left = eval(told.partition("columns=")[2].partition("), or")[0] + ")", {"customers": frame})  # noqa: S307
    vfy.to_excel(frame, path, columns=left)
    assert vfy.read_excel(path)["email"].equals(frame["email"])


def test_the_longest_text_that_fits_is_kept_whole(tmp_path):
    frame = frame_of(customer(0, name="x" * 32_767, description="\r\n" * 16_000))
    assert vfy.read_excel(written(frame, tmp_path)).equals(frame)


def test_lists_with_control_characters_are_json_and_so_are_fine(tmp_path):
    frame = frame_of(customer(0, metadata={"tags": ["a\x07"]}))
    assert vfy.read_excel(written(frame, tmp_path)).equals(frame)
    frame = frame_of(customer(0, metadata={"tags": ["x" * 40_000]}))
    with pytest.raises(FileError, match=r"metadata\.tags"):
        written(frame, tmp_path)


def test_what_is_no_frame_of_customers_is_refused(tmp_path):
    frame = some_frame(2)
    for other, told in [
        ([1], "DataFrame"),
        (frame.reset_index(drop=True), "customer_id"),
        (pd.concat([frame, frame]), "earlier row"),
        (pd.concat([frame, frame], axis=1), "twice"),
    ]:
        with pytest.raises(FileError, match=told):
            vfy.to_excel(other, tmp_path / "customers.xlsx")
    with pytest.raises(FileError, match="nmae"):
        written(frame, tmp_path, ["nmae"])
    with pytest.raises(FileError, match="xlsx"):
        vfy.to_excel(frame, tmp_path / "customers.csv")
    with pytest.raises(FileError, match="cannot be written"):
        vfy.to_excel(frame, tmp_path / "no such folder" / "customers.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_customers_are_found_in_a_column_too(tmp_path):
    frame = some_frame(2)
    assert vfy.read_excel(written(frame.reset_index(), tmp_path)).equals(frame)


def test_nothing_of_the_project_but_a_hash_is_in_it(tmp_path):
    frame = some_frame(2)
    path = written(frame, tmp_path)
    book = openpyxl.load_workbook(path)
    texts = [str(each.value) for row in book["vfy-notebook"].iter_rows() for each in row]
    assert not any("http" in text for text in texts)


def test_only_the_columns_that_cannot_be_written_are_to_be_left_out(tmp_path):
    frame = some_frame(2, metadata={"name": "fine", "odd\x07key": "x"})
    frame.loc["cust_0", "name"] = "\x07"
    with pytest.raises(FileError) as refused:
        written(frame, tmp_path)
    told = str(refused.value)
    assert "\x07" not in told
    left_out = ["name", "metadata.odd\x07key"]
    assert f"difference({left_out})" in told


def test_a_workbook_that_is_there_is_replaced_only_if_told(tmp_path):
    """It may hold a day of edits."""
    path = tmp_path / "customers.xlsx"
    path.write_bytes(b"a day of edits")
    with pytest.raises(FileError, match="overwrite"):
        vfy.to_excel(some_frame(1), path)
    assert path.read_bytes() == b"a day of edits"
    vfy.to_excel(some_frame(1), path, overwrite=True)
    assert len(vfy.read_excel(path)) == 1
