"""An export's file: strange titles, strange cells, nothing changed that can be known."""

from __future__ import annotations

import dataclasses
import io

import pytest

from vfy_notebook.errors import ResponseError, VfyNotebookWarning
from vfy_notebook.frames.customers import CustomerFrame, customers_frame
from vfy_notebook.frames.exports.customers import CUSTOMERS, NOT_EXPORTED, customer_batch
from vfy_notebook.frames.exports.table import ExportedTable
from vfy_notebook.frames.schema import FIXED_NAMES

NUMBER, FLAG, OBJECT = {"type": "number"}, {"type": "boolean"}, {"type": "object"}


#: As `CUSTOMERS`, but that a file may be without times.
LENIENT = dataclasses.replace(CUSTOMERS, needed=("id",))


def batches(text, properties=None):
    content = text if isinstance(text, bytes) else text.encode()
    table = ExportedTable([io.BytesIO(content)], LENIENT, keys=list(properties or {}))
    for rows in table.pieces():
        yield customer_batch(rows, properties or {})


def read(text, properties=None):
    frame = CustomerFrame()
    for batch in batches(text, properties):
        frame.add_batch(batch)
    return frame.build()


def test_every_fixed_column_is_exported_or_named_as_missing():
    fields = CUSTOMERS.fields
    assert len(fields) - 2 == len(FIXED_NAMES) - len(NOT_EXPORTED) + 1  # id, metadata; birthday
    assert fields[-1] == "metadata"
    assert "loyalty.campaigns" in NOT_EXPORTED


@pytest.mark.parametrize(
    "source_id", ["source_id", "Source Id", "SOURCE_ID", "Source ID", "sourceId"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_titles_are_compared_by_letters_alone(source_id, separator, newline, mark):
    rows = [["ID", source_id, "Orders Total Amount"], ["cust_1", "00042", "1250"]]
    text = newline.join(separator.join(row) for row in rows) + newline
    frame = read(mark + text.encode())
    assert frame.loc["cust_1", "source_id"] == "00042"
    assert frame.loc["cust_1", "summary.orders.total_amount"] == 1250
    assert frame.dtypes.to_dict() == customers_frame([]).dtypes.to_dict()


@pytest.mark.parametrize("ending", ["", "\n", "\n\n", "\r\n"])
def test_titles_alone_are_no_customers(ending):
    assert len(read("id,name" + ending)) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"<html><body>Maintenance</body></html>",
        b"name,email\nAda,ada@example.com\n",
        b"id,name\ncust_1,Ada\ncust_2\n",
        b"id,name\ncust_1,Ada\n,Grace\n",
        b"id,name\ncust_\xff,x\n",
        b"\xff\xfe,name\ncust_1,x\n",
    ],
)
def test_what_is_no_table_of_customers_is_refused(content):
    with pytest.raises(ResponseError, match=r"export"):
        read(content)


def test_bytes_that_are_no_text_show_as_they_do_in_a_listing():
    frame = read(b'id,name\ncust_1,caf\xe9\ncust_2,"\xed\xa0\xbd,\xc5\x81"\n')
    assert frame["name"].tolist() == ["caf\ufffd", "\ufffd\ufffd\ufffd,Ł"]


def test_a_metadata_key_with_a_fields_name_does_not_hide_the_field():
    frame = read("id,name,email,name,Metadata.email\ncust_1,Ada,a@example.com,x,y\n")
    row = frame.loc["cust_1"]
    assert (row["name"], row["email"]) == ("Ada", "a@example.com")
    assert (row["metadata.name"], row["metadata.email"]) == ("x", "y")


def test_keys_are_spelt_as_the_schema_spells_them():
    properties = {"storeCode": {"type": "string"}, "a.b": NUMBER, "metadata.odd": NUMBER}
    frame = read("id,Store Code,metadata.a.b,metadata.odd\ncust_1,00042,7,8\n", properties)
    row = frame.loc["cust_1"]
    assert (row["metadata.storeCode"], row["metadata.a.b"]) == ("00042", 7)
    assert row["metadata.metadata.odd"] == 8


def test_keys_that_could_be_two_stay_as_they_are():
    frame = read("id,store code\ncust_1,1\n", {"storeCode": NUMBER, "store_code": NUMBER})
    assert frame.loc["cust_1", "metadata.store code"] == "1"


def test_a_single_column_of_metadata_is_taken_apart():
    text = 'id,metadata\ncust_1,"{""tier"":""gold"",""n"":1}"\ncust_2,\ncust_3,none\n'
    with pytest.warns(VfyNotebookWarning, match=r"metadata of 1 rows .* that of cust_3"):
        frame = read(text)
    assert frame["metadata.tier"].tolist()[0] == "gold"
    assert frame["metadata.n"].dtype == "Int64"
    assert frame["metadata.n"].isna().tolist() == [False, True, True]


def column(kind, *cells):
    rows = "".join(f'cust_{i},"{cell}"\n' for i, cell in enumerate(cells))
    return read("id,metadata.k\n" + rows, {"k": kind})["metadata.k"]


@pytest.mark.parametrize(
    ("kind", "cells", "dtype", "values"),
    [
        ({"type": "string"}, ["00042", "1e3", "true"], "str", ["00042", "1e3", "true"]),
        ({"type": "date"}, ["2025-01-31"], "str", ["2025-01-31"]),
        ({"type": "image_url"}, ["x.png"], "str", ["x.png"]),
        ({}, ["42"], "str", ["42"]),
        (NUMBER, ["1", "-2", "9223372036854775807"], "Int64", [1, -2, 2**63 - 1]),
        (NUMBER, ["1.5", "0.1", "1e3"], "Float64", [1.5, 0.1, 1000.0]),
        (NUMBER, ["1", "2.5"], "Float64", [1.0, 2.5]),
        (NUMBER, ["9007199254740993", "2.5"], "object", [2**53 + 1, 2.5]),
        (NUMBER, ["18446744073709551617", "1"], "object", [2**64 + 1, 1]),
        (NUMBER, ["1", "none"], "object", [1, "none"]),
        (NUMBER, ["nan", "inf", "1_000", "٣"], "str", ["nan", "inf", "1_000", "٣"]),
        (FLAG, ["true", "false", "TRUE"], "boolean", [True, False, True]),
        (FLAG, ["true", "yes"], "object", [True, "yes"]),
        (OBJECT, ["{}", "[1]", "{x"], "object", [{}, [1], "{x"]),
        ({"type": "geopoint"}, ["50.1,19.9"], "str", ["50.1,19.9"]),
        ({"type": "number", "array": True}, ["[1, 2.5]"], "object", [[1, 2.5]]),
    ],
)
def test_metadata_has_the_type_of_the_schema_where_it_fits(kind, cells, dtype, values):
    found = column(kind, *cells)
    assert found.dtype == dtype
    assert found.tolist() == values
    assert [type(v) for v in found.tolist()] == [type(v) for v in values]


def test_a_key_that_nobody_has_is_no_column():
    assert "metadata.k" not in read("id,metadata.k\ncust_1,\n", {"k": NUMBER})


def test_an_empty_cell_is_na_in_every_type():
    properties = {"n": NUMBER, "f": FLAG, "o": OBJECT, "s": {}}
    text = 'id,name,created_at,metadata.n,metadata.f,metadata.o,metadata.s\ncust_1,"",,,"",,\n'
    frame = read(text + "cust_2,a,2025-01-01T00:00:00Z,1,true,[],b\n", properties)
    columns = ["name", "created_at", *(c for c in frame if c.startswith("metadata."))]
    assert frame.loc["cust_1", columns].isna().all()
    assert frame.loc["cust_2", columns].notna().all()


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-03T04:05:06.789Z",
        "2025-02-03 04:05:06.789",
        "2025-02-03T05:05:06.789+01:00",
        "2025-02-03 04:05:06.789 UTC",
    ],
)
def test_times_are_utc_in_any_iso_form(text):
    frame = read(f"id,created_at,updated_at\ncust_1,{text},2025-01-01\n")
    assert frame["created_at"].dtype == "datetime64[us, UTC]"
    assert frame["created_at"].iloc[0].isoformat() == "2025-02-03T04:05:06.789000+00:00"
    assert frame["updated_at"].iloc[0].isoformat() == "2025-01-01T00:00:00+00:00"


def test_the_old_birthday_fills_in_for_the_birthdate():
    frame = read("id,birthdate,birthday\na,1990-01-02,1999-09-09\nb,,1991-01-02\nc,,\n")
    assert frame["birthdate"].astype("str").tolist()[:2] == ["1990-01-02", "1991-01-02"]
    assert frame["birthdate"].isna().tolist() == [False, False, True]
    assert read("id,birthday\na,1990-01-02\n")["birthdate"].notna().all()


@pytest.mark.filterwarnings("error")
def test_whole_numbers_written_with_a_fraction_of_nothing_are_whole():
    frame = read("id,loyalty_points\na,12.0\nb,-3\nc,\n")
    assert frame["loyalty.points"].dtype == "Int64"
    assert frame["loyalty.points"].tolist()[:2] == [12, -3]


def test_what_is_no_number_stays_and_is_told():
    with pytest.warns(VfyNotebookWarning, match=r"loyalty.points holds values that are no 64-bit"):
        frame = read("id,loyalty_points\na,12\nb,many\n")
    assert frame["loyalty.points"].tolist() == [12, "many"]


@pytest.mark.parametrize("digits", ["9" * 5_000, "1e400", "1,200"])
def test_a_number_that_is_none_for_python_stays_text(digits):
    with pytest.warns(VfyNotebookWarning, match=r"total_amount holds values that are no"):
        frame = read(f'id,orders_total_amount\na,"{digits}"\nb,1200\n')
    assert frame["summary.orders.total_amount"].tolist() == [digits, 1200]


def test_a_long_file_comes_in_several_batches():
    rows = "".join(f'cust_{i:06d},"line\nbreak {i}",{i}\n' for i in range(200_000))
    content = ("id,name,metadata.n\n" + rows).encode()
    found = list(batches(content, {"n": NUMBER}))
    assert len(found) > 1
    frame = CustomerFrame()
    for batch in found:
        frame.add_batch(batch)
    built = frame.build()
    assert built["metadata.n"].tolist() == list(range(200_000))
    assert built["name"].iloc[-1] == "line\nbreak 199999"
