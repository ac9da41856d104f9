"""What somebody did to a workbook, and nothing else, is in the frame that is read back."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.unit.edits.frames import customer, frame_of, some_frame
from tests.unit.interchange.workbooks import cell, column, differences, edited, written
from vfy_notebook.errors import FileError, VfyNotebookWarning
from vfy_notebook.interchange.workbook import grids

METADATA = {
    "code": "00042",
    "score": 7,
    "ratio": 0.25,
    "vip": True,
    "tags": ["a"],
    "day": "2024-01-31",
    "when": "2024-01-31T12:30:00.500Z",
    "huge": 2**60,
}


def some():
    return frame_of(
        *(
            customer(
                i,
                phone=f"+4860010020{i}",
                birthdate="1990-05-01",
                metadata={**METADATA, "mixed": [1, "1", True][i]},
            )
            for i in range(3)
        )
    )


def test_an_unedited_workbook_is_the_frame(tmp_path):
    frame = some()
    pd.testing.assert_frame_equal(vfy.read_excel(written(frame, tmp_path)), frame)


def test_nobody_is_written_and_read_too(tmp_path):
    frame = some().iloc[:0]
    read = vfy.read_excel(written(frame, tmp_path))
    assert len(read) == 0
    assert list(read.columns) == list(frame.columns)


@pytest.mark.parametrize(
    ("header", "typed", "value"),
    [
        ("name", "Ann", "Ann"),
        ("name", "=1+1 as text", "=1+1 as text"),
        ("name", None, None),
        ("name", 42, "42"),
        ("birthdate", dt.date(1991, 6, 2), pd.Timestamp("1991-06-02")),
        ("birthdate", "1880-01-01", pd.Timestamp("1880-01-01")),
        ("metadata.code", "007", "007"),
        ("metadata.score", 8, 8),
        ("metadata.score", "9", 9),
        ("metadata.score", 8.5, 8.5),
        ("metadata.vip", False, False),
        ("metadata.vip", 0, False),
        ("metadata.vip", "no", False),
        ("metadata.tags", '["a", "b"]', ["a", "b"]),
        ("metadata.day", dt.date(2024, 2, 1), "2024-02-01"),
        ("metadata.when (UTC)", dt.datetime(2024, 2, 1, 8), "2024-02-01T08:00:00.000Z"),  # noqa: DTZ001
        ("metadata.huge", "12345678901234567890", 12345678901234567890),
        ("metadata.mixed", "text", "text"),
        ("metadata.mixed", '{"a": 1}', {"a": 1}),
    ],
)
def test_one_edit_is_exactly_that_edit(tmp_path, header, typed, value):
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        where = cell(sheet, "cust_1", header)
        where.value = typed
        if isinstance(typed, str):
            where.data_type = "s"
    found = differences(frame, vfy.read_excel(path))
    name = header.removesuffix(" (UTC)")
    assert list(found) == [("cust_1", name)]
    if value is None:
        assert pd.isna(found["cust_1", name])
    else:
        assert found["cust_1", name] == value


@pytest.mark.parametrize(
    ("header", "typed", "told"),
    [
        ("birthdate", "31.12.1990", "1990-05-31"),
        ("birthdate", 1990, "dates"),
        ("phone", 48600100209, "as text"),
        ("metadata.code", 43, "as text"),
        ("name", True, "as text"),
        ("name", dt.date(2024, 1, 2), "as text"),
        ("name", 12345678901234567890, "as text"),
        ("metadata.score", "many", "digits"),
        ("metadata.score", True, "numbers"),
        ("metadata.score", dt.date(2024, 1, 2), "number"),
        ("metadata.vip", "perhaps", "TRUE"),
        ("metadata.vip", 2, "TRUE"),
        ("metadata.tags", "a, b", "JSON"),
        ("metadata.tags", '["a"', "JSON"),
        ("metadata.when (UTC)", "yesterday", "UTC"),
        ("name", dt.time(12, 30), "times of day"),
    ],
)
def test_what_cannot_be_decided_is_one_line_that_names_the_cells(tmp_path, header, typed, told):
    path = written(some(), tmp_path)
    with edited(path) as sheet:
        places = []
        for customer_id in ("cust_0", "cust_2"):
            cell(sheet, customer_id, header).number_format = "General"
            cell(sheet, customer_id, header).value = typed
            places.append(cell(sheet, customer_id, header).coordinate)
    with pytest.raises(FileError, match=told) as refused:
        vfy.read_excel(path)
    assert str(refused.value).count("\n") == 1
    assert all(place in str(refused.value) for place in places)


def test_numbers_made_of_texts_are_no_edits(tmp_path):
    """Excel's "convert to number" takes zeros and pluses away."""
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        for i in range(3):
            cell(sheet, f"cust_{i}", "metadata.code").value = 42
            cell(sheet, f"cust_{i}", "phone").value = float(f"4860010020{i}")
            cell(sheet, f"cust_{i}", "metadata.huge").value = 2**60
            cell(sheet, f"cust_{i}", "birthdate").value = (
                dt.date(1990, 5, 1) - dt.date(1899, 12, 30)
            ).days
            cell(sheet, f"cust_{i}", "birthdate").number_format = "General"
    assert vfy.read_excel(path).equals(frame)


def test_rows_sorted_and_deleted_and_columns_moved_and_put_in(tmp_path):
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        rows = [[each.value for each in row] for row in sheet.iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), start=2):
            for at, value in enumerate(row, start=1):
                sheet.cell(number, at).value = value
        sheet.delete_rows(2)  # the last customer
        sheet.insert_cols(3)
        sheet.cell(1, 3).value = "my notes"
        sheet.cell(2, 3).value = "call her"
        sheet.delete_cols(column(sheet, "email"))
        sheet.insert_rows(1, 2)
        sheet.cell(1, 1).value = "Our customers"
    read = vfy.read_excel(path)
    assert list(read.index) == ["cust_1", "cust_0"]
    assert "email" not in read
    assert read.at["cust_1", "my notes"] == "call her"
    assert differences(frame, read) == {}
    assert read.drop(columns="my notes").dtypes.equals(frame.drop(columns="email").dtypes)


def test_edits_made_before_writing_are_edits_still(tmp_path):
    frame = some()
    changed = frame.copy()
    changed.loc["cust_1", "name"] = "Changed in pandas"
    read = vfy.read_excel(written(changed, tmp_path))
    assert read.equals(changed)


def test_a_new_row_with_a_source_id_is_a_new_customer(tmp_path):
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        at = sheet.max_row + 2  # a row is left empty
        sheet.cell(at, column(sheet, "source_id")).value = "new-1"
        sheet.cell(at, column(sheet, "name")).value = "Newcomer"
        sheet.cell(at, column(sheet, "metadata.score")).value = 3
    read = vfy.read_excel(path)
    assert list(read.index) == ["cust_0", "cust_1", "cust_2", "new-1"]
    assert read.loc["new-1", "name"] == "Newcomer"
    assert read.loc["new-1", "metadata.score"] == 3
    assert read.iloc[:3].equals(frame)


def put_total(sheet):
    sheet.cell(sheet.max_row + 1, column(sheet, "metadata.score")).value = 21


def put_person_without_id(sheet):
    cell(sheet, "cust_1", "customer_id").value = None


def put_differing_double(sheet):
    at = sheet.max_row + 1
    sheet.cell(at, 1).value = "cust_1"
    sheet.cell(at, column(sheet, "name")).value = "Other"


def put_value_below_no_header(sheet):
    sheet.cell(2, sheet.max_column + 1).value = "x"


def put_header_twice(sheet):
    sheet.cell(1, sheet.max_column + 1).value = "name"


def rename_ids(sheet):
    sheet.cell(1, 1).value = "id"
    sheet.cell(1, column(sheet, "source_id")).value = "key"


def put_formula_without_result(sheet):
    cell(sheet, "cust_1", "name").value = '=UPPER("x")'


def sort_one_column(sheet):
    at = column(sheet, "source_id")
    values = [sheet.cell(row, at).value for row in range(2, 5)]
    for row, value in zip(range(2, 5), reversed(values), strict=True):
        sheet.cell(row, at).value = value


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (put_total, "row of the sheet .5.*total"),
        (put_person_without_id, "row of the sheet .3"),
        (put_differing_double, "cust_1 in .*3, 5"),
        (put_value_below_no_header, "empty header"),
        (put_header_twice, "name more than once"),
        (rename_ids, "customer_id or source_id"),
        (put_formula_without_result, "formula"),
        (sort_one_column, "sorted by itself"),
    ],
)
def test_a_sheet_that_no_longer_fits_is_refused_by_name(tmp_path, do, told):
    path = written(some(), tmp_path)
    with edited(path) as sheet:
        do(sheet)
    with pytest.raises(FileError, match=told):
        vfy.read_excel(path)


def test_a_row_that_is_there_twice_alike_is_one(tmp_path):
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        for at, each in enumerate(list(sheet[3]), start=1):
            sheet.cell(6, at).value = each.value
    assert vfy.read_excel(path).equals(frame)


def test_a_sheet_without_its_ids_is_read_by_source_id(tmp_path):
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        sheet.delete_cols(1)
    assert vfy.read_excel(path).equals(frame)


def test_a_copy_of_the_sheet_asks_which_one_is_meant(tmp_path):
    frame = some()
    path = written(frame, tmp_path)
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["customers"]).title = "backup"
    book["customers"]["C2"].value = "Edited"
    book.save(path)
    with pytest.raises(FileError, match="backup"):
        vfy.read_excel(path)
    assert len(differences(frame, vfy.read_excel(path, sheet="customers"))) == 1
    assert vfy.read_excel(path, sheet="backup").equals(frame)
    with pytest.raises(FileError, match="no sheet"):
        vfy.read_excel(path, sheet="nowhere")


def test_what_was_typed_into_grey_cells_is_told(tmp_path):
    path = written(some(), tmp_path)
    with edited(path) as sheet:
        where = cell(sheet, "cust_1", "created_at (UTC)")
        where.value = dt.datetime(2020, 1, 1)  # noqa: DTZ001
        place = where.coordinate
    with pytest.warns(VfyNotebookWarning, match=rf"created_at \({place}\)"):
        read = vfy.read_excel(path)
    assert read.at["cust_1", "created_at"] == pd.Timestamp("2020-01-01", tz="UTC")


def test_line_ends_stay_what_they_were(tmp_path):
    frame = frame_of(customer(0, description="one\r\ntwo"), customer(1, description="a\nb"))
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        cell(sheet, "cust_0", "description").value = "one\ntwo\nthree"
        cell(sheet, "cust_1", "description").value = "a\nb\nc"
    read = vfy.read_excel(path)["description"]
    assert list(read) == ["one\r\ntwo\r\nthree", "a\nb\nc"]


def test_a_formula_with_a_result_is_its_result(tmp_path):
    """As Excel saves it; openpyxl saves none, so the result is put into the file itself."""
    frame = some()
    path = written(frame, tmp_path)
    with edited(path) as sheet:
        place = cell(sheet, "cust_1", "name").coordinate
        sheet[place].value = '=UPPER("x")'
        other = cell(sheet, "cust_2", "name").coordinate
        sheet[other].value = '=""'
    rewrite(path, f'<c r="{place}"', '<f>UPPER("x")</f><v />', '<f>UPPER("x")</f><v>X</v>')
    rewrite(path, f'<c r="{other}"', '<f>""</f><v />', '<f>""</f><v></v>', kind="str")
    read = vfy.read_excel(path)
    assert read.at["cust_1", "name"] == "X"
    assert pd.isna(read.at["cust_2", "name"])


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!"])
def test_the_error_of_a_formula_is_not_taken_for_an_empty_cell(tmp_path, error):
    path = written(some(), tmp_path)
    with edited(path) as sheet:
        cell(sheet, "cust_1", "name").value = error
        assert cell(sheet, "cust_1", "name").data_type == "e"
    with pytest.raises(FileError, match=error):
        vfy.read_excel(path)


def rewrite(path, cell_start, old, new, kind="str"):
    """Put another content into a cell of the first sheet's XML."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text = parts[name].decode()
    at = text.index(cell_start)
    end = text.index("</c>", at)
    content = text[at:end]
    assert old in content
    start, _, rest = content.partition(">")
    text = text[:at] + f'{start} t="{kind}">{rest.replace(old, new)}' + text[end:]
    parts[name] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for part, held in parts.items():
            archive.writestr(part, held)


def test_a_hidden_sheet_that_was_changed_is_refused(tmp_path):
    path = written(some(), tmp_path)
    book = openpyxl.load_workbook(path)
    hidden = book["vfy-notebook"]
    hidden["A2"].value = hidden["A2"].value.replace("Name 0", "Name 9")
    book.save(path)
    with pytest.raises(FileError, match="hidden sheet"):
        vfy.read_excel(path)
    # The way out that it names: without the sheet it is a table like any other.
    book = openpyxl.load_workbook(path)
    del book["vfy-notebook"]
    book.save(path)
    assert list(vfy.read_excel(path).index) == ["cust_0", "cust_1", "cust_2"]


def test_a_workbook_of_another_origin_is_read_as_it_stands(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["source_id", "metadata.tier", "phone", "metadata.score"])
    book.active.append([4711, "gold", 48600100200, 1.5])
    book.active.append(["s2", None, None, 2])
    path = tmp_path / "other.xlsx"
    book.save(path)
    read = vfy.read_excel(path)
    assert read.index.name == "source_id"
    assert list(read.index) == [4711, "s2"]
    assert read["metadata.tier"].iloc[0] == "gold"
    assert read["phone"].iloc[0] == 48600100200


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"customer_id,name\ncust_1,Ann\n", "read_csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xlsx"),
        (b"PK\x03\x04 broken", "xlsx"),
        (b"", "read_csv"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, content, told):
    path = tmp_path / "customers.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=told):
        vfy.read_excel(path)


def test_a_workbook_without_customers_is_refused(tmp_path):
    path = tmp_path / "other.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.save(path)
    with pytest.raises(FileError, match="customer_id"):
        vfy.read_excel(path)


def test_without_openpyxl_it_says_what_to_install(tmp_path, monkeypatch):
    path = written(some_frame(1), tmp_path)
    monkeypatch.setattr(grids, "missing_modules", list)
    with pytest.raises(FileError, match="pip install openpyxl"):
        written(some_frame(1), tmp_path)
    with pytest.raises(FileError, match="pip install openpyxl"):
        vfy.read_excel(path)
