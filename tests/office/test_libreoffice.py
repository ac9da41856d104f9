"""Edits that a person makes in LibreOffice arrive as exactly those edits."""

from __future__ import annotations

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.unit.edits.frames import customer, frame_of
from tests.unit.interchange.workbooks import differences
from vfy_notebook.interchange.workbook.table import column_letter

pytestmark = pytest.mark.office

#: Commas, UTF-8, cells as shown.
CSV = "44,34,76,1,,0,false,true,false"

#: Semicolons, UTF-16.
SEMICOLONS = "59,34,65535,1,,0,false,true,false"

TEXTS = [
    "=1+1",
    "+48 600 100 200",
    "-5",
    "@SUM(A1)",
    "\t=cmd|' /C calc'!A0",
    "a\r\nb\r\nc",
    "line\nfeed",
    " lead and trail ",
    "   ",
    "#N/A",
    "TRUE",
    "00042",
    "12345678901234567890",
    "1e5",
    "2024-01-31",
    "_x000D_",
    "_x0041_",
    "x005F_z",
    "😀 'quoted' \"twice\" <b>&amp;",
    '{"a":1}',
    "",
    "a\rb",
    "\u2028\u202e",
    "1-2",
    "12:30",
    "trail\n",
    "x" * 32_767,
]


def hostile():
    """A customer for each text; metadata of every type."""
    mixed = [1, "1", True, None, [1], {"a": 1}, "00042", 0.5, "=1", "TRUE", 2**70]
    return frame_of(
        *(
            customer(
                i,
                name=text,
                description=text[::-1],
                phone=f"+48600100{i:03}" if i % 2 else f"00{i}",
                birthdate=f"{1890 + i}-02-0{i % 9 + 1}",
                address={"postal_code": f"0{i}-001"},
                metadata={
                    "mixed": mixed[i % len(mixed)],
                    "score": i,
                    "ratio": 0.1 * i,
                    "vip": bool(i % 2) if i % 3 else None,
                    "tags": [["a"], [], ["x, y", '"z"']][i % 3],
                    "thing": {"k": "=1", "u": "\x07", "l": [1, None]},
                    "code": f"000{i}",
                    "day": f"18{i:02}-01-0{i % 9 + 1}",
                    "when": "2024-01-31T12:00:00.123Z",
                    "huge": 2**60 + i,
                    "card": f"896529000012345678{i:02}",
                },
            )
            for i, text in enumerate(TEXTS)
        )
    )


def simple():
    """Nine customers, sorted as they are numbered."""
    return frame_of(
        *(
            customer(
                i,
                phone=f"+4860010020{i}",
                birthdate="1990-05-01",
                address={"postal_code": "00-042"},
                metadata={
                    "code": f"0004{i}",
                    "score": i,
                    "vip": i % 2 == 0,
                    "tags": ["a", "b"],
                    "tier": "silver",
                },
            )
            for i in range(9)
        )
    )


class Sheet:
    """The opened workbook, its cells by customer and column."""

    def __init__(self, office, path):
        self.office = office
        office.open(path)

    def at(self, customer_id, name):
        ids = [row[0] for row in self.office.shown("A1:A60")]
        (headers,) = self.office.shown("A1:BZ1")
        return f"{column_letter(headers.index(name))}{ids.index(customer_id) + 1}"

    def last(self):
        return self.last_in_row(1)

    def last_in_row(self, number):
        (headers,) = self.office.shown(f"A{number}:BZ{number}")
        return column_letter(len([each for each in headers if each]) - 1)


@pytest.fixture
def opened(office):
    """Opens a workbook; it is closed in the end."""
    yield lambda path: Sheet(office, path)
    office.close()


def saved(office, folder, ending):
    path = folder / f"saved.{ending}"
    office.save(path, CSV if ending == "csv" else "")
    return path


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_saving_alone_changes_nothing(office, opened, tmp_path, ending):
    frame = hostile()
    opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    read = vfy.read_excel(saved(office, tmp_path, ending))
    assert differences(frame, read) == {}
    pd.testing.assert_frame_equal(read, frame)


def test_from_one_program_to_the_next_and_back_changes_nothing(office, opened, tmp_path):
    frame = hostile()
    opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    once = saved(office, tmp_path, "ods")
    office.close()
    opened(once)
    read = vfy.read_excel(saved(office, tmp_path, "xlsx"))
    pd.testing.assert_frame_equal(read, frame)


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_what_a_person_does_arrives_and_nothing_else(office, opened, tmp_path, ending):
    frame = simple()
    sheet = opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    typed = {
        ("cust_0", "name"): ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("cust_1", "metadata.code"): ("00007", "00007"),
        ("cust_2", "phone"): ("+48 1", "+48 1"),
        ("cust_3", "metadata.score"): ("12.5", 12.5),
        ("cust_4", "metadata.vip"): ("FALSE", False),
        ("cust_5", "birthdate"): ("2001-02-03", pd.Timestamp("2001-02-03")),
        ("cust_6", "metadata.tags"): ('["rock"]', ["rock"]),
        ("cust_7", "address.postal_code"): ("01-000", "01-000"),
    }
    for (customer_id, name), (text, _) in typed.items():
        office.type(sheet.at(customer_id, name), text)
    office.clear(sheet.at("cust_3", "email"))  # is empty anyway
    office.clear(sheet.at("cust_5", "name"))
    office.type(sheet.at("cust_1", "metadata.tier"), "gold")
    tier = sheet.at("cust_1", "metadata.tier")
    office.fill_down(f"{tier}:{sheet.at('cust_3', 'metadata.tier')}")
    office.sort(f"A1:{sheet.last()}10", 2, True)  # by name
    office.insert_columns(3, 1)
    office.type("C1", "my notes")
    office.type("C2", "call")
    row = int("".join(filter(str.isdigit, sheet.at("cust_8", "name"))))
    office.delete_rows(row, 1)
    read = vfy.read_excel(saved(office, tmp_path, ending))
    assert sorted(read.index) == [f"cust_{i}" for i in range(8)]
    assert list(read.index) != sorted(read.index)
    wanted = {key: value for key, (_, value) in typed.items()}
    wanted |= {(f"cust_{i}", "metadata.tier"): "gold" for i in (1, 2, 3)}
    found = differences(frame, read)
    assert pd.isna(found.pop(("cust_5", "name")))
    assert found == wanted


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_formulas_arrive_as_their_results_and_their_errors_are_refused(
    office, opened, tmp_path, ending
):
    frame = simple()
    sheet = opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    score = sheet.at("cust_1", "metadata.score")
    office.type(score, f"={sheet.at('cust_2', 'metadata.score')}*10")
    read = vfy.read_excel(saved(office, tmp_path, ending))
    assert differences(frame, read) == {("cust_1", "metadata.score"): 20}
    office.type(score, "=1/0")
    with pytest.raises(vfy.errors.FileError, match=rf"#DIV/0!.*{score}"):
        vfy.read_excel(saved(office, tmp_path, ending))


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_columns_turned_into_numbers_are_no_edits_and_edits_among_them_are_refused(
    office, opened, tmp_path, ending
):
    frame = simple()
    sheet = opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    first, last = sheet.at("cust_0", "metadata.code"), sheet.at("cust_8", "metadata.code")
    office.format(f"{first}:{last}", "0")
    for i in range(9):
        office.type(sheet.at(f"cust_{i}", "metadata.code"), f"0004{i}")
    assert office.shown(first) == [["40"]]
    read = vfy.read_excel(saved(office, tmp_path, ending))
    pd.testing.assert_frame_equal(read, frame)
    office.type(first, "00077")
    with pytest.raises(vfy.errors.FileError, match=first):
        vfy.read_excel(saved(office, tmp_path, ending))


def test_times_flags_and_days_are_shown_as_people_write_them(office, opened, tmp_path):
    frame = simple()
    sheet = opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    (headers,) = office.shown("A1:BZ1")
    assert "created_at (UTC)" in headers
    assert office.shown(sheet.at("cust_0", "created_at (UTC)")) == [["2024-01-01 00:00:00.000"]]
    assert office.shown(sheet.at("cust_0", "metadata.vip")) == [["TRUE"]]
    assert office.shown(sheet.at("cust_0", "birthdate")) == [["1990-05-01"]]


@pytest.mark.parametrize("options", [CSV, SEMICOLONS], ids=["commas", "semicolons"])
def test_saving_as_csv_alone_changes_nothing(office, opened, tmp_path, options):
    frame = hostile()
    opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    path = tmp_path / "saved.csv"
    office.save(path, options)
    read = vfy.read_csv(path, like=frame)
    assert differences(frame, read) == {}
    pd.testing.assert_frame_equal(read, frame)


def test_what_a_person_does_arrives_by_csv_too(office, opened, tmp_path):
    frame = simple()
    sheet = opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    typed = {
        ("cust_0", "name"): ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("cust_1", "metadata.code"): ("00007", "00007"),
        ("cust_2", "phone"): ("+48 1", "+48 1"),
        ("cust_3", "metadata.score"): ("12.5", 12.5),
        ("cust_4", "metadata.vip"): ("FALSE", False),
        ("cust_5", "birthdate"): ("2001-02-03", pd.Timestamp("2001-02-03")),
        ("cust_6", "metadata.tags"): ('["rock"]', ["rock"]),
    }
    for (customer_id, name), (text, _) in typed.items():
        office.type(sheet.at(customer_id, name), text)
    office.sort(f"A1:{sheet.last()}10", 2, True)  # by name
    office.delete_rows(int("".join(filter(str.isdigit, sheet.at("cust_8", "name")))), 1)
    read = vfy.read_csv(saved(office, tmp_path, "csv"), like=frame)
    assert sorted(read.index) == [f"cust_{i}" for i in range(8)]
    wanted = {key: value for key, (_, value) in typed.items()}
    assert differences(frame, read) == wanted


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_rows_put_in_and_copied_are_understood_or_refused(office, opened, tmp_path, ending):
    frame = simple()
    sheet = opened(vfy.to_excel(frame, tmp_path / "customers.xlsx"))
    office.insert_rows(1, 2)
    office.type("A1", "Our customers")
    office.insert_rows(6, 1)  # an empty one among the others
    office.copy(f"A7:{sheet.last_in_row(3)}7", "A20")  # the same row once more
    read = vfy.read_excel(saved(office, tmp_path, ending))
    pd.testing.assert_frame_equal(read, frame)
    office.type("C20", "Another name")
    with pytest.raises(vfy.errors.FileError, match=r"rows of the sheet \(7, 20\)"):
        vfy.read_excel(saved(office, tmp_path, ending))
